/** Pure: how long to wait, and how long to keep trying (graph-docs "throttling"; decimals: graph-docs#3877). */

const DAY_MS = 24 * 60 * 60 * 1000
const LONGEST_BACKOFF_MS = 30_000
const FIRST_BACKOFF_MS = 1_000
const FIRST_FLOOR_MS = 250

/**
 * `Retry-After` in milliseconds: seconds, also decimal ones, or an HTTP date. Null for anything else, a negative number
 * too. Dates are read against the answer's own `Date`, because this machine's clock may be off. At most 24 hours.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: Date): number | null {
  const told = headers['retry-after']?.trim()
  if (!told) return null
  if (/^(\d+\.?\d*|\.\d+)$/.test(told)) return Math.min(Math.ceil(Number(told) * 1000), DAY_MS)
  const until = httpDate(told)
  if (until === null) return null
  const base = httpDate(headers['date'] ?? '') ?? now.getTime()
  return Math.min(Math.max(until - base, 0), DAY_MS)
}

/** `Date.parse` alone reads nonsense such as "soon 1" as a date. */
export function httpDate(text: string): number | null {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d{2}:\d{2}:\d{2}/.test(text)) return null
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : at
}

/**
 * After the n-th failure in a row. What we were told is waited for at least, but never less than an own floor: servers
 * were seen to say 1 for ever (msgraph-sdk-javascript#297). Not told: exponential, from about 1 s, with jitter.
 */
export function pauseMs(toldMs: number | null, failures: number, random: number): number {
  const doubled = 2 ** Math.min(failures - 1, 20)
  if (toldMs !== null) return Math.max(toldMs, Math.min(FIRST_FLOOR_MS * doubled, LONGEST_BACKOFF_MS))
  return Math.round(Math.min(FIRST_BACKOFF_MS * doubled, LONGEST_BACKOFF_MS) * (0.75 + random / 2))
}

/** `startedAt` is when the attempt began (a server that hangs uses up patience too), `failedAt` when it failed. */
export interface Failure {
  readonly startedAt: number
  readonly failedAt: number
  readonly toldMs: number | null
  readonly pauseMs: number
}

/** How long no good answer is put up with; shared by all requests of a client. All in elapsed milliseconds. */
export interface Patience {
  /** Any definitive answer. */
  restore(): void
  /** False: give up, now. */
  bears(failure: Failure): boolean
  /** What an attempt beginning at `elapsedMs` may take. */
  leftMs(elapsedMs: number): number
}

/** A try we were told to make at the very end still gets a moment. */
const LAST_TRY_MS = 10_000

export function patience(giveUpAfterMs: number): Patience {
  let since: number | null = null
  let lastFailedAt = 0
  return {
    restore: () => {
      since = null
    },
    bears: ({ startedAt, failedAt, toldMs, pauseMs }) => {
      // Nobody asked for so long: this is another outage, not the old one.
      if (since !== null && startedAt - lastFailedAt > giveUpAfterMs) since = null
      const first = since === null
      since ??= startedAt
      lastFailedAt = failedAt
      const inTime = failedAt + pauseMs <= since + giveUpAfterMs
      const asTold = first && toldMs !== null && pauseMs <= giveUpAfterMs
      if (inTime || asTold) return true
      since = null
      return false
    },
    leftMs: (elapsedMs) => {
      const left = since === null ? giveUpAfterMs : since + giveUpAfterMs - elapsedMs
      return Math.max(left, Math.min(LAST_TRY_MS, giveUpAfterMs))
    },
  }
}
