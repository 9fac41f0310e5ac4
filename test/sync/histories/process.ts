import { join } from 'node:path'
import { openMongo } from '../../../src/store/mongo/open.js'
import type { ConnectionStore, Store } from '../../../src/store/port.js'
import { openSqlite } from '../../../src/store/sqlite/open.js'
import { tempFolder } from '../../store/support.js'
import { testDatabase } from '../../support/mongo.js'

/** Opens the same store again and again, as one process after another would. `onWrite` is called before each write. */
export interface Machine {
  /** Whether a commit is made or not, and never half. */
  readonly isAtomic: boolean
  open(onWrite: () => void): Promise<Store>
  close(): Promise<void>
}

/** A SQLite store in a folder of its own. */
export function sqliteMachine(): Machine {
  const folder = tempFolder()
  const path = join(folder.path, 'connector.db')
  return {
    isAtomic: true,
    open: async (onWrite) => dyingBetweenCommits(await openSqlite(path, LEASE), onWrite),
    close: async () => {
      await Promise.resolve()
      folder.remove()
    },
  }
}

/** A database of its own, where any write of a commit may be the last. */
export async function mongoMachine(): Promise<Machine> {
  const { url, drop } = await testDatabase()
  return {
    isAtomic: false,
    open: (onWrite) =>
      openMongo(url, {
        ...LEASE,
        bulkSize: 1,
        beforeWrite: async () => {
          await Promise.resolve()
          onWrite()
        },
      }),
    close: drop,
  }
}

/** Whoever held a lease is dead. */
const LEASE = { now: () => new Date(), isDeadHere: () => true }

/** A connector process that can be killed: from a write on nothing reaches its store any more. */
export class ConnectorProcess {
  #store: Store | null = null
  #writesLeft = Infinity

  constructor(
    private readonly machine: Machine,
    private readonly connection: string,
  ) {}

  async start(): Promise<void> {
    await this.#store?.close()
    this.#writesLeft = Infinity
    this.#store = await this.machine.open(() => {
      this.#writesLeft -= 1
      if (this.#writesLeft < 0) throw new Error('killed')
    })
  }

  get store(): ConnectionStore {
    if (!this.#store) throw new Error('not started')
    return this.#store.of(this.connection)
  }

  get isAtomic(): boolean {
    return this.machine.isAtomic
  }

  get isDead(): boolean {
    return this.#writesLeft < 0
  }

  killAt(write: number): void {
    this.#writesLeft = write - 1
  }

  async stop(): Promise<void> {
    await this.#store?.close()
    this.#store = null
  }
}

/** For a store whose commits are atomic: dies before a commit, or between two. */
function dyingBetweenCommits(store: Store, onWrite: () => void): Store {
  return {
    ...store,
    of(connection) {
      const own = store.of(connection)
      return {
        ...own,
        commit: (batch) => guarded(() => own.commit(batch)),
        lease: { ...own.lease, release: (fence) => guarded(() => own.lease.release(fence)) },
      }
    },
  }

  async function guarded<T>(write: () => Promise<T>): Promise<T> {
    onWrite()
    return write()
  }
}
