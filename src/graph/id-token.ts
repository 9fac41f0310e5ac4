import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { ConnectorError, MEANWHILE } from '../domain/errors.js'
import { isGuid } from '../domain/guid.js'
import type { MicrosoftIdentity } from '../login/identity-provider.js'
import type { TenantIssuer } from './tenant-issuer.js'

export interface IdTokenCheck {
  readonly issuer: TenantIssuer
  readonly clientId: string
  readonly nonce: string
  readonly keys: JWTVerifyGetKey
  readonly now: () => Date
  readonly correlationId: string
}

/** What Microsoft allows clocks to differ by (id-token-claims-reference.md). */
const SKEW_SECONDS = 300

/**
 * Who an id token is about. Everything a login rests on is checked here, for msal checks the nonce alone (OpenID Connect
 * Core 3.1.3.7). Throws `login.refused`, and what fetching the keys throws.
 */
export async function identityIn(token: string, check: IdTokenCheck): Promise<MicrosoftIdentity> {
  const { issuer, clientId, nonce, keys, now, correlationId } = check
  const claims = await verified(token, check)
  if (claims.aud !== clientId) throw refused('aud', correlationId)
  if (claims['nonce'] !== nonce) throw refused('nonce', correlationId)
  if (lower(claims['tid']) !== issuer.tenantId) throw refused('tid', correlationId)
  const objectId = lower(claims['oid'])
  if (!isGuid(objectId)) throw refused('oid', correlationId)
  const issuedAt = claims.iat ?? NaN
  if (!(issuedAt * 1000 <= now().getTime() + SKEW_SECONDS * 1000)) throw refused('iat', correlationId)
  return {
    tenantId: issuer.tenantId,
    objectId,
    userName: text(claims['preferred_username']),
    displayName: text(claims['name']),
    at: new Date(issuedAt * 1000).toISOString(),
    correlationId,
  }

  function verified(given: string, { issuer: { issuer: iss } }: IdTokenCheck): Promise<JWTPayload> {
    const options = {
      algorithms: ['RS256'],
      issuer: iss,
      audience: clientId,
      clockTolerance: SKEW_SECONDS,
      currentDate: now(),
      requiredClaims: ['exp', 'nbf', 'iat'],
    }
    return jwtVerify(given, keys, options).then(
      ({ payload }) => payload,
      (error: unknown) => {
        if (error instanceof errors.JWTClaimValidationFailed) throw refused(error.claim, correlationId)
        if (error instanceof errors.JWTExpired) throw refused('exp', correlationId)
        if (error instanceof errors.JOSEError) throw refused(error.code, correlationId)
        throw error
      },
    )
  }
}

/** `what` is a claim, or what is wrong with the signature: never a value. */
export function refused(what: string, correlationId: string): ConnectorError {
  return new ConnectorError('login.refused', {
    message: 'This login was refused: its id token does not hold up',
    meanwhile: MEANWHILE.kept,
    remedy: 'Log in once more, from the beginning. If it stays, check this machine’s clock and AZURE_TENANT_ID.',
    details: { code: `id-token-${what}`, correlationId },
  })
}

function lower(claim: unknown): string {
  return typeof claim === 'string' ? claim.toLowerCase() : ''
}

function text(claim: unknown): string | null {
  return typeof claim === 'string' && claim !== '' ? claim : null
}
