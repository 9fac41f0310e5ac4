import type { Log } from '../logging/log.js'

export interface ChoreOptions {
  /** Stands in the log when it fails. */
  readonly name: string
  readonly everyMs: number
  /** After failures the pause doubles up to this. */
  readonly slowestMs: number
  readonly log: Log
  /** Does what there is to do. False, or an error: not possible now. */
  readonly job: (signal: AbortSignal) => Promise<boolean>
}

/** Something `serve` does over and over between runs, one at a time. */
export interface Chore {
  /** There is something to do: now, or right after the one under way; a pause after a failure goes on. */
  soon(): void
  /** Resolves when the one under way has ended. */
  stop(): Promise<void>
}

export function startChore({ name, everyMs, slowestMs, log, job }: ChoreOptions): Chore {
  const stopped = new AbortController()
  let pauseMs = everyMs
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> | null = null
  let again = false

  const attempt = async (): Promise<boolean> => {
    try {
      return await job(stopped.signal)
    } catch (error) {
      if (!stopped.signal.aborted) log.warn('Something between runs failed; we try again', { chore: name, error })
      return false
    }
  }
  const begin = (): void => {
    if (timer) clearTimeout(timer)
    timer = null
    again = false
    running = attempt().then((fine) => {
      running = null
      pauseMs = fine ? everyMs : Math.min(slowestMs, pauseMs * 2)
      if (stopped.signal.aborted) return
      if (again && fine) begin()
      else timer = setTimeout(begin, pauseMs)
    })
  }
  timer = setTimeout(begin, 0)
  return {
    soon() {
      if (running) again = true
      else if (pauseMs === everyMs && !stopped.signal.aborted) begin()
    },
    async stop() {
      stopped.abort()
      if (timer) clearTimeout(timer)
      await running
    },
  }
}
