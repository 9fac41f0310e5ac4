import type { Step } from './call.js'
import { sleepFor } from './clock.js'
import type { Waiting } from './retry.js'

/** Sign-in logs allow 5 requests in 10 s for one application and tenant (graph-docs "throttling-limits"). */
const REQUESTS = 5
const WINDOW_MS = 10_000

/**
 * Keeps the sign-in log below its limit instead of running into it: refused requests count against it too. A slot is
 * free again 10 s after its answer, so no network delay can push six requests into one window.
 */
export function pace({ clock, onEvent }: Waiting, next: Step): Step {
  const slots: { at: number }[] = []
  let queue: Promise<unknown> = Promise.resolve()

  async function take(signal: AbortSignal): Promise<{ at: number }> {
    const oldest = slots.length < REQUESTS ? undefined : slots[0]
    if (oldest) {
      const ms = oldest.at + WINDOW_MS - clock.elapsedMs()
      if (ms > 0) onEvent({ kind: 'pacing', until: new Date(clock.now().getTime() + ms) })
      await sleepFor(clock, ms, signal)
      slots.shift()
    }
    const slot = { at: clock.elapsedMs() }
    slots.push(slot)
    return slot
  }

  return async (call) => {
    if (call.area !== 'sign-in-log') return next(call)
    const turn = queue.then(() => take(call.signal))
    queue = turn.catch(() => undefined)
    const slot = await turn
    call.startedAt = slot.at
    try {
      await next(call)
    } finally {
      slot.at = clock.elapsedMs()
    }
  }
}
