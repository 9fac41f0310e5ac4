import type { ConnectorError } from '../domain/errors.js'

/** The port of "log in with Microsoft": a code for a verified identity. */

export interface LoginRequest {
  readonly state: string
  readonly nonce: string
  /** S256 of the verifier, base64url. */
  readonly codeChallenge: string
  readonly redirectUri: string
}

export interface CodeRedemption {
  readonly code: string
  readonly codeVerifier: string
  readonly nonce: string
  readonly redirectUri: string
}

/** From an id token whose signature, issuer, audience, times, nonce and tenant have been checked. */
export interface MicrosoftIdentity {
  /** Both lower case. */
  readonly tenantId: string
  readonly objectId: string
  readonly userName: string | null
  readonly displayName: string | null
  /** ISO 8601 UTC with milliseconds: when Microsoft issued the token. */
  readonly at: string
  readonly correlationId: string | null
}

/**
 * Throws a `ConnectorError`: `login.refused` when Microsoft or the checks refuse this login (details carry Microsoft's
 * code and ids), `graph.unreachable` or `graph.unavailable` when there is no answer within 10 s, `sign-in.refused` when
 * it is our own credential that is refused.
 */
export interface IdentityProvider {
  authorizationUrl(request: LoginRequest): Promise<string>
  redeem(redemption: CodeRedemption): Promise<MicrosoftIdentity>
  /** Why Microsoft sent somebody back without a code. `error` is OAuth's word, `code` like `AADSTS50105`. */
  refusal(error: string, code: string | null): Promise<ConnectorError>
}
