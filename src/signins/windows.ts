import type { SignInFeed } from '../domain/feed.js'

/**
 * Pure: which part of the sign-in log to read. Rows arrive late (minutes to hours, no bound is promised), so every
 * window goes back over the one before it, and once a day further. Applying a sign-in twice changes nothing.
 */

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

const FIRST_MS = 30 * DAY_MS
const OVERLAP_MS = 2 * HOUR_MS
const DEEP_OVERLAP_MS = 48 * HOUR_MS
/** What to ask for when Microsoft keeps less than the window before: retention is 30 days, or 7. */
const SHORTER_MS = [7 * DAY_MS, DAY_MS]

export interface ReadingPlan {
  readonly from: string
  readonly until: string
  /** This reading goes back the 48 hours that are due once a day. */
  readonly deep: boolean
}

export function planReading(feed: SignInFeed, now: Date): ReadingPlan {
  const until = now.toISOString()
  const oldest = now.getTime() - FIRST_MS
  if (feed.readUntil === null) return { from: iso(oldest), until, deep: true }
  const deep = feed.deepReadAt === null || Math.abs(now.getTime() - Date.parse(feed.deepReadAt)) >= DAY_MS
  const back = Date.parse(feed.readUntil) - (deep ? DEEP_OVERLAP_MS : OVERLAP_MS)
  // A clock that was set back must not skip what happened since.
  const from = Math.min(back, now.getTime() - (deep ? DEEP_OVERLAP_MS : OVERLAP_MS))
  return { from: iso(Math.max(from, oldest)), until, deep }
}

/** The next shorter window after Microsoft refused this one, or null when it cannot be the length. */
export function shorten(from: string, until: string): string | null {
  const length = Date.parse(until) - Date.parse(from)
  const shorter = SHORTER_MS.find((ms) => ms < length)
  return shorter === undefined ? null : iso(Date.parse(until) - shorter)
}

/** Where to start so that rows that arrived late are not missed. */
export function goBack(until: string): string {
  return iso(Date.parse(until) - OVERLAP_MS)
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
