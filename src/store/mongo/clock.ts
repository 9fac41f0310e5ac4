import type { Database } from './database.js'

/** How long an answer of the server's is gone on from. */
const GOOD_FOR_MS = 60_000

export interface Clocks {
  /** Of this machine; somebody may set it at any moment. */
  readonly now: () => Date
  /** Milliseconds that have gone by since some moment, whatever becomes of the time of day. Default: the process's. */
  readonly elapsed?: (() => number) | undefined
}

/**
 * The time as the database's clock has it, so that machines whose clocks differ by minutes, or are set while we work,
 * agree on when a lease runs out. The server is asked now and then; in between it is what it told and what has gone by.
 */
export class DatabaseClock {
  readonly #now: () => Date
  readonly #elapsed: () => number
  #told: { readonly time: number; readonly at: number } | null = null

  constructor(
    private readonly db: Database,
    { now, elapsed = () => performance.now() }: Clocks,
  ) {
    this.#now = now
    this.#elapsed = elapsed
  }

  /** Milliseconds since 1970. */
  async time(): Promise<number> {
    if (this.#told === null || this.#elapsed() - this.#told.at > GOOD_FOR_MS) {
      const start = this.#elapsed()
      const time = await this.db.serverTime()
      this.#told = time === null ? null : { time, at: (start + this.#elapsed()) / 2 }
    }
    return this.#theirs()
  }

  /** A time of the database's as our clock would show it. */
  ours(time: number): string {
    return new Date(this.#now().getTime() + time - this.#theirs()).toISOString()
  }

  /** Of a server that does not tell the time: ours. */
  #theirs(): number {
    return this.#told === null ? this.#now().getTime() : this.#told.time + Math.round(this.#elapsed() - this.#told.at)
  }
}
