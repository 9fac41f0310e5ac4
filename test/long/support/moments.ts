import { setTimeout as sleep } from 'node:timers/promises'
import { randomFrom } from '../../../src/simulator/random.js'
import type { CommandProcess } from './command-process.js'
import type { SimulatorProcess } from './simulator-process.js'

export type Route = 'POST token' | 'GET users/delta' | 'GET users/{id}' | 'GET auditLogs/signIns'

/** A while after a process was started, or after the tenant has seen its n-th request of a kind or served a fault. */
export interface Moment {
  readonly after: Route | 'start' | 'fault'
  readonly nth: number
  readonly delayMs: number
}

const LOOK_AGAIN_MS = 3

/** Moments spread over the requests from the first to the last, each a random while after its request. */
export function moments(after: Route | 'start', { count, last, delayMs, seed }: Spread): Moment[] {
  const random = randomFrom(seed)
  return Array.from({ length: count }, (_, at) => ({
    after,
    nth: Math.min(last, Math.floor(((at + random.next()) / count) * last) + 1),
    delayMs: random.below(delayMs[1] - delayMs[0] + 1) + delayMs[0],
  }))
}

export interface Spread {
  readonly count: number
  /** The number of the last request of this kind in an undisturbed run. */
  readonly last: number
  readonly delayMs: readonly [from: number, to: number]
  readonly seed: number
}

/** Waits for the moment. The tenant's counters must have been cleared before the process was started. */
export async function reach(
  { after, nth, delayMs }: Moment,
  simulator: SimulatorProcess,
  command: CommandProcess,
): Promise<void> {
  while (after !== 'start' && !command.isOver()) {
    const { counts, faults } = await simulator.state()
    if ((after === 'fault' ? faults.standing.reduce((sum, hits) => sum + hits, 0) : (counts[after] ?? 0)) >= nth) break
    await sleep(LOOK_AGAIN_MS)
  }
  if (delayMs > 0) await sleep(delayMs)
}

/** Sends the signal at the moment, waits for the end, and tells whether it was in time to end the process. */
export async function strike(
  moment: Moment,
  { simulator, command, signal }: { simulator: SimulatorProcess; command: CommandProcess; signal: NodeJS.Signals },
): Promise<boolean> {
  await reach(moment, simulator, command)
  command.child.kill(signal)
  const ended = await command.ended
  return ended.signal === signal
}
