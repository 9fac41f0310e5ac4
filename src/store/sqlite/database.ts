import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite'
import { fold } from '../../domain/fold.js'
import type { Act } from '../failures.js'
import { storeFailure } from './failures.js'
import { Turns } from './turns.js'

export type Value = string | number | null | Uint8Array

/**
 * An open file. Every call waits for its turn, and is then one transaction that begins and ends at once, because the
 * library is synchronous: nothing of ours can come between, and no reader holds back the log of another.
 */
export class Database {
  readonly path: string
  readonly #db: InstanceType<typeof DatabaseSync>
  #hasWritten = false
  readonly #turns = new Turns()
  readonly #statements = new Map<string, StatementSyncInstance>()

  /** Throws what SQLite throws. `busyMs` is how long to wait for another writer. */
  constructor(path: string, busyMs: number) {
    this.path = path
    this.#db = new DatabaseSync(path, { timeout: busyMs })
    this.#db.function('fold', { deterministic: true }, (text: unknown) =>
      typeof text === 'string' ? fold(text) : null,
    )
  }

  /** One snapshot for all that `work` reads. */
  read<T>(work: () => T, act: 'open' | 'read' = 'read'): Promise<T> {
    return this.#transaction('BEGIN', act, work)
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

  /**
   * The library finalises statements only when they are garbage-collected, and until then SQLite keeps the log beside
   * the file. What this process wrote is copied into the file here, without waiting for anybody.
   */
  close(): void {
    if (!this.#db.isOpen) return
    if (this.#hasWritten) this.#quietly('PRAGMA wal_checkpoint(PASSIVE)')
    this.#statements.clear()
    this.#db.close()
  }

  /** The same, once every call before it has ended. */
  closeInTurn(): Promise<void> {
    return this.#turns.take(() => this.close())
  }

  #transaction<T>(begin: string, act: Act, work: () => T, keep?: (result: T) => boolean): Promise<T> {
    return this.#turns.take(() => {
      this.#hasWritten ||= begin === 'BEGIN IMMEDIATE'
      try {
        this.#db.exec(begin)
        const result = work()
        this.#db.exec(keep?.(result) === false ? 'ROLLBACK' : 'COMMIT')
        return result
      } catch (thrown) {
        // SQLite has undone it by itself after some failures; the first failure is the one to tell.
        if (this.#db.isTransaction) this.#quietly('ROLLBACK')
        throw storeFailure(thrown, act, this.path)
      }
    })
  }

  #quietly(sql: string): void {
    try {
      this.#db.exec(sql)
    } catch {
      // The file or the disk has failed: nothing is lost that was kept.
    }
  }
}
