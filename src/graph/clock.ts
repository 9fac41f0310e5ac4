import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError, MEANWHILE } from '../domain/errors.js'

/** Time and chance, injected. `sleep` ends early, with the interruption, when the signal aborts. */
export interface Clock {
  readonly now: () => Date
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** From 0 to 1. */
  readonly random: () => number
}

const LONGEST_TIMER_MS = 2 ** 31 - 1

export function realClock(now: () => Date): Clock {
  return {
    now,
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

/** Timers may fire a little early; being early costs one more throttled request, so the clock decides. */
export async function sleepUntil(clock: Clock, until: Date, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw interruption(signal)
  for (let left = until.getTime() - clock.now().getTime(); left > 0;) {
    await clock.sleep(left, signal)
    left = until.getTime() - clock.now().getTime()
  }
}

/** Whoever aborts may say why with an error of ours, a lost lease for instance. */
export function interruption(signal: AbortSignal): ConnectorError {
  if (signal.reason instanceof ConnectorError) return signal.reason
  return new ConnectorError('run.interrupted', { message: 'The run was stopped', meanwhile: MEANWHILE.progress })
}
