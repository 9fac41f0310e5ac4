import { constants, createHash, verify, type X509Certificate } from 'node:crypto'
import type { TokenFailure } from './token-errors.js'

export interface AssertionCheck {
  readonly certificate: X509Certificate | null
  readonly clientId: string
  /** Whether an `aud` names this token endpoint. */
  readonly isEndpoint: (audience: string) => boolean
  readonly now: Date
}

const SKEW_SECONDS = 300

/**
 * Checks a client assertion as Entra does: thumbprint, signature, audience, time. Null means it is good.
 * https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export function checkAssertion(assertion: string, check: AssertionCheck): TokenFailure | null {
  const parts = assertion.split('.')
  const [header, claims] = [decode(parts[0]), decode(parts[1])]
  if (parts.length !== 3 || !header || !claims || !check.certificate) return 'certificate-unknown'
  if (!isThumbprintOf(check.certificate, header)) return 'certificate-unknown'
  if (!isSigned(parts, header, check.certificate)) return 'assertion-signature'
  if (claims['iss'] !== check.clientId || claims['sub'] !== check.clientId) return 'assertion-signature'
  if (typeof claims['aud'] !== 'string' || !check.isEndpoint(claims['aud'])) return 'assertion-audience'
  const seconds = check.now.getTime() / 1000
  const [notBefore, expires] = [Number(claims['nbf'] ?? 0), Number(claims['exp'] ?? 0)]
  if (notBefore > seconds + SKEW_SECONDS || expires < seconds - SKEW_SECONDS) return 'assertion-expired'
  if (Date.parse(check.certificate.validTo) < check.now.getTime()) return 'certificate-not-valid'
  return null
}

/** The issuer an assertion claims, unverified; null for what is no JWT. */
export function issuerOf(assertion: string): string | null {
  const issuer = decode(assertion.split('.')[1])?.['iss']
  return typeof issuer === 'string' ? issuer : null
}

function decode(part = ''): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function isThumbprintOf(certificate: X509Certificate, header: Record<string, unknown>): boolean {
  const thumbprint = (algorithm: string): string => createHash(algorithm).update(certificate.raw).digest('base64url')
  return header['x5t#S256'] === thumbprint('sha256') || header['x5t'] === thumbprint('sha1')
}

function isSigned(parts: readonly string[], header: Record<string, unknown>, certificate: X509Certificate): boolean {
  const [head = '', payload = '', signature = ''] = parts
  const padding = { PS256: constants.RSA_PKCS1_PSS_PADDING, RS256: constants.RSA_PKCS1_PADDING }[String(header['alg'])]
  if (padding === undefined) return false
  const key = { key: certificate.publicKey, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return verify('sha256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))
}
