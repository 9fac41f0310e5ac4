import { randomUUID } from 'node:crypto'
import { jsonAnswer, type Answer } from './answer.js'

interface TokenError {
  readonly code: number
  readonly error: string
  readonly status: number
  readonly text: string
}

/** Entra's refusals by a name of ours. https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const TOKEN_ERRORS = {
  'wrong-secret': [7000215, 'invalid_client', 401, 'Invalid client secret provided.'],
  'expired-secret': [7000222, 'invalid_client', 401, 'The provided client secret keys are expired.'],
  'certificate-unknown': [
    700027,
    'invalid_client',
    401,
    'The certificate with identifier used to sign the client assertion is not registered on application.',
  ],
  'assertion-signature': [
    50012,
    'invalid_client',
    401,
    'Authentication failed: the signature of the client assertion is not valid.',
  ],
  'assertion-audience': [700023, 'invalid_client', 401, 'Client assertion audience claim does not match Realm issuer.'],
  'assertion-expired': [700024, 'invalid_client', 401, 'Client assertion is not within its valid time range.'],
  'certificate-not-valid': [700030, 'invalid_client', 401, 'Invalid certificate.'],
  'federation-unknown': [
    70021,
    'invalid_client',
    401,
    'No matching federated identity record found for presented assertion.',
  ],
  'no-credential': [
    7000218,
    'invalid_client',
    401,
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  ],
  'app-not-in-tenant': [
    700016,
    'unauthorized_client',
    400,
    "Application with identifier '{client}' was not found in the directory 'Contoso'.",
  ],
  'app-disabled': [7000112, 'unauthorized_client', 400, "Application '{client}'(Connector) is disabled."],
  'tenant-not-found': [90002, 'invalid_request', 400, "Tenant '{tenant}' not found."],
  'parameter-missing': [
    900144,
    'invalid_request',
    400,
    "The request body must contain the following parameter: '{parameter}'.",
  ],
  'grant-unsupported': [70003, 'unsupported_grant_type', 400, 'The app requested an unsupported grant type.'],
  'scope-invalid': [70011, 'invalid_scope', 400, "The provided value for the input parameter 'scope' is not valid."],
  'scope-not-default': [
    1002012,
    'invalid_scope',
    400,
    'The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.',
  ],
  'scope-several': [
    700022,
    'invalid_scope',
    400,
    'The provided value for scope is not valid: it names several resources.',
  ],
  'resource-unknown': [500011, 'invalid_resource', 400, 'The resource principal was not found in the tenant.'],
  'consent-missing': [
    65001,
    'invalid_grant',
    400,
    'The user or administrator has not consented to use the application.',
  ],
  'code-malformed': [9002313, 'invalid_grant', 400, 'Invalid request. Request is malformed or invalid.'],
  'code-redeemed': [
    54005,
    'invalid_grant',
    400,
    'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  ],
  'code-expired': [
    70008,
    'invalid_grant',
    400,
    'The provided authorization code or refresh token has expired due to inactivity.',
  ],
  'verifier-mismatch': [
    501481,
    'invalid_grant',
    400,
    'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  ],
  'redirect-mismatch': [
    500112,
    'invalid_grant',
    400,
    'The reply address does not match the reply address provided when requesting Authorization code.',
  ],
  'person-not-assigned': [
    50105,
    'interaction_required',
    400,
    "The signed in user is not assigned to a role for the application '{client}'.",
  ],
  'person-disabled': [50057, 'invalid_grant', 400, 'The user account is disabled.'],
  'conditional-access': [53003, 'invalid_grant', 400, 'Access has been blocked by Conditional Access policies.'],
  'other-cloud': [
    90038,
    'invalid_request',
    400,
    "Tenant '{tenant}' request is being redirected to the national cloud.",
  ],
  loop: [
    50196,
    'invalid_grant',
    400,
    'The server terminated an operation because it encountered a client request loop.',
  ],
  busy: [90033, 'temporarily_unavailable', 503, 'A transient error has occurred. Please try again.'],
  'busy-90006': [90006, 'temporarily_unavailable', 503, 'External server retryable error.'],
  'busy-90024': [90024, 'temporarily_unavailable', 503, 'A transient error has occurred. Please try again.'],
  'busy-90055': [90055, 'temporarily_unavailable', 503, 'Tenant throttling error.'],
} as const
export type TokenFailure = keyof typeof TOKEN_ERRORS
export const TOKEN_FAILURES = Object.keys(TOKEN_ERRORS) as TokenFailure[]

/** What the texts mention: the request's own tenant and client, or the parameter it lacks. */
export interface TokenErrorContext {
  readonly at: Date
  readonly correlationId?: string | undefined
  readonly tenant?: string | undefined
  readonly client?: string | undefined
  readonly parameter?: string | undefined
}

export function tokenError(failure: TokenFailure, context: TokenErrorContext): Answer {
  const { code, error, status, text } = described(failure)
  const timestamp = `${context.at.toISOString().slice(0, 19).replace('T', ' ')}Z`
  const traceId = randomUUID()
  const correlationId = context.correlationId ?? randomUUID()
  const message = text
    .replace('{tenant}', context.tenant ?? '')
    .replace('{client}', context.client ?? '')
    .replace('{parameter}', context.parameter ?? '')
  const body = {
    error,
    error_description: `AADSTS${code}: ${message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  }
  return jsonAnswer(status, body, status === 503 ? { 'Retry-After': '5' } : {})
}

function described(failure: TokenFailure): TokenError {
  const [code, error, status, text] = TOKEN_ERRORS[failure]
  return { code, error, status, text }
}
