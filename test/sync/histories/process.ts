import type { ConnectionStore, Store } from '../../../src/store/port.js'

/** Opens the same store again and again, as one process after another would. `onWrite` is called before each write. */
export interface Machine {
  open(onWrite: () => void): Promise<Store>
  close(): Promise<void>
}

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
export function dyingBetweenCommits(store: Store, onWrite: () => void): Store {
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
