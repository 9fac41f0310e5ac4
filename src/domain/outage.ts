import { needsAPerson } from './errors.js'
import { waitsUntil, type FailureRow, type FeedHealth } from './feed.js'

/** How a schedule slows down while a connection is broken. A run by hand never waits, nor makes a schedule wait. */

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** After so many failures in a row that a person must mend; the last one holds for all that follow. */
const STEPS_MS = [15 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS]

/** What passes by itself stays on the schedule for so long, and is then asked for every hour at least. */
const PATIENCE_MS = HOUR_MS
const SLOWEST_MS = HOUR_MS

/** A tick that comes by so little too early is not passed over: failures are noted moments after their tick. */
const EARLY_MS = MINUTE_MS

/** `asked`: Microsoft said until when; else the pause is ours. Times are ISO 8601 UTC. */
export interface Pause {
  readonly until: string
  readonly asked: boolean
  readonly reason: string
}

/** How long the failures so far make a schedule wait, whether that is over or not; null: it goes on as ever. */
export function pauseOf(health: FeedHealth): Pause | null {
  const { reason, notBefore, scheduled: row } = health
  if (health.failures === 0 || reason === null) return null
  if (notBefore !== null) return { until: notBefore, asked: true, reason: reason.message }
  const ms = row ? lengthMs(row) : 0
  if (!row || ms === 0) return null
  return { until: new Date(Date.parse(row.failedAt) + ms).toISOString(), asked: false, reason: row.reason.message }
}

function lengthMs({ failures, failedAt, failingSince, reason }: FailureRow): number {
  if (needsAPerson(reason.code)) return STEPS_MS[Math.min(failures, STEPS_MS.length) - 1] ?? 0
  const lastedMs = Date.parse(failedAt) - Date.parse(failingSince)
  return lastedMs >= PATIENCE_MS ? Math.min(lastedMs / 4, SLOWEST_MS) : 0
}

/**
 * The pause a schedule keeps now. A process that has just been started tries once whatever failed before: it may be there
 * because somebody has put a setting right. A pause that is longer than it can be comes from a wrong clock and binds
 * nobody.
 */
export function pauseNow(health: FeedHealth, now: Date, startedAt: Date): Pause | null {
  const pause = pauseOf(health)
  const { scheduled: row } = health
  if (pause === null || pause.asked || !row) return waitsUntil(health, now) && pause
  const leftMs = Date.parse(pause.until) - now.getTime()
  const isOurs = Date.parse(row.failedAt) >= startedAt.getTime()
  return isOurs && leftMs > EARLY_MS && leftMs <= lengthMs(row) ? pause : null
}

/** When the schedule tries again at the earliest. */
export function triesFrom({ until, asked }: Pause): Date {
  return new Date(Date.parse(until) - (asked ? 0 : EARLY_MS))
}

export function pauseInWords({ reason }: Pause, nextTryAt: string): string {
  return `Paused: ${reason}; next try ${nextTryAt}`
}
