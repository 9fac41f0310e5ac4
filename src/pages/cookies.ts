import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { PASSWORD_SESSION_MS } from '../domain/ahead.js'

/**
 * Cookies of the pages. `choosing` may set a password, `login` is logged in, `microsoft` is on its way to Microsoft;
 * `browser` tells two presses of one button from two browsers, `language` remembers a choice.
 */
const NAMES = {
  choosing: 'connector-set-password',
  login: 'connector-login',
  microsoft: 'connector-microsoft',
  browser: 'connector-browser',
  language: 'connector-language',
} as const
export type CookieName = keyof typeof NAMES

/** `until` is ISO 8601 UTC. */
export type Ends = { readonly seconds: number } | { readonly until: string }

export interface PageCookies {
  get(request: FastifyRequest, name: CookieName): string | null
  set(reply: FastifyReply, name: CookieName, value: string, ends: Ends): void
  clear(reply: FastifyReply, name: CookieName): void
  /** The set-password session, for the sixty minutes it lasts from now on. */
  keepChoosing(reply: FastifyReply, session: string): void
}

/** `base` is the path of PUBLIC_URL without a slash at the end. */
export function pageCookies(base: string, secure: boolean): PageCookies {
  const options: CookieSerializeOptions = { path: base === '' ? '/' : base, httpOnly: true, sameSite: 'lax', secure }
  const set: PageCookies['set'] = (reply, name, value, ends) =>
    void reply.setCookie(NAMES[name], value, { ...options, ...lifetime(ends) })
  return {
    get: (request, name) => request.cookies[NAMES[name]] ?? null,
    set,
    clear: (reply, name) => void reply.clearCookie(NAMES[name], options),
    keepChoosing: (reply, session) => set(reply, 'choosing', session, { seconds: PASSWORD_SESSION_MS / 1000 }),
  }
}

function lifetime(ends: Ends): CookieSerializeOptions {
  return 'seconds' in ends ? { maxAge: ends.seconds } : { expires: new Date(ends.until) }
}
