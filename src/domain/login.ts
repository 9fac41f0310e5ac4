import { afterFact, partsOf, stateOf } from './onboarding.js'
import type { HistoryEntry, LoginSource, User } from './user.js'

/** A proven Microsoft login. `at` is ISO 8601 UTC with milliseconds. */
export interface Login {
  readonly at: string
  readonly source: LoginSource
  readonly correlationId: string | null
}

/** The earliest and the latest login of one person: all that a status and two times need. */
export interface LoginSpan {
  readonly first: Login
  readonly last: Login
}

/** Logins folded in any order, with repetitions, give the same span. */
export function widen(span: LoginSpan | undefined, login: LoginSpan): LoginSpan {
  if (!span) return login
  return {
    first: login.first.at < span.first.at ? login.first : span.first,
    last: login.last.at > span.last.at ? login.last : span.last,
  }
}

/**
 * Records Microsoft logins of one person. `firstLoginAt` only ever moves earlier, `lastLoginAt` only later; a repeated
 * fact adds no history. Returns null when everything was known: nothing is to be written.
 */
export function applyLogins(
  user: User,
  { first, last }: LoginSpan,
  now: string,
): { user: User; entries: HistoryEntry[] } | null {
  const earlier = user.firstLoginAt === null || first.at < user.firstLoginAt
  const later = user.lastLoginAt === null || last.at > user.lastLoginAt
  const next = afterFact(stateOf(user), 'signed-in')
  const moves = next !== 'stay' && next !== 'none'
  const sooner = user.ahead !== null && (user.ahead.microsoftLoginAt === null || first.at < user.ahead.microsoftLoginAt)
  if (!earlier && !later && !moves && !sooner) return null

  let after: User = { ...user, updatedAt: now }
  if (user.ahead && sooner) after = { ...after, ahead: { ...user.ahead, microsoftLoginAt: first.at } }
  if (earlier) after = { ...after, firstLoginAt: first.at, firstLoginSource: first.source }
  if (later) after = { ...after, lastLoginAt: last.at }
  if (!moves) return { user: after, entries: earlier && isTold(user, first) ? [proof(user, first, now)] : [] }
  after = { ...after, ...partsOf(next), statusSince: now, statusReason: null }
  const entry: HistoryEntry = { at: now, from: user.status, to: after.status, cause: 'sign-in', evidence: { ...first } }
  return { user: after, entries: [entry] }
}

/** The log is read newest first, page by page: its proofs of ever earlier logins are not worth an entry each. */
function isTold({ firstLoginAt }: User, { source }: Login): boolean {
  return firstLoginAt === null || source !== 'sign-in-log'
}

/** Proofs may arrive in any order, and without moving a status: the one that counts is kept. */
function proof({ firstLoginAt }: User, first: Login, now: string): HistoryEntry {
  return { at: now, from: { firstLoginAt }, to: { firstLoginAt: first.at }, cause: 'sign-in', evidence: { ...first } }
}
