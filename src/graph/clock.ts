import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError, MEANWHILE } from '../domain/errors.js'

/**
 * Time and chance, injected. `now` is for what is told and compared with others' clocks; waiting is measured with
 * `elapsedMs`, which nobody can set back. `sleep` ends early, with the interruption, when the signal aborts.
 */
export interface Clock {
  readonly now: () => Date
  readonly elapsedMs: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** From 0 to 1. */
  readonly random: () => number
}

const LONGEST_TIMER_MS = 2 ** 31 - 1

export function realClock(now: () => Date): Clock {
  return {
    now,
    elapsedMs: () => performance.now(),
    random: Math.random,
    sleep: async (ms, signal) => {
      try {
        await pause(Math.min(ms, LONGEST_TIMER_MS), undefined, { signal })
      } catch {
        throw interruption(signal)
      }
    },
  }
}

/** Timers may fire a little early, and being early costs another refusal: what is then left is slept too. */
export async function sleepFor(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw interruption(signal)
  const end = clock.elapsedMs() + ms
  for (let left = ms; left > 0; left = end - clock.elapsedMs()) await clock.sleep(left, signal)
}

/** Whoever aborts may say why with an error of ours, a lost lease for instance. */
export function interruption(signal: AbortSignal): ConnectorError {
  if (signal.reason instanceof ConnectorError) return signal.reason
  return new ConnectorError('run.interrupted', { message: 'The run was stopped', meanwhile: MEANWHILE.progress })
}
