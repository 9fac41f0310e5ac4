const MINUTE_MS = 60_000

export interface Pace {
  /** Null: as fast as it goes. */
  readonly perMinute: number | null
  readonly now: () => Date
  /** Rejects when aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/** Resolves, in the order asked, when the next email may go: never more than `perMinute` begin within a minute. */
export function openPace({ perMinute, now, sleep }: Pace): (signal: AbortSignal) => Promise<void> {
  const begun: number[] = []
  let queue: Promise<unknown> = Promise.resolve()

  async function take(limit: number, signal: AbortSignal): Promise<void> {
    const oldest = begun.length < limit ? undefined : begun[0]
    if (oldest !== undefined) {
      // A clock that was put back must not make anybody wait longer than that.
      const ms = Math.min(oldest + MINUTE_MS - now().getTime(), MINUTE_MS)
      if (ms > 0) await sleep(ms, signal)
      begun.shift()
    }
    begun.push(now().getTime())
  }

  return async (signal) => {
    if (perMinute === null) return
    const turn = queue.then(() => take(perMinute, signal))
    queue = turn.catch(() => undefined)
    await turn
  }
}
