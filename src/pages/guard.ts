import type { FastifyInstance, FastifyRequest } from 'fastify'

/** What a form sent; a field that was not sent is empty. */
export type Form = Readonly<Partial<Record<string, string>>>

/** Enough for a password far too long to be allowed, so that it can be said. */
const LARGEST_FORM = 16 * 1024

/** Forms are all this part of the server reads: any other body is refused. */
export function readFormsOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: LARGEST_FORM },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body.toString()))),
  )
}

export function formOf({ body }: FastifyRequest): Form {
  return (body ?? {}) as Form
}

/**
 * Whether another site's page sent this form. Browsers say it in Sec-Fetch-Site; older ones, and those that speak plain
 * http, only in Origin, which our referrer policy makes "null". Without any word it was no browser.
 */
export function isForeign({ headers, host }: FastifyRequest, publicUrl: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin } = headers
  if (origin === undefined || origin === 'null') return false
  if (!URL.canParse(origin)) return true
  return origin !== new URL(publicUrl).origin && new URL(origin).host !== host
}
