import { fold } from './fold.js'
import type { StatusReason, User } from './user.js'

/**
 * What a person has of ahead login: emails with their links, a password, sessions. It is part of the person's record, so
 * that a change and what it makes owed, live or dead are written together; it is the queue of emails, too.
 */

export const LANGUAGES = ['en', 'de', 'fr', 'it'] as const
export type Language = (typeof LANGUAGES)[number]

export const EMAIL_KINDS = ['invitation', 'reminder', 'password-reset'] as const
export type EmailKind = (typeof EMAIL_KINDS)[number]

/** Times are ISO 8601 UTC. An email is owed until it is sent, refused or cancelled. */
export interface Email {
  /** A UUID; the Message-ID is made of it, so that it is the same however often we try. */
  readonly id: string
  readonly kind: EmailKind
  readonly requestedAt: string
  /** The name of a person, or `SELF`. */
  readonly requestedBy: string
  /** Where it was last tried to be sent. */
  readonly to: string | null
  readonly attempts: number
  readonly firstTriedAt: string | null
  /** Not tried again before. */
  readonly nextTryAt: string | null
  /** Whoever sends it holds this; a dead sender's runs out, and then it is not known whether it was sent. */
  readonly claim: EmailClaim | null
  /** What the mail system last said against it. */
  readonly problem: StatusReason | null
  readonly sentAt: string | null
  readonly failedAt: string | null
  readonly openedAt: string | null
  readonly usedAt: string | null
  readonly replacedAt: string | null
  readonly cancelledAt: string | null
  readonly expiresAt: string | null
  /** SHA-256 of the links that went out or may have: several only after an attempt whose end nobody knows. */
  readonly links: readonly string[]
}

export interface EmailClaim {
  readonly by: string
  readonly until: string
}

export interface AheadLogin {
  /** Oldest first. */
  readonly emails: readonly Email[]
  readonly password: { readonly hash: string; readonly setAt: string } | null
  /** One browser may set the password until then. `key` is the SHA-256 of what its cookie holds. */
  readonly passwordSession: { readonly key: string; readonly emailId: string; readonly until: string } | null
  /** Browsers that are logged in. */
  readonly sessions: readonly LoginSession[]
  /** The earliest proven Microsoft login: where "back to Microsoft" leads. */
  readonly microsoftLoginAt: string | null
}

export interface LoginSession {
  readonly key: string
  readonly since: string
  readonly until: string
}

/** `requestedBy` of emails people asked for themselves. */
export const SELF = 'self'

export const NO_AHEAD: AheadLogin = {
  emails: [],
  password: null,
  passwordSession: null,
  sessions: [],
  microsoftLoginAt: null,
}

const DAY_MS = 24 * 60 * 60 * 1000
export const LINK_MS = 7 * DAY_MS
/**
 * How long an email is claimed for sending: ten minutes, which is longer than the slowest server takes, and five by which
 * clocks of machines may differ. A dead sender's emails wait this long.
 */
export const CLAIM_MS = 15 * 60 * 1000
export const PASSWORD_SESSION_MS = 60 * 60 * 1000
/** Older emails are forgotten: their links and late bounces mean nothing any more. */
export const EMAILS_KEPT = 20

export type EmailState =
  'owed' | 'accepted' | 'failed' | 'bounced' | 'opened' | 'used' | 'expired' | 'replaced' | 'cancelled'

/** What became of an email. */
export function emailState(email: Email, now: Date): EmailState {
  if (email.usedAt !== null) return 'used'
  if (email.failedAt !== null && email.openedAt === null) return email.sentAt === null ? 'failed' : 'bounced'
  if (email.replacedAt !== null) return 'replaced'
  if (email.cancelledAt !== null) return 'cancelled'
  if (email.openedAt !== null) return 'opened'
  if (email.sentAt === null) return 'owed'
  return email.expiresAt !== null && email.expiresAt <= now.toISOString() ? 'expired' : 'accepted'
}

export function isOwed({ sentAt, failedAt, cancelledAt }: Email): boolean {
  return sentAt === null && failedAt === null && cancelledAt === null
}

/** The email a person is owed; there is one at most. */
export function owedEmail(user: Pick<User, 'ahead'>): Email | null {
  return user.ahead?.emails.find(isOwed) ?? null
}

/** A person of whom it is not known when an email may go out. */
export const WAITS = '9999-12-31T00:00:00.000Z'

/** When the owed email may be tried: `WAITS` while the account is frozen or inactive, null when nothing is owed. */
export function dueAt(user: User): string | null {
  const email = owedEmail(user)
  if (!email) return null
  if (user.account !== 'active') return WAITS
  return [email.requestedAt, email.nextTryAt ?? '', email.claim?.until ?? ''].reduce((a, b) => (a > b ? a : b))
}

/** What a person with ahead login can be found by, besides the ids: links, emails and names to log in with. */
export function keysOf(user: User): string[] {
  if (!user.ahead) return []
  const { emails } = user.ahead
  const keys = emails.flatMap(({ id, links }) => [emailKey(id), ...links.map(linkKey)])
  if (user.identity !== 'ahead-id') return keys
  const names = [user.userPrincipalName, user.mail].filter((name) => name !== null)
  return [...keys, ...new Set(names.map(nameKey))]
}

export function linkKey(hash: string): string {
  return `link:${hash}`
}

export function emailKey(id: string): string {
  return `email:${id}`
}

export function nameKey(name: string): string {
  return `name:${fold(name)}`
}
