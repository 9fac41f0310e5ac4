import type { Database } from './database.js'

/** Rows carry a connection's number, which no table can confuse with another's and no index pays for. */
export class ConnectionNumber {
  #known = 0

  constructor(
    private readonly db: Database,
    readonly name: string,
  ) {}

  /** 0, which no row has, while nothing was ever written through this connection. */
  get(): number {
    if (this.#known === 0) {
      const row = this.db.get('SELECT no FROM connections WHERE name = ?', this.name)
      this.#known = (row as { no: number } | undefined)?.no ?? 0
    }
    return this.#known
  }

  /** Within a write, which may still be undone: hence asked for again. */
  getOrCreate(): number {
    const known = this.get()
    if (known !== 0) return known
    const row = this.db.get('INSERT INTO connections (name) VALUES (?) RETURNING no', this.name)
    return (row as { no: number }).no
  }
}
