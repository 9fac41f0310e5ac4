import type { Json } from './answer.js'

export interface RefusalExtras {
  readonly headers?: Readonly<Record<string, string>>
  /** Code of a nested `innerError`. */
  readonly innerCode?: string
  /** A gateway's answer: the status and nothing else. */
  readonly withoutBody?: boolean
}

/** A request that Graph turns down. The message never leaves the simulator's own words. */
export class GraphRefusal extends Error {
  override readonly name = 'GraphRefusal'
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly extras: RefusalExtras = {},
  ) {
    super(message)
  }
}

/** What every answer of Graph carries. `clientRequestId` is the caller's own, echoed. */
export interface AnswerIds {
  readonly requestId: string
  readonly clientRequestId: string
  readonly at: Date
}

/** Graph's envelope. `date` has no zone in Microsoft's own answers. */
export function errorBody(refusal: GraphRefusal, ids: AnswerIds): Json {
  const inner: Record<string, Json> = {
    date: ids.at.toISOString().slice(0, 19),
    'request-id': ids.requestId,
    'client-request-id': ids.clientRequestId,
  }
  if (refusal.extras.innerCode) inner['code'] = refusal.extras.innerCode
  if (refusal.status === 429) Object.assign(inner, { code: '429', status: '429', message: 'Please retry after' })
  return { error: { code: refusal.code, message: refusal.message, innerError: inner } }
}

const CHALLENGE =
  'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"'

/** The four 401s a caller can meet. `challenge` only reaches clients that declare the capability `cp1`. */
export const UNAUTHORIZED = {
  empty: 'Access token is empty.',
  malformed: 'CompactToken parsing failed with error code: 80049217',
  audience: 'Access token validation failure. Invalid audience.',
  expired: 'Lifetime validation failed, the token is expired.',
  challenge:
    'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp',
} as const

export function unauthorized(reason: keyof typeof UNAUTHORIZED): GraphRefusal {
  const claims = Buffer.from('{"access_token":{"nbf":{"essential":true,"value":"1795160000"}}}').toString('base64')
  const asked = reason === 'challenge' ? `${CHALLENGE}, error="insufficient_claims", claims="${claims}"` : CHALLENGE
  return new GraphRefusal(401, 'InvalidAuthenticationToken', UNAUTHORIZED[reason], {
    headers: { 'WWW-Authenticate': asked },
  })
}

/** `retryAfter` as sent: whole or decimal seconds, an HTTP date, nonsense; null sends no header. */
export function throttled(retryAfter: string | null, status = 429): GraphRefusal {
  const headers: Record<string, string> = retryAfter === null ? {} : { 'Retry-After': retryAfter }
  if (status !== 429) return new GraphRefusal(status, 'ServiceUnavailable', 'Service unavailable.', { headers })
  return new GraphRefusal(status, 'TooManyRequests', 'Please retry again later.', {
    headers: { ...headers, 'x-ms-throttle-information': 'ResourceUnitLimitExceeded' },
  })
}

/** Each part of Graph says "not allowed" in words of its own. */
export type PermissionArea = 'directory' | 'audit' | 'mail'

export function permissionDenied(
  area: PermissionArea,
  permission: string,
  code = 'Authorization_RequestDenied',
): GraphRefusal {
  if (area === 'mail')
    return new GraphRefusal(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.')
  return area === 'audit'
    ? new GraphRefusal(
        403,
        'Authentication_MSGraphPermissionMissing',
        `Calling principal does not have required MSGraph permissions ${permission}`,
      )
    : new GraphRefusal(403, code, 'Insufficient privileges to complete the operation.')
}

export function notPremium(): GraphRefusal {
  return new GraphRefusal(
    403,
    'Authentication_RequestFromNonPremiumTenantOrB2CTenant',
    "Neither tenant is B2C or tenant doesn't have premium license",
  )
}

export function notFound(what: string): GraphRefusal {
  return new GraphRefusal(
    404,
    'Request_ResourceNotFound',
    `Resource '${what}' does not exist or one of its queried reference-property objects are not present.`,
  )
}

export function unknownSegment(segment: string): GraphRefusal {
  return new GraphRefusal(404, 'BadRequest', `Resource not found for the segment '${segment}'.`)
}

export function badRequest(message: string): GraphRefusal {
  return new GraphRefusal(400, 'BadRequest', message)
}

export function unsupportedQuery(message: string): GraphRefusal {
  return new GraphRefusal(400, 'Request_UnsupportedQuery', message)
}
