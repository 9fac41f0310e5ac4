import { isLoggedIn } from '../domain/access.js'
import type { LoginSession } from '../domain/ahead.js'
import type { User } from '../domain/user.js'

/** Pure: how long a browser stays logged in, and when its cookie is exchanged for a new one. */

const MINUTE_MS = 60 * 1000
const HOUR_MS = 60 * MINUTE_MS
const SESSION_MS = 12 * HOUR_MS
const ROTATED_AFTER_MS = 4 * HOUR_MS
/** Requests under way may still carry the old cookie. */
const OLD_COOKIE_MS = MINUTE_MS

export function newSession(key: string, now: Date): LoginSession {
  return { key, since: now.toISOString(), until: later(now, SESSION_MS) }
}

/** Whether the session behind `key` has been in use for hours. One that was exchanged already is not exchanged again. */
export function isToBeRotated(user: User, key: string, now: Date): boolean {
  const session = user.ahead?.sessions.find((one) => one.key === key)
  if (!session || !isLoggedIn(user, key, now.toISOString())) return false
  return session.since <= later(now, -ROTATED_AFTER_MS) && session.until > later(now, OLD_COOKIE_MS)
}

/** Puts `next` in the place of the session behind `key`; null when there is nothing to exchange. */
export function rotate(user: User, key: string, next: LoginSession, now: Date): User | null {
  if (!user.ahead || !isToBeRotated(user, key, now)) return null
  const open = user.ahead.sessions.filter(({ until }) => until > now.toISOString())
  const kept = open.map((one) => (one.key === key ? { ...one, until: later(now, OLD_COOKIE_MS) } : one))
  return { ...user, ahead: { ...user.ahead, sessions: [...kept, next] } }
}

function later(now: Date, ms: number): string {
  return new Date(now.getTime() + ms).toISOString()
}
