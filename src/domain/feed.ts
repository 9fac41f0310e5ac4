import { needsAPerson } from './errors.js'
import type { Alerts } from './notices.js'
import type { RemovedThen } from './removal.js'
import type { MeantBy } from './scope.js'

/** What a connection remembers between runs. Links are stored verbatim and never looked into. */

export type PassKind = 'initial' | 'incremental' | 'resync'

/**
 * A round under way. `link` is the next page; `number` labels the stamps of a full pass. `rules` and `members` are those
 * people are judged by as it is read, as in the feed; `reconciles`: it is read to see what the rounds have missed. What
 * older versions wrote has none of them.
 */
export interface Pass {
  readonly kind: PassKind
  readonly number: number
  readonly link: string
  readonly pages: number
  readonly startedAt: string
  readonly rules?: string
  readonly members?: string
  readonly reconciles?: boolean
}

/** `remedy` and `requestId` stand where people are told of the failure. */
export interface FailureReason {
  readonly code: string
  readonly message: string
  readonly remedy?: string | null
  readonly requestId?: string | null
}

/** Failures in a row, of one sort; `failingSince` is the first of whatever sort. Times are ISO 8601 UTC. */
export interface FailureRow {
  readonly failedAt: string
  readonly failingSince: string
  readonly failures: number
  readonly reason: FailureReason
}

/**
 * `failures` counts those in a row of one sort: what a person must mend, or what passes. `failingSince` is the first
 * failure since the last success, of whatever sort.
 */
export interface FeedHealth {
  readonly succeededAt: string | null
  readonly failedAt: string | null
  readonly failingSince: string | null
  readonly failures: number
  readonly reason: FailureReason | null
  /** The scheduler asks no sooner than this; a run by hand tries once. */
  readonly notBefore: string | null
  /**
   * Those of the schedule alone, until it succeeds itself: a command by hand reads the settings anew, and what it can do
   * says nothing of a process that goes on with older ones. Absent in what older versions wrote.
   */
  readonly scheduled?: FailureRow | null
}

/** `hold` is where those who are held wait; `all`: everybody is, not only those who must be asked about. */
export interface Settling {
  readonly hold: string | null
  readonly all: boolean
}

/** `isPart`: the read was cut short, and the next one counts on from there. */
export interface Drift {
  readonly at: string
  readonly count: number
  readonly isPart?: boolean
}

/**
 * `deltaLink` starts the next round and is kept until that round is complete. `completedAt` is the end of the last
 * full pass: null means that everybody has never been read once. `passes` numbers the full passes.
 */
export interface DirectoryFeed {
  readonly tenantId: string | null
  readonly select: string | null
  readonly deltaLink: string | null
  readonly pass: Pass | null
  readonly passes: number
  readonly completedAt: string | null
  /** Fingerprint of the rules, scope and mapping everybody was last evaluated under. */
  readonly rules: string | null
  /** Whether everybody of the tenant was in scope then. */
  readonly everyone: boolean
  /** Paths whose values are kept with each person, and the fields that were mapped. */
  readonly paths: readonly string[]
  readonly fields: readonly string[]
  /** Fingerprint of who was in the assigned groups when everybody was last compared with them. */
  readonly members: string | null
  /** Fingerprint of those of them who are not ours: they have been read and judged. Null where nobody knows. */
  readonly strangers: string | null
  /** Names of assigned groups by object id, as they were last told. */
  readonly groups: Readonly<Record<string, string>>
  /** Object ids of people an entry said too little of and a look-up said nothing of: the next run asks again. */
  readonly unanswered: readonly string[]
  /** What was decided over the removals a run has noted, until it has been done. */
  readonly settling: Settling | null
  /** Whom the user names of `neverRemove` meant when a run began; absent: nobody. */
  readonly neverRemoved?: readonly MeantBy[]
  /** Removals of the last weeks that nobody had to approve. */
  readonly removed: readonly RemovedThen[]
  /** How many changes the rounds had missed when everybody was last read to see that; null: not yet. */
  readonly drift: Drift | null
  /** When an unexplained refusal of a stored link last led to a resync: at most once a day. */
  readonly refusedLinkAt: string | null
  readonly health: FeedHealth
}

/** `window` is half read, newest first: rows between `until` and `top` are done, those from `from` to `until` are not. */
export interface SignInFeed {
  readonly readUntil: string | null
  readonly deepReadAt: string | null
  readonly window: HalfReadWindow | null
  readonly health: FeedHealth
}

export interface HalfReadWindow {
  readonly appId: string
  readonly from: string
  readonly until: string
  readonly top: string
}

/**
 * How far delivery reports were read. `mailbox` names what the rest is about: another one starts afresh. IMAP: the
 * highest UID seen under `validity`; Graph: `readUntil`, ISO 8601 UTC.
 */
export interface BouncesFeed {
  readonly mailbox: string | null
  readonly validity: string | null
  readonly highestUid: number
  readonly readUntil: string | null
  readonly health: FeedHealth
}

export interface Feeds {
  readonly directory: DirectoryFeed
  readonly 'sign-ins': SignInFeed
  readonly bounces: BouncesFeed
  readonly alerts: Alerts
}
export type FeedName = keyof Feeds

const FRESH: FeedHealth = {
  succeededAt: null,
  failedAt: null,
  failingSince: null,
  failures: 0,
  reason: null,
  notBefore: null,
  scheduled: null,
}

export const NEW_FEEDS: Feeds = {
  directory: {
    tenantId: null,
    select: null,
    deltaLink: null,
    pass: null,
    passes: 0,
    completedAt: null,
    rules: null,
    everyone: true,
    paths: [],
    fields: [],
    members: null,
    strangers: null,
    groups: {},
    unanswered: [],
    settling: null,
    removed: [],
    drift: null,
    refusedLinkAt: null,
    health: FRESH,
  },
  'sign-ins': { readUntil: null, deepReadAt: null, window: null, health: FRESH },
  bounces: { mailbox: null, validity: null, highestUid: 0, readUntil: null, health: FRESH },
  alerts: { outage: null, holds: [], owed: [] },
}

/** `scheduled`: what is left of the schedule's own failures. */
export function healthy(at: string, scheduled: FailureRow | null = null): FeedHealth {
  return { ...FRESH, succeededAt: at, scheduled }
}

export function failing(
  health: FeedHealth,
  at: string,
  reason: FailureReason,
  notBefore: string | null,
  bySchedule = false,
): FeedHealth {
  const { scheduled = null } = health
  const row = longer(health, at, reason, since(health))
  return {
    ...row,
    succeededAt: health.succeededAt,
    notBefore,
    scheduled: bySchedule ? longer(scheduled, at, reason, scheduled?.failingSince ?? null) : scheduled,
  }
}

type RowSoFar = Pick<FeedHealth, 'failures' | 'reason'> | null

function longer(row: RowSoFar, at: string, reason: FailureReason, failingSince: string | null): FailureRow {
  const before = row?.reason && needsAPerson(row.reason.code)
  const failures = row && before === needsAPerson(reason.code) ? row.failures + 1 : 1
  return { failedAt: at, failingSince: failingSince ?? at, failures, reason }
}

/** Since when there was no success; null when all is well. Older versions wrote down the last failure only. */
export function since({ failures, failingSince, failedAt }: FeedHealth): string | null {
  return failures === 0 ? null : (failingSince ?? failedAt)
}

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Until when a schedule leaves this feed alone, or null. Nobody is told to wait longer than a day: a later time comes
 * from a clock that was wrong then, or is now, and binds nobody.
 */
export function waitsUntil({ notBefore }: FeedHealth, now: Date): Date | null {
  if (notBefore === null) return null
  const leftMs = Date.parse(notBefore) - now.getTime()
  return leftMs > 0 && leftMs <= DAY_MS ? new Date(notBefore) : null
}
