import { createServer } from 'node:http'
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerFactory,
} from 'fastify'
import { ConnectorError, toConnectorError } from '../domain/errors.js'
import type { Log } from '../logging/log.js'
import { registerApi, type ApiParts } from './api.js'
import { admit, isApi } from './auth.js'
import { registerHealth, type Readiness } from './health.js'
import type { Metrics } from './metrics.js'
import { plainProblem, problem, sendProblem } from './problem.js'
import { registerPages } from '../pages/pages.js'
import type { PageParts } from '../pages/parts.js'
import { pathOf, siteFor, withoutBase, type Site } from './sites.js'
import { cutOffUnread } from './unread.js'

export interface ServerOptions {
  readonly host: string
  readonly port: number
  /** A path in it is accepted in front of every route, and may be left out (a proxy may have taken it off). */
  readonly publicUrl: string
  /** Whose word on the caller's address is taken: without it everybody behind a proxy is one network. */
  readonly trustedProxies?: readonly string[]
  readonly log: Log
  readonly readiness: () => Promise<Readiness>
  readonly metrics: Metrics
  /** One for each connection. Without any, the API lets nobody in. */
  readonly api?: readonly ApiParts[]
  /** One for each PUBLIC_URL, the first for `publicUrl`. Without any, nobody can log in here. */
  readonly pages?: readonly PageParts[]
}

export interface Server {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string
  close(): Promise<void>
}

/** Percent signs counted: a user principal name may be part of an address. */
const LONGEST_NAME = 1000

/** Starts listening. Throws `port.taken` when that is not possible. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { publicUrl, pages: [first, ...others] = [] } = options
  const further = others.map((pages) => ({ publicUrl: pages.publicUrl, app: siteOf(options, pages.publicUrl, pages) }))
  const app = siteOf(options, publicUrl, first, further)
  const close = async (): Promise<void> => {
    await app.close()
    for (const one of further) await one.app.close()
  }
  try {
    for (const one of further) await one.app.ready()
    return { url: await app.listen({ host: options.host, port: options.port }), close }
  } catch (error) {
    throw cannotListen(options, error)
  }
}

/** All routes, with the pages of one address. What is meant for one of the further sites is passed on to it. */
function siteOf(
  options: ServerOptions,
  publicUrl: string,
  pages: PageParts | undefined,
  further: readonly Site[] = [],
): FastifyInstance {
  const base = pathOf(publicUrl)
  const app = fastify({
    routerOptions: { maxParamLength: LONGEST_NAME, ignoreTrailingSlash: true },
    forceCloseConnections: true,
    trustProxy: [...(options.trustedProxies ?? [])],
    rewriteUrl: ({ url = '/' }) => decodable(withoutBase(url, base)),
    genReqId: () => crypto.randomUUID(),
    frameworkErrors: (error, request, reply) => void answerError(options.log, error, { request, reply }),
    ...(further.length > 0 && { serverFactory: passingOn(publicUrl, further) }),
  })
  app.decorateRequest('caller', null)
  cutOffUnread(app)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    // Before anything of the body is read: without a token, all of the API looks the same.
    if (isApi(request)) await letIn({ request, reply }, options)
    if (!reply.sent && request.is404) await nothingHere(request, reply)
  })
  app.setNotFoundHandler(nothingHere)
  app.setErrorHandler((thrown, request, reply) => answerError(options.log, thrown, { request, reply }))
  registerHealth(app, options)
  if (options.api) registerApi(app, publicUrl)
  if (pages) registerPages(app, pages)
  return app
}

/** A link that lost a part on its way is a damaged link like any other, and gets that page. */
function decodable(url: string): string {
  if (!url.startsWith('/welcome/')) return url
  try {
    decodeURIComponent(url)
    return url
  } catch {
    return '/welcome/damaged'
  }
}

function passingOn(publicUrl: string, further: readonly Site[]): FastifyServerFactory {
  return (answer) => {
    const server = createServer((request, response) => {
      const site = siteFor(request, publicUrl, further)
      if (site) site.app.routing(request, response)
      else answer(request, response)
    })
    server.keepAliveTimeout = KEEP_ALIVE_MS
    return server
  }
}

/** As fastify has it for a server of its own: longer than proxies keep a connection that is not used. */
const KEEP_ALIVE_MS = 72_000

interface Asked {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** What the API answers until a token has been found good. */
async function letIn({ request, reply }: Asked, { api }: ServerOptions): Promise<void> {
  const admission = await admit(request, api ?? [])
  if ('token' in admission) {
    request.caller = admission
    return
  }
  if (admission.refused.status === 401) reply.header('www-authenticate', 'Bearer')
  await sendProblem(reply, plainProblem(admission.refused, request.id))
}

function nothingHere({ id }: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(reply, plainProblem({ status: 404, code: 'not-found', title: 'There is nothing here' }, id))
}

/** Every error leaves as problem+json; what is not meant for the caller is logged and told in general words. */
function answerError(log: Log, thrown: unknown, { request, reply }: Asked): FastifyReply {
  const status = callersFault(thrown)
  if (status !== null) {
    const { code, title } = FAULTS[status] ?? { code: 'request.invalid', title: 'The request cannot be read' }
    return sendProblem(reply, plainProblem({ status, code, title }, request.id))
  }
  const error = toConnectorError(thrown, 'answering a request')
  if (error.kind === 'failed') log.error('A request failed', { requestId: request.id, error })
  return sendProblem(reply, problem(error, request.id))
}

const FAULTS: Readonly<Record<number, { readonly code: string; readonly title: string }>> = {
  413: { code: 'request.too-large', title: 'The request is too large' },
  415: { code: 'request.wrong-type', title: 'Content of this type is not taken here' },
}

/** What fastify refuses by itself: a body that is too large or of an unknown type, an address that cannot be decoded. */
function callersFault(thrown: unknown): number | null {
  const status = thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : 500
  return status >= 400 && status < 500 ? status : null
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already',
  EACCES: 'this user may not',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host name',
}

function cannotListen({ host, port }: ServerOptions, error: unknown): unknown {
  const reason = REASONS[error instanceof Error && 'code' in error ? String(error.code) : '']
  if (!reason) return error
  return new ConnectorError('port.taken', {
    message: `We cannot listen on ${host}:${port}: ${reason}`,
    meanwhile: 'Nothing was started.',
    remedy: 'Stop the other program, or choose another address with HOST and PORT.',
    cause: error,
  })
}
