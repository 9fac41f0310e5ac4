import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite'
import { storeFailure, type Act } from './failures.js'

export type Value = string | number | null | Uint8Array

/**
 * An open file. Every call is one transaction that begins and ends within it, because the library is synchronous:
 * nothing of ours can come between, and no reader holds back the log of another.
 */
export class Database {
  readonly path: string
  readonly #db: InstanceType<typeof DatabaseSync>
  readonly #statements = new Map<string, StatementSyncInstance>()

  /** Throws what SQLite throws. `busyMs` is how long to wait for another writer. */
  constructor(path: string, busyMs: number) {
    this.path = path
    this.#db = new DatabaseSync(path, { timeout: busyMs, returnArrays: false })
  }

  /** One snapshot for all that `work` reads. */
  read<T>(work: () => T): Promise<T> {
    return this.#transaction('BEGIN', 'read', work)
  }

  /** All or nothing: undone when `work` throws. Waits for other writers first. */
  write<T>(work: () => T): Promise<T> {
    return this.#transaction('BEGIN IMMEDIATE', 'write', work)
  }

  /** A page's write: undone also when `keep` says so of the result. */
  commit<T>(work: () => T, keep: (result: T) => boolean): Promise<T> {
    return this.#transaction('BEGIN IMMEDIATE', 'commit', work, keep)
  }

  /** Prepared once and kept: the number of different texts must be bounded. */
  statement(sql: string): StatementSyncInstance {
    let statement = this.#statements.get(sql)
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)))
    return statement
  }

  all<T>(sql: string, ...values: Value[]): T[] {
    return this.statement(sql).all(...values) as T[]
  }

  /** The texts of a statement with one column: the quickest way for many rows. */
  texts(sql: string, ...values: Value[]): string[] {
    const statement = this.statement(sql)
    statement.setReturnArrays(true)
    return (statement.all(...values) as [string][]).map(([text]) => text)
  }

  /** The first row, undefined without one. */
  get(sql: string, ...values: Value[]): unknown {
    return this.statement(sql).get(...values)
  }

  /** How many rows were changed. */
  run(sql: string, ...values: Value[]): number {
    return this.statement(sql).run(...values).changes
  }

  /** Several statements at once, without values. */
  script(sql: string): void {
    this.#db.exec(sql)
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #transaction<T>(begin: string, act: Act, work: () => T, keep?: (result: T) => boolean): Promise<T> {
    return new Promise((resolve) => {
      try {
        this.#db.exec(begin)
        const result = work()
        this.#db.exec(keep?.(result) === false ? 'ROLLBACK' : 'COMMIT')
        resolve(result)
      } catch (thrown) {
        this.#undo()
        throw storeFailure(thrown, act, this.path)
      }
    })
  }

  /** SQLite has done so by itself after some failures, a full disk among them; the first failure is the one to tell. */
  #undo(): void {
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    } catch {
      // The file or the disk is gone: nothing was kept either.
    }
  }
}
