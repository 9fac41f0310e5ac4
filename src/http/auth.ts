import type { FastifyRequest } from 'fastify'
import { hashOf } from '../secret.js'
import { TOKEN_SCOPES, type ApiToken, type TokenScope } from '../store/port.js'
import type { ApiParts } from './api.js'
import type { PlainProblem } from './problem.js'

/** Who may call the API: a bearer token with a scope, looked up by its hash with every request. */

declare module 'fastify' {
  interface FastifyRequest {
    /** The token, and the connection it belongs to: null outside of the API. */
    caller: Caller | null
  }
  interface FastifyContextConfig {
    /** Whose tokens may call this route of the API; any token when it is left out. */
    scopes?: readonly TokenScope[]
  }
}

export interface Caller {
  readonly token: ApiToken
  readonly parts: ApiParts
}

const API = '/api/v1'

/** Also where the address is spelled in a way that leads to a route of the API all the same. */
export function isApi({ url, routeOptions }: FastifyRequest): boolean {
  return /^\/api\/v1(?![\w-])/.test(url) || (routeOptions.url?.startsWith(`${API}/`) ?? false)
}

export type Admission = Caller | { readonly refused: PlainProblem }

const UNAUTHORIZED: Admission = {
  refused: { status: 401, code: 'unauthorized', title: 'A valid token is needed' },
}

/** Needs nothing of the body. A token belongs to one of the connections; without any, nobody is let in. */
export async function admit(request: FastifyRequest, connections: readonly ApiParts[]): Promise<Admission> {
  const secret = /^Bearer +([\w.~+/-]+=*) *$/i.exec(request.headers.authorization ?? '')?.[1]
  const caller = secret === undefined ? null : await callerOf(hashOf(secret), connections)
  if (!caller) return UNAUTHORIZED
  const { scopes = TOKEN_SCOPES } = request.routeOptions.config
  return scopes.includes(caller.token.scope) ? caller : { refused: forbidden(caller.token, scopes) }
}

async function callerOf(hash: string, connections: readonly ApiParts[]): Promise<Caller | null> {
  const found = await Promise.all(
    connections.map(async (parts) => ({ parts, token: await parts.store.tokens.find(hash) })),
  )
  for (const { parts, token } of found) if (token) return { parts, token }
  return null
}

/** The connection whose token this request carries: it sees that one only. */
export function partsFor({ caller }: FastifyRequest): ApiParts {
  if (caller) return caller.parts
  throw new Error('A route of the API was reached without a token')
}

function forbidden({ name, scope }: ApiToken, scopes: readonly TokenScope[]): PlainProblem {
  return {
    status: 403,
    code: 'forbidden',
    title: 'This token may not do that',
    detail: `Token "${name}" has the scope ${scope}; this needs ${scopes.join(' or ')}.`,
  }
}
