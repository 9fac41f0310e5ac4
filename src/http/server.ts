import fastify, { type FastifyInstance } from 'fastify'
import { ConnectorError, toConnectorError } from '../domain/errors.js'
import type { Log } from '../logging/log.js'
import { registerHealth, type Readiness } from './health.js'
import type { Metrics } from './metrics.js'
import { problem, statusOf } from './problem.js'

export interface ServerOptions {
  readonly host: string
  readonly port: number
  /** A path in it is accepted in front of every route, and may be left out (a proxy may have taken it off). */
  readonly publicUrl: string
  readonly log: Log
  readonly readiness: () => Promise<Readiness>
  readonly metrics: Metrics
}

export interface Server {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string
  close(): Promise<void>
}

/** Starts listening. Throws `port.taken` when somebody else does already. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const base = new URL(options.publicUrl).pathname.replace(/\/$/, '')
  const app = fastify({
    forceCloseConnections: true,
    rewriteUrl: ({ url = '/' }) => withoutBase(url, base),
    genReqId: () => crypto.randomUUID(),
  })
  answerErrors(app, options.log)
  registerHealth(app, options)
  try {
    return { url: await app.listen({ host: options.host, port: options.port }), close: () => app.close() }
  } catch (error) {
    throw cannotListen(options, error)
  }
}

function withoutBase(url: string, base: string): string {
  if (base === '' || !url.startsWith(base)) return url
  const rest = url.slice(base.length)
  if (rest === '') return '/'
  return rest.startsWith('/') || rest.startsWith('?') ? rest : url
}

/** Every error leaves as problem+json; what is not meant for the caller is logged and told in general words. */
function answerErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = toConnectorError(thrown, 'answering a request')
    if (error.kind === 'failed') log.error('A request failed', { requestId: request.id, error })
    return reply.code(statusOf(error)).type('application/problem+json').send(problem(error, request.id))
  })
  app.setNotFoundHandler((request, reply) => {
    const api = /^\/api\/v1(\/|\?|$)/.test(request.url)
    return reply
      .code(api ? 401 : 404)
      .type('application/problem+json')
      .send({
        type: 'about:blank',
        title: api ? 'A valid token is needed' : 'There is nothing here',
        status: api ? 401 : 404,
        instance: request.id,
      })
  })
}

function cannotListen({ host, port }: ServerOptions, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const reasons: Record<string, string> = {
    EADDRINUSE: 'another program listens there already',
    EACCES: 'this user may not',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such host name',
  }
  const reason = reasons[String(code)]
  if (!reason) return error
  return new ConnectorError('port.taken', {
    message: `We cannot listen on ${host}:${port}: ${reason}`,
    meanwhile: 'Nothing was started.',
    remedy: 'Stop the other program, or choose another address with HOST and PORT.',
    cause: error,
  })
}
