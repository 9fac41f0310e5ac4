import { createHash, createHmac, randomUUID, sign } from 'node:crypto'
import type { Person } from './person.js'
import { foreignKey, type SigningKey, type SigningKeys } from './signing-keys.js'

/** Ways in which an id token can be worth nothing. */
export const ID_TOKEN_FLAWS = [
  'wrong-nonce',
  'no-nonce',
  'alg-none',
  'hs256',
  'foreign-key',
  'unknown-kid',
  'foreign-tenant',
  'foreign-issuer',
  'foreign-tid',
  'wrong-audience',
  'expired',
  'not-yet-valid',
  'no-oid',
] as const
export type IdTokenFlaw = (typeof ID_TOKEN_FLAWS)[number]

export interface IdTokenSubject {
  readonly person: Person
  readonly nonce: string | undefined
  readonly clientId: string
  readonly tenantId: string
  /** Origin of the authority. */
  readonly origin: string
  readonly at: Date
}

export type Claims = Record<string, unknown>

const LIFETIME_SECONDS = 3600
const HOUR_SECONDS = 3600
const OTHER_TENANT = 'f1e2d3c4-0000-4000-8000-0123456789ab'

/** A v2.0 id token, signed with the key in use. https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference */
export function idToken(
  subject: IdTokenSubject,
  keys: SigningKeys,
  spoil: { readonly flaw: IdTokenFlaw | undefined; readonly edit: ((claims: Claims) => void) | undefined },
): string {
  const claims = claimsOf(subject)
  if (spoil.flaw) spoilClaims(claims, spoil.flaw, subject)
  spoil.edit?.(claims)
  return signed(claims, keys.current, spoil.flaw)
}

function claimsOf({ person, nonce, clientId, tenantId, origin, at }: IdTokenSubject): Claims {
  const seconds = Math.floor(at.getTime() / 1000)
  return {
    aud: clientId,
    iss: `${origin}/${tenantId}/v2.0`,
    iat: seconds,
    nbf: seconds,
    exp: seconds + LIFETIME_SECONDS,
    name: person.displayName ?? person.userPrincipalName,
    ...(nonce === undefined ? {} : { nonce }),
    oid: person.id,
    preferred_username: person.userPrincipalName,
    sub: createHash('sha256').update(`${person.id} ${clientId}`).digest('base64url'),
    tid: tenantId,
    uti: randomUUID(),
    ver: '2.0',
  }
}

function spoilClaims(claims: Claims, flaw: IdTokenFlaw, { origin, at }: IdTokenSubject): void {
  const seconds = Math.floor(at.getTime() / 1000)
  switch (flaw) {
    case 'wrong-nonce':
      claims['nonce'] = randomUUID()
      return
    case 'no-nonce':
      delete claims['nonce']
      return
    case 'foreign-tenant':
      Object.assign(claims, { tid: OTHER_TENANT, iss: `${origin}/${OTHER_TENANT}/v2.0` })
      return
    case 'foreign-issuer':
      claims['iss'] = `${origin}/${OTHER_TENANT}/v2.0`
      return
    case 'foreign-tid':
      claims['tid'] = OTHER_TENANT
      return
    case 'wrong-audience':
      claims['aud'] = randomUUID()
      return
    case 'expired':
      Object.assign(claims, { iat: seconds - 2 * HOUR_SECONDS, nbf: seconds - 2 * HOUR_SECONDS, exp: seconds - 600 })
      return
    case 'not-yet-valid':
      Object.assign(claims, { nbf: seconds + 600, exp: seconds + 2 * HOUR_SECONDS })
      return
    case 'no-oid':
      delete claims['oid']
  }
}

function signed(claims: Claims, key: SigningKey, flaw: IdTokenFlaw | undefined): string {
  const content = (header: object): string => `${encode({ typ: 'JWT', ...header })}.${encode(claims)}`
  const rs256 = (kid: string, by: SigningKey): string => {
    const text = content({ alg: 'RS256', kid })
    return `${text}.${sign('sha256', Buffer.from(text), by.privateKey).toString('base64url')}`
  }
  switch (flaw) {
    case 'alg-none':
      return `${content({ alg: 'none' })}.`
    case 'hs256': {
      const text = content({ alg: 'HS256', kid: key.kid })
      const pem = key.publicKey.export({ type: 'spki', format: 'pem' })
      return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`
    }
    case 'foreign-key':
      return rs256(key.kid, foreignKey())
    case 'unknown-kid':
      return rs256(randomUUID(), foreignKey())
    default:
      return rs256(key.kid, key)
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
