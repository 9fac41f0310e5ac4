import { sleepFor, type Clock } from './clock.js'

const MINUTE_MS = 60_000

/**
 * Waits until one more may go out: never more than `perMinute` within any minute. What is given back is to be called
 * with the answer: from then on the minute counts, so that no network delay can push too many into one.
 */
export function mailPace(clock: Clock, perMinute: number): (signal: AbortSignal) => Promise<() => void> {
  const slots: { at: number }[] = []
  let queue: Promise<unknown> = Promise.resolve()

  async function take(signal: AbortSignal): Promise<() => void> {
    const oldest = slots.length < perMinute ? undefined : slots[0]
    if (oldest) {
      await sleepFor(clock, oldest.at + MINUTE_MS - clock.elapsedMs(), signal)
      slots.shift()
    }
    const slot = { at: clock.elapsedMs() }
    slots.push(slot)
    return () => {
      slot.at = clock.elapsedMs()
    }
  }

  return (signal) => {
    const turn = queue.then(() => take(signal))
    queue = turn.catch(() => undefined)
    return turn
  }
}
