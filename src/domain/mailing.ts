import {
  dueAt,
  EMAILS_KEPT,
  isOwed,
  LINK_MS,
  NO_AHEAD,
  owedEmail,
  type AheadLogin,
  type Email,
  type EmailKind,
} from './ahead.js'
import { afterFact, partsOf, stateOf, type Fact } from './onboarding.js'
import type { HistoryEntry, StatusReason, User } from './user.js'

/**
 * Pure: what becomes of a person's emails, and what that makes of their status. Every fact is about one email: a late
 * report of an older one never harms a newer one.
 */

export interface Outcome {
  readonly user: User
  readonly entries: readonly HistoryEntry[]
}

export interface Asked {
  readonly kind: EmailKind
  /** The name of a person, or `SELF`. */
  readonly by: string
  readonly id: string
  readonly now: string
}

/** Owes an email. Somebody who is owed one already is not owed a second: null. */
export function owe(user: User, { kind, by, id, now }: Asked): User | null {
  if (owedEmail(user)) return null
  const ahead = user.ahead ?? NO_AHEAD
  const email: Email = {
    id,
    kind,
    requestedAt: now,
    requestedBy: by,
    to: null,
    attempts: 0,
    firstTriedAt: null,
    nextTryAt: null,
    claim: null,
    problem: null,
    sentAt: null,
    failedAt: null,
    openedAt: null,
    usedAt: null,
    replacedAt: null,
    cancelledAt: null,
    expiresAt: null,
    links: [],
  }
  return { ...user, ahead: { ...ahead, emails: [...ahead.emails, email].slice(-EMAILS_KEPT) }, updatedAt: now }
}

/** Somebody asks for the owed email again: it need not wait for its next try. The same record when it does not wait. */
export function dueNow(user: User, now: string): User {
  const email = owedEmail(user)
  return email?.nextTryAt ? withEmail(user, { ...email, nextTryAt: null, attempts: 0, firstTriedAt: null }, now) : user
}

export interface Claim {
  readonly by: string
  /** ISO 8601 UTC: when a dead sender's claim runs out. */
  readonly until: string
  readonly now: string
  /** SHA-256 of the link about to go out. */
  readonly link: string
}

/**
 * Takes the owed email in order to send it: null when nothing is due now. A claim that has run out leaves it unknown
 * whether that attempt was sent, so its link stays good beside the new one: then `repeated` is true.
 */
export function claim(user: User, { by, until, now, link }: Claim): { user: User; repeated: boolean } | null {
  const email = owedEmail(user)
  const due = dueAt(user)
  if (!email || due === null || due > now) return null
  const repeated = email.links.length > 0
  const taken: Email = {
    ...email,
    to: user.mail,
    attempts: email.attempts + 1,
    firstTriedAt: email.firstTriedAt ?? now,
    claim: { by, until },
    links: [...email.links, link],
  }
  return { user: withEmail(user, taken, now), repeated }
}

/**
 * The process that was sending it has died: due again at once, and nobody knows whether it was sent. That is no try the
 * mail system has refused, so it makes no later wait longer.
 */
export function freeClaim(user: User, isDead: (holder: string) => boolean, now: string): User | null {
  const email = owedEmail(user)
  return email?.claim && isDead(email.claim.by)
    ? withEmail(user, { ...email, claim: null, attempts: Math.max(0, email.attempts - 1) }, now)
    : null
}

/** The mail system has accepted it: older links are dead from now on. */
export function emailSent(user: User, emailId: string, now: string): Outcome | null {
  const email = emailOf(user, emailId)
  if (!user.ahead || !email || email.sentAt !== null) return null
  const sent: Email = { ...email, sentAt: now, expiresAt: expiry(now), claim: null, nextTryAt: null, problem: null }
  const emails = user.ahead.emails.map((other) => {
    if (other.id === emailId) return sent
    return isLive(other) ? { ...other, replacedAt: now } : other
  })
  if (email.cancelledAt !== null) return { user: withEmail(user, sent, now), entries: [] }
  const ahead: AheadLogin = { ...user.ahead, emails, passwordSession: null }
  return concern({ ...user, ahead, updatedAt: now }, 'email-sent', sent, now)
}

/** It could not be handed over, and trying again will not help. */
export function emailRefused(user: User, emailId: string, reason: StatusReason, now: string): Outcome | null {
  const email = emailOf(user, emailId)
  if (!email || !isOwed(email)) return null
  return refuse(user, email, { reason, links: email.links.slice(0, -1) }, now)
}

/** `links` are those that may have gone out in an attempt whose end nobody knows: whoever holds one can still use it. */
function refuse(
  user: User,
  email: Email,
  { reason, links }: { reason: StatusReason; links: readonly string[] },
  now: string,
): Outcome {
  const over = { failedAt: now, claim: null, nextTryAt: null, problem: reason, expiresAt: expiry(now) }
  const refused: Email = { ...email, ...over, links }
  return concern(withEmail(user, refused, now), 'undeliverable', refused, now)
}

function expiry(now: string): string {
  return new Date(Date.parse(now) + LINK_MS).toISOString()
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const WAITS_MS = [30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS]
const PATIENCE_MS = 24 * HOUR_MS

/**
 * Not accepted this time: tried again after 30 s, 2 min, 10 min, then hourly; after a day it counts as refused.
 * `unknown`: nobody knows whether it was accepted, so its link stays good.
 */
export function emailDelayed(
  user: User,
  emailId: string,
  { reason, unknown }: { reason: StatusReason; unknown: boolean },
  now: string,
): Outcome | null {
  const email = emailOf(user, emailId)
  if (!email || !isOwed(email)) return null
  const at = Date.parse(now)
  const nextTryAt = new Date(at + (WAITS_MS[email.attempts - 1] ?? HOUR_MS)).toISOString()
  const links = unknown ? email.links : email.links.slice(0, -1)
  const isOld = at - Date.parse(email.firstTriedAt ?? now) >= PATIENCE_MS
  // Email may have been switched off, or the account frozen, for most of that time.
  if (isOld && email.attempts > WAITS_MS.length) return refuse(user, email, { reason, links }, now)
  return { user: withEmail(user, { ...email, nextTryAt, claim: null, problem: reason, links }, now), entries: [] }
}

/** A delivery report says that it did not arrive. Being told again, or of an email that arrived after all, changes nothing. */
export function emailBounced(user: User, emailId: string, reason: StatusReason, now: string): Outcome | null {
  const email = emailOf(user, emailId)
  if (!email || email.failedAt !== null || email.openedAt !== null || email.cancelledAt !== null) return null
  // A report may overtake the record of the sending it is about.
  const sentAt = email.sentAt ?? now
  const expiresAt = email.expiresAt ?? expiry(sentAt)
  const bounced: Email = { ...email, sentAt, expiresAt, failedAt: now, claim: null, nextTryAt: null, problem: reason }
  const after = withEmail(user, bounced, now)
  return isNewest(user, email) ? concern(after, 'undeliverable', bounced, now) : { user: after, entries: [] }
}

/** What a fact about an email makes of the status. */
export function concern(user: User, fact: Fact, email: Email, now: string): Outcome {
  const reason = fact === 'undeliverable' ? email.problem : null
  const next = afterFact(stateOf(user), fact)
  if (next === 'stay' && user.status === 'failed' && reason)
    return { user: { ...user, statusReason: reason }, entries: [] }
  if (next === 'stay' || next === 'none' || email.kind === 'password-reset') return { user, entries: [] }
  const after: User = { ...user, ...partsOf(next), statusSince: now, statusReason: reason, updatedAt: now }
  const evidence = { emailId: email.id, to: email.to, ...(reason ? { reason } : {}) }
  return { user: after, entries: [{ at: now, from: user.status, to: after.status, cause: 'invitation', evidence }] }
}

export function emailOf(user: User, emailId: string): Email | null {
  return user.ahead?.emails.find(({ id }) => id === emailId) ?? null
}

export function withEmail(user: User, email: Email, now: string): User {
  const ahead = user.ahead ?? NO_AHEAD
  const emails = ahead.emails.map((other) => (other.id === email.id ? email : other))
  return { ...user, ahead: { ...ahead, emails }, updatedAt: now }
}

/** Its link may still be opened, or its page finished: a report that it did not arrive may have been wrong. */
function isLive({ sentAt, usedAt, replacedAt, cancelledAt }: Email): boolean {
  return sentAt !== null && usedAt === null && replacedAt === null && cancelledAt === null
}

/** No newer onboarding email has been sent. */
function isNewest(user: User, email: Email): boolean {
  const sent = (user.ahead?.emails ?? []).filter((other) => other.sentAt !== null && other.kind !== 'password-reset')
  return sent.every((other) => other.id === email.id || (other.sentAt ?? '') <= (email.sentAt ?? email.requestedAt))
}
