import type { AccountState } from './account.js'
import type { Cause, Presence, Removal, User } from './user.js'

/**
 * Pure: when access may be taken away. A removal is noted with the person first; whether it is carried out or waits for
 * somebody to decide is settled for all removals of a run together.
 */

/** The limits above which removals wait: more than `count` people and more than `percent` of all. */
export interface RemovalLimit {
  readonly count: number
  readonly percent: number
}

/** Removals carried out without asking, by the hour they were decided in (ISO 8601 UTC). */
export interface RemovedThen {
  readonly at: string
  readonly count: number
}

const BY_THE_DIRECTORY = new Set(['disabled-in-entra', 'deleted-in-entra', 'out-of-scope'])

/**
 * Whether the directory's word, not an admin's or a missing seat, would take somebody's access away: now, or once an
 * admin's deactivation is lifted from somebody who has been asked about for the same cause.
 */
export function changesAccess(user: User, wouldBe: AccountState, heard: Pick<Heard, 'presence' | 'cause'>): boolean {
  const { account, accountReason } = wouldBe
  if (account !== 'inactive' || accountReason === null || !BY_THE_DIRECTORY.has(accountReason)) return false
  return user.account !== 'inactive' || isAskedAbout(user.removal, heard)
}

function isAskedAbout(before: Removal | null, heard: Pick<Heard, 'presence' | 'cause'>): before is Removal {
  return before !== null && before.state !== 'done' && before.cause.about === causeOf(heard).about
}

function causeOf({ presence, cause }: Pick<Heard, 'presence' | 'cause'>): Cause {
  return cause ?? { about: presence, text: presence === 'disabled' ? 'disabled in Entra' : presence }
}

interface Heard {
  readonly presence: Presence
  readonly cause?: Cause
  readonly proof: string
  readonly at: string
}

/** What is noted when the directory says so; being told the same again leaves everything as it is. */
export function nextRemoval(before: Removal | null, heard: Heard): Removal {
  if (isAskedAbout(before, heard)) return before
  const { presence, proof, at } = heard
  const cause = causeOf(heard)
  return { presence: presence as Removal['presence'], state: 'noted', cause, proof, at, hold: null }
}

/**
 * `before`: what a run replaced of somebody; `isNoted`: it noted their removal; `isOut`: whether they are without access
 * by the directory's word then.
 */
interface Undoing {
  readonly before: Pick<Partial<User>, 'presence' | 'account'>
  readonly isOut: boolean
  readonly isNoted: boolean
  readonly at: string
}

/**
 * What is left of it when a run is undone. Who waits goes on waiting, and what a person has decided stays decided; a
 * removal that is taken back counts as rejected, and one that had been taken back is done again.
 */
export function removalAfterUndo(user: User, { before, isOut, isNoted, at }: Undoing): Removal | null {
  const { removal } = user
  if (!removal) return null
  if (removal.state === 'noted' && removal.proof === 'undo') return null
  if (removal.state === 'noted' && isNoted) return { ...removal, state: 'rejected', at }
  const { presence = user.presence, account } = before
  const sameAsNow = presence === user.presence
  if (removal.state !== 'done') {
    // Who waits because they are disabled is disabled meanwhile.
    const wasOut = account === 'inactive' || (!sameAsNow && presence !== 'disabled')
    return wasOut && presence === removal.presence ? { ...removal, state: 'done' } : removal
  }
  const tookAccess = account !== undefined && account !== 'inactive'
  if (tookAccess || !isOut) return { ...removal, state: 'rejected', at }
  return sameAsNow ? removal : null
}

/** How the history tells of it. What is only noted is settled before the run ends, and what is done shows in the account. */
export function toldOf(removal: Removal | null): string | null {
  return removal === null || removal.state === 'noted' || removal.state === 'done' ? null : removal.state
}

/** Why, for the history. */
export function whyOf(removal: Removal | null): Record<string, unknown> {
  return removal ? { removal: removal.cause.text, ...(removal.hold === null ? {} : { hold: removal.hold }) } : {}
}

const WINDOW_MS = 7 * 24 * 60 * 60 * 1000
const KEPT_MS = 30 * 24 * 60 * 60 * 1000
const HOUR_MS = 60 * 60 * 1000

/** Those of the last seven days. A time in the future comes from a clock that was wrong, and counts. */
export function recentlyRemoved(removed: readonly RemovedThen[], now: Date): RemovedThen[] {
  return removed.filter(({ at }) => now.getTime() - Date.parse(at) < WINDOW_MS)
}

/** Kept for longer than they count, so that one run with a clock that is days ahead does not forget them. */
export function withRemoved(removed: readonly RemovedThen[], count: number, now: Date): RemovedThen[] {
  const kept = removed.filter(({ at }) => now.getTime() - Date.parse(at) < KEPT_MS)
  if (count === 0) return kept
  const at = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS).toISOString()
  const same = kept.find((entry) => entry.at === at)
  return same
    ? kept.map((entry) => (entry === same ? { at, count: entry.count + count } : entry))
    : [...kept, { at, count }]
}

/** `people`: how many have access now, those included who are to lose it. */
export interface LimitFacts {
  readonly toRemove: number
  readonly people: number
  readonly removed: readonly RemovedThen[]
  readonly now: Date
}

/** Whether a run's removals are over the limits, by themselves or together with those of the last seven days. */
export function isOverLimit({ toRemove, people, removed, now }: LimitFacts, limit: RemovalLimit): boolean {
  const before = recentlyRemoved(removed, now).reduce((sum, { count }) => sum + count, 0)
  const isOver = (count: number, all: number): boolean => count > limit.count && count * 100 > limit.percent * all
  return toRemove > 0 && (isOver(toRemove, people) || isOver(toRemove + before, people + before))
}
