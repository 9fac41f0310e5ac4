import { setMaxListeners } from 'node:events'
import { ConnectorError, type ErrorCode } from '../domain/errors.js'
import type { Step } from './call.js'
import { sleepFor, type Clock } from './clock.js'
import type { GraphCounters, GraphEvent } from './events.js'
import { pauseMs, type Patience } from './waiting.js'

export interface Waiting {
  readonly clock: Clock
  readonly patience: Patience
  readonly counters: GraphCounters
  readonly onEvent: (event: GraphEvent) => void
}

/** What is tried again: `startedAt` (elapsed milliseconds) is written for every attempt and may be moved on by a wait within it. */
export interface Tried {
  readonly signal: AbortSignal
  readonly attempts: number
  startedAt: number
}

/** What passes by itself. An untrusted certificate does not. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'graph.throttled',
  'graph.unavailable',
  'graph.unreachable',
  'graph.incomplete-answer',
])

/**
 * Tries until it works, fails for good, or patience is at its end: then the last failure is thrown, with the time we
 * were told to come back as `retryAt`. An abort ends any wait at once.
 */
export async function insist<T>(waiting: Waiting, tried: Tried, attempt: () => Promise<T>): Promise<T> {
  const { clock, patience } = waiting
  // A run's signal is shared by all its requests: more than ten listeners are no leak.
  setMaxListeners(0, tried.signal)
  for (let tries = 1; ; tries += 1) {
    tried.startedAt = clock.elapsedMs()
    try {
      const result = await attempt()
      patience.restore()
      return result
    } catch (error) {
      if (!(error instanceof ConnectorError) || !PASSING.has(error.code)) {
        if (!tried.signal.aborted) patience.restore()
        throw error
      }
      await pause(waiting, tried, { error, tries })
    }
  }
}

async function pause(waiting: Waiting, tried: Tried, failed: { error: ConnectorError; tries: number }): Promise<void> {
  const { clock, patience, counters, onEvent } = waiting
  const { error, tries } = failed
  const throttled = error.code === 'graph.throttled'
  if (throttled) counters.throttled += 1
  const now = clock.now().getTime()
  const toldMs = error.retryAt ? error.retryAt.getTime() - now : null
  const ms = pauseMs(toldMs, tries, clock.random())
  const borne = patience.bears({ startedAt: tried.startedAt, failedAt: clock.elapsedMs(), toldMs, pauseMs: ms })
  if (!borne || tries >= tried.attempts) throw error
  onEvent({ kind: throttled ? 'throttled' : 'retried', until: new Date(now + ms), error })
  await sleepFor(clock, ms, tried.signal)
  counters.retried += 1
}

export function retry(waiting: Waiting, next: Step): Step {
  return (call) => insist(waiting, call, () => next(call))
}
