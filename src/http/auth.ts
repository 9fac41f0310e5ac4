import type { FastifyRequest } from 'fastify'
import { hashOf } from '../secret.js'
import { TOKEN_SCOPES, type ApiToken, type TokenScope, type TokenStore } from '../store/port.js'
import type { PlainProblem } from './problem.js'

/** Who may call the API: a bearer token with a scope, looked up by its hash with every request. */

declare module 'fastify' {
  interface FastifyRequest {
    /** Null outside of the API. */
    apiToken: ApiToken | null
  }
  interface FastifyContextConfig {
    /** Whose tokens may call this route of the API; any token when it is left out. */
    scopes?: readonly TokenScope[]
  }
}

const API = '/api/v1'

/** Also where the address is spelled in a way that leads to a route of the API all the same. */
export function isApi({ url, routeOptions }: FastifyRequest): boolean {
  return /^\/api\/v1(?![\w-])/.test(url) || (routeOptions.url?.startsWith(`${API}/`) ?? false)
}

export type Admission = { readonly token: ApiToken } | { readonly refused: PlainProblem }

const UNAUTHORIZED: Admission = {
  refused: { status: 401, code: 'unauthorized', title: 'A valid token is needed' },
}

/** Needs nothing of the body. Without `tokens` nobody is let in. */
export async function admit(request: FastifyRequest, tokens: TokenStore | null): Promise<Admission> {
  const secret = /^Bearer +([\w.~+/-]+=*) *$/i.exec(request.headers.authorization ?? '')?.[1]
  const token = secret === undefined ? null : await tokens?.find(hashOf(secret))
  if (!token) return UNAUTHORIZED
  const { scopes = TOKEN_SCOPES } = request.routeOptions.config
  return scopes.includes(token.scope) ? { token } : { refused: forbidden(token, scopes) }
}

function forbidden({ name, scope }: ApiToken, scopes: readonly TokenScope[]): PlainProblem {
  return {
    status: 403,
    code: 'forbidden',
    title: 'This token may not do that',
    detail: `Token "${name}" has the scope ${scope}; this needs ${scopes.join(' or ')}.`,
  }
}
