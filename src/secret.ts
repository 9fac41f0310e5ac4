import { createHash, randomBytes } from 'node:crypto'

/** 256 bits as 43 characters that may stand in a URL or a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What we keep of a secret: SHA-256, base64url. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** A cookie names the person, so that finding them needs no index; the secret proves it. */
export function cookieOf({ id }: { readonly id: string }, secret: string): string {
  return `${id}.${secret}`
}

export function readCookie(cookie: string | null): { id: string | null; key: string } {
  const [, id = null, secret = ''] = /^([0-9a-f-]{36})\.([\w-]{43})$/.exec(cookie ?? '') ?? []
  return { id, key: hashOf(secret) }
}
