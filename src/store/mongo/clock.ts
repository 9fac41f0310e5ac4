import type { Database } from './database.js'

/** How long a comparison of clocks is good for. */
const GOOD_FOR_MS = 60_000

/**
 * The time as the database's clock has it, so that machines whose clocks differ by minutes agree on when a lease runs
 * out. The difference to ours is asked for now and then; in between ours counts.
 */
export class DatabaseClock {
  #ahead: number | null = null
  #askedAt = 0

  constructor(
    private readonly db: Database,
    private readonly now: () => Date,
  ) {}

  /** Milliseconds since 1970. */
  async time(): Promise<number> {
    const age = performance.now() - this.#askedAt
    if (this.#ahead === null || age > GOOD_FOR_MS) {
      const start = this.now().getTime()
      const theirs = await this.db.serverTime()
      this.#askedAt = performance.now()
      this.#ahead = theirs === null ? 0 : theirs - Math.round((start + this.now().getTime()) / 2)
    }
    return this.now().getTime() + this.#ahead
  }

  /** A time of the database's as our clock would show it. */
  ours(time: number): string {
    return new Date(time - (this.#ahead ?? 0)).toISOString()
  }
}
