import { needsAPerson } from './errors.js'
import { since, type FailureReason, type FailureRow, type FeedHealth } from './feed.js'
import { pauseOf } from './outage.js'

/** What admins are told without asking: pure; from the health of the directory and from what they were told before. */

export type NoticeEvent = 'connection.broken' | 'connection.reminder' | 'connection.healthy' | 'removals.held'

/** Removals that wait for a person. */
export interface Held {
  readonly holdId: string
  readonly count: number
  readonly causes: readonly { readonly cause: string; readonly count: number }[]
}

/** Times are ISO 8601 UTC. Nothing in it is secret, and nothing is about a person. */
export interface Notice {
  /** A UUID: whoever receives a notice twice knows it by this. */
  readonly id: string
  readonly event: NoticeEvent
  readonly at: string
  /** The first failure after the last success. */
  readonly since: string | null
  /** What is, or was, in the way. */
  readonly reason: FailureReason | null
  /** Until when the schedule pauses; null: it goes on as ever. */
  readonly nextTryAt: string | null
  readonly held: Held | null
  /** Whom it has not reached yet: addresses, and `WEBHOOK`. */
  readonly owed: readonly string[]
}

export const WEBHOOK = 'webhook'

/**
 * `outage` is the one people were told of, until they are told of its end. `holds`: ids of those they were told of, as long
 * as they have not ended. `owed`: notices that are still on their way.
 */
export interface Alerts {
  readonly outage: {
    readonly since: string
    readonly toldAt: string
    readonly reminders: number
    readonly reason: FailureReason | null
  } | null
  readonly holds: readonly string[]
  readonly owed: readonly Notice[]
}

export interface Telling {
  readonly now: Date
  readonly newId: () => string
  /** Addresses, and `WEBHOOK`. */
  readonly to: readonly string[]
}

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS
/** After people were told; then every week. */
const REMINDERS_MS = [DAY_MS, 3 * DAY_MS, WEEK_MS]
/** What reached nobody for so long is news no more. */
const STALE_MS = DAY_MS
/** A schedule that has not failed for so long is given up, or was taken over by commands. */
const GIVEN_UP_MS = 2 * DAY_MS

/** What is owed now. The very same value when nothing has become due. */
export function look(alerts: Alerts, health: FeedHealth, telling: Telling): Alerts {
  const { outage } = alerts
  const { now } = telling
  const rows = rowsOf(health, now)
  const [row] = rows
  if (outage === null) {
    const broken = rows.find((one) => isBroken(one, health, now))
    if (!broken) return alerts
    const reason = shown(broken.reason)
    const told = { since: broken.failingSince, toldAt: now.toISOString(), reminders: 0, reason }
    return withNotice({ ...alerts, outage: told }, 'connection.broken', health, telling)
  }
  if (!row) return { ...withNotice(alerts, 'connection.healthy', health, telling), outage: null }
  const reminders = remindersBy(now.getTime() - Date.parse(outage.toldAt))
  if (reminders <= outage.reminders) return alerts
  const reminded = { ...outage, reminders, reason: shown(row.reason) }
  return withNotice({ ...alerts, outage: reminded }, 'connection.reminder', health, telling)
}

/** A hold nobody was told of. */
export function withHeld(alerts: Alerts, held: Held, { now, newId, to }: Telling): Alerts {
  const at = now.toISOString()
  const holds = [...alerts.holds, held.holdId]
  const notice = { id: newId(), event: 'removals.held', at, since: null, reason: null, nextTryAt: null, held } as const
  return { ...alerts, holds, owed: [...alerts.owed, { ...notice, owed: to }] }
}

/** Without those nobody is owed, or would want, any more. */
export function fresh(alerts: Alerts, { now, to }: Telling): Alerts {
  const owed = alerts.owed
    .filter(({ at }) => Math.abs(now.getTime() - Date.parse(at)) < STALE_MS)
    .map((notice) => ({ ...notice, owed: notice.owed.filter((one) => to.includes(one)) }))
    .filter((notice) => notice.owed.length > 0)
  return { ...alerts, owed }
}

/**
 * What is in the way: of all tries, and of the schedule's alone. While commands succeed in between, the schedule's count
 * from the second on: one may be what somebody has just mended by hand.
 */
function rowsOf(health: FeedHealth, now: Date): FailureRow[] {
  const { failures, failedAt, reason, scheduled } = health
  const start = since(health)
  const all =
    start === null || failedAt === null || reason === null ? [] : [{ failures, failedAt, reason, failingSince: start }]
  const goesOn =
    scheduled && scheduled.failures >= 2 && now.getTime() - Date.parse(scheduled.failedAt) < GIVEN_UP_MS
      ? [scheduled]
      : []
  return [...all, ...goesOn]
}

/**
 * One failure is no news where the next try is near: somebody may be in the middle of changing a secret. So the second one
 * in a row tells, and the first where the last success is an hour old (a daily schedule must not wait a day). Whoever
 * sets a connection up is looking at it: its very first failure is not told. What passes by itself is told when tries an
 * hour apart have failed.
 */
function isBroken(row: FailureRow, { succeededAt }: FeedHealth, now: Date): boolean {
  const { failures, failedAt, failingSince, reason } = row
  if (!needsAPerson(reason.code)) return Date.parse(failedAt) - Date.parse(failingSince) >= HOUR_MS
  return failures >= 2 || (succeededAt !== null && now.getTime() - Date.parse(succeededAt) >= HOUR_MS)
}

function remindersBy(ms: number): number {
  const early = REMINDERS_MS.filter((after) => ms >= after).length
  return early < REMINDERS_MS.length ? early : early + Math.floor((ms - WEEK_MS) / WEEK_MS)
}

/**
 * The newest word on the connection takes the place of those that have not arrived; but nobody hears of a second outage
 * before the end of the first.
 */
function withNotice(alerts: Alerts, event: NoticeEvent, health: FeedHealth, { now, newId, to }: Telling): Alerts {
  const { outage } = alerts
  const until = pauseOf(health)?.until ?? null
  const notice: Notice = {
    id: newId(),
    event,
    at: now.toISOString(),
    since: outage?.since ?? null,
    reason: outage?.reason ?? null,
    nextTryAt: until !== null && Date.parse(until) > now.getTime() ? until : null,
    held: null,
    owed: to,
  }
  const stays = ({ event: one }: Notice): boolean =>
    one === 'removals.held' || (one === 'connection.healthy' && event === 'connection.broken')
  return { ...alerts, owed: [...alerts.owed.filter(stays), notice] }
}

/** What a fault of ours says may quote anything, people's names too. */
function shown(reason: FailureReason | null): FailureReason | null {
  if (reason?.code !== 'bug') return reason
  return { ...reason, message: 'Something unexpected happened; the log of the run has the details' }
}
