import { setImmediate } from 'node:timers/promises'

/** How long this process works on the store before timers, signals and requests of others have their turn. */
const TURN_MS = 20

/**
 * Calls of a synchronous library resolve without leaving the microtasks: however many of them follow each other, nobody
 * else would ever be heard. So a call that comes late lets the event loop go round before it begins.
 */
export class Turns {
  #since = performance.now()
  #next: Promise<void> | null = null

  /** At once where the turn is not over; otherwise after the others, and after all who were waiting before. */
  take<T>(work: () => T): Promise<T> {
    return this.#isOver() ? this.#afterOthers(work) : new Promise((resolve) => resolve(work()))
  }

  async #afterOthers<T>(work: () => T): Promise<T> {
    while (this.#isOver()) await (this.#next ??= this.#begin())
    return work()
  }

  async #begin(): Promise<void> {
    await setImmediate()
    this.#since = performance.now()
    this.#next = null
  }

  #isOver(): boolean {
    return performance.now() - this.#since > TURN_MS
  }
}
