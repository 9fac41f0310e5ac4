import { createHash, randomBytes } from 'node:crypto'

/** 256 bits as 43 characters that may stand in a URL or a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What we keep of a secret: SHA-256, base64url. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
