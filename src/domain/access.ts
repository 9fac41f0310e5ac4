import { isOwed, NO_AHEAD, PASSWORD_SESSION_MS, SELF, type AheadLogin, type Email, type LoginSession } from './ahead.js'
import { concern, emailOf, emailSent, owe, withEmail, type Outcome } from './mailing.js'
import type { HistoryEntry, User } from './user.js'

/** Pure: links, passwords and sessions of a person on ahead login. None of them works while the account is not active. */

export type LinkFate = 'live' | 'used' | 'expired' | 'replaced'

/** The email a link came with, by the SHA-256 of the link. */
export function emailOfLink(user: User, link: string): Email | null {
  return user.ahead?.emails.find(({ links }) => links.includes(link)) ?? null
}

export function linkFate(email: Email, now: string): LinkFate {
  if (email.openedAt !== null || email.usedAt !== null) return 'used'
  if (email.replacedAt !== null) return 'replaced'
  return email.expiresAt !== null && email.expiresAt <= now ? 'expired' : 'live'
}

/**
 * The button behind the link was pressed: the link is spent, and the browser that holds `key` may set the password.
 * Null when the link does not work, or the account is not active.
 */
export function openLink(user: User, email: Email, key: string, now: string): Outcome | null {
  if (user.account !== 'active' || linkFate(email, now) !== 'live') return null
  // A link that is clicked was sent, even where the process died before it could say so.
  const arrived = email.sentAt === null ? emailSent(user, email.id, now) : null
  const sent = arrived?.user ?? user
  const opened: Email = { ...(emailOf(sent, email.id) ?? email), openedAt: now }
  const ahead: AheadLogin = {
    ...(withEmail(sent, opened, now).ahead ?? NO_AHEAD),
    passwordSession: { key, emailId: email.id, until: later(now, PASSWORD_SESSION_MS) },
  }
  const step = concern({ ...sent, ahead, updatedAt: now }, 'link-opened', opened, now)
  return { user: step.user, entries: [...(arrived?.entries ?? []), ...step.entries] }
}

/** Whether this browser may set the password now; otherwise why not. */
export function mayChoose(user: User, key: string, now: string): 'yes' | 'paused' | 'over' {
  const session = user.ahead?.passwordSession
  if (session?.key !== key || session.until <= now) return 'over'
  return user.account === 'active' ? 'yes' : 'paused'
}

/** A refused password starts the sixty minutes anew. */
export function stayLonger(user: User, now: string): User {
  const ahead = user.ahead
  if (!ahead?.passwordSession) return user
  const passwordSession = { ...ahead.passwordSession, until: later(now, PASSWORD_SESSION_MS) }
  return { ...user, ahead: { ...ahead, passwordSession }, updatedAt: now }
}

/** The password is set and the person logged in, here only: whoever else was logged in is not any more. */
export function setPassword(user: User, hash: string, session: LoginSession, now: string): Outcome | null {
  const { ahead } = user
  const email = ahead?.emails.find(({ id }) => id === ahead.passwordSession?.emailId)
  if (!ahead || !email || user.account !== 'active') return null
  const used: Email = { ...email, usedAt: now }
  // Whoever has a password needs no invitation any more.
  const needless = (other: Email): boolean => isOwed(other) && other.kind !== 'password-reset'
  const emails = ahead.emails.map((other) => {
    if (other.id === email.id) return used
    return needless(other) ? { ...other, cancelledAt: now, claim: null, nextTryAt: null } : other
  })
  const set: AheadLogin = { ...ahead, emails, password: { hash, setAt: now }, passwordSession: null, sessions: [] }
  const step = concern(recordLogin({ ...user, ahead: set }, session, now), 'password-set', used, now)
  if (ahead.password === null) return step
  const from = { passwordSetAt: ahead.password.setAt }
  const evidence = { emailId: email.id, to: email.to }
  const entry: HistoryEntry = { at: now, from, to: { passwordSetAt: now }, cause: 'invitation', evidence }
  return { user: step.user, entries: [...step.entries, entry] }
}

/** Somebody logged in with the right password. */
export function recordLogin(user: User, session: LoginSession, now: string): User {
  const ahead = user.ahead ?? NO_AHEAD
  const open = ahead.sessions.filter(({ until }) => until > now)
  const sessions = [...open, session].slice(-SESSIONS_KEPT)
  const first = user.firstLoginAt === null ? { firstLoginAt: now, firstLoginSource: 'ahead-login' as const } : {}
  const lastLoginAt = user.lastLoginAt !== null && user.lastLoginAt > now ? user.lastLoginAt : now
  return { ...user, ...first, lastLoginAt, ahead: { ...ahead, sessions }, updatedAt: now }
}

/** Whether a browser that holds `key` is logged in. */
export function isLoggedIn(user: User, key: string, now: string): boolean {
  if (user.account !== 'active' || user.identity !== 'ahead-id') return false
  return user.ahead?.sessions.some((session) => session.key === key && session.until > now) ?? false
}

/** The browser that holds `key`; all of them without one. */
export function logOut(user: User, key: string | null, now: string): User {
  if (!user.ahead) return user
  const sessions = key === null ? [] : user.ahead.sessions.filter((session) => session.key !== key)
  return { ...user, ahead: { ...user.ahead, sessions }, updatedAt: now }
}

/** How soon somebody may ask for another email themselves. */
export const ASK_AGAIN_MS = 10 * 60 * 1000

/**
 * "Send me a new link", "forgotten your password": owes the email this person can use, or nothing at all. Nobody is told
 * which.
 */
export function askForLink(user: User, id: string, now: string): User | null {
  if (user.identity !== 'ahead-id' || user.account !== 'active' || user.mail === null) return null
  const since = later(now, -ASK_AGAIN_MS)
  const asked = user.ahead?.emails.some(({ requestedBy, requestedAt }) => requestedBy === SELF && requestedAt > since)
  if (asked) return null
  const kind = user.status === 'onboarded' ? 'password-reset' : 'invitation'
  return owe(user, { kind, by: SELF, id, now })
}

const SESSIONS_KEPT = 10

function later(now: string, ms: number): string {
  return new Date(Date.parse(now) + ms).toISOString()
}
