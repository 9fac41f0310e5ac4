import { openMongo } from '../../../src/store/mongo/open.js'
import type { Store } from '../../../src/store/port.js'
import { testDatabase, type TestDatabase } from '../../support/mongo.js'

/**
 * A connector process of which any write can be the last, or can be held back for as long as a test likes: its store
 * writes one document per command, and asks here before each.
 */
export class ConnectorProcess {
  name: string
  /** The writes it was about to make, in order. */
  readonly writes: string[] = []
  /** What happens elsewhere right before a write, by its number from 1. */
  onWrite: (n: number) => Promise<void> = () => Promise.resolve()
  #store: Store | undefined
  #killAt = Infinity
  #holdAt = Infinity
  #reached: () => void = () => undefined
  #letGo: () => void = () => undefined

  constructor(name: string) {
    this.name = name
  }

  /** Everybody whose process has been killed is known to be dead. */
  static async start(name: string, url: string, now: () => Date, dead: ReadonlySet<string>): Promise<ConnectorProcess> {
    const one = new ConnectorProcess(name)
    one.#store = await openMongo(url, {
      now,
      isDeadHere: (holder) => dead.has(holder),
      bulkSize: 1,
      beforeWrite: (what) => one.#before(what),
    })
    one.writes.length = 0
    return one
  }

  get store(): Store {
    if (!this.#store) throw new Error('not started')
    return this.#store
  }

  /** The write with this number, counted from 1, and all after it never reach the server. */
  killAt(n: number): void {
    this.#killAt = n
  }

  /** Resolves when the process is about to make the write with this number, and is held there. */
  holdAt(n: number): Promise<void> {
    this.#holdAt = n
    return new Promise((resolve) => (this.#reached = resolve))
  }

  /** The same of the next write of that name. */
  holdBefore(what: string): Promise<void> {
    this.onWrite = (n) => {
      if (this.#holdAt === Infinity && this.writes[n - 1] === what) this.#holdAt = n
      return Promise.resolve()
    }
    return new Promise((resolve) => (this.#reached = resolve))
  }

  wakeUp(): void {
    this.#letGo()
  }

  /** As one that was started anew, under another name: nothing of a store's outlives a process but its connection. */
  restart(name: string): this {
    this.name = name
    this.writes.length = 0
    this.#killAt = this.#holdAt = Infinity
    this.onWrite = () => Promise.resolve()
    return this
  }

  close(): Promise<void> {
    return this.store.close()
  }

  async #before(what: string): Promise<void> {
    this.writes.push(what)
    if (this.writes.length >= this.#killAt) throw new Error('killed')
    const n = this.writes.length
    await this.onWrite(n)
    if (n !== this.#holdAt) return
    await new Promise<void>((resolve) => {
      this.#letGo = resolve
      this.#reached()
    })
  }
}

/** Processes on one database by their roles, each started once: whoever has died goes on under another name. */
export class Crew {
  readonly dead = new Set<string>()
  readonly #started = new Map<string, ConnectorProcess>()
  #companies = 0

  constructor(
    private readonly url: string,
    private readonly now: () => Date,
  ) {}

  async start(role: string): Promise<ConnectorProcess> {
    const name = `${role}:${this.#companies}`
    const process = this.#started.get(role) ?? (await ConnectorProcess.start(name, this.url, this.now, this.dead))
    this.#started.set(role, process)
    return process.restart(name)
  }

  /** The name of a connection that nobody has used yet. */
  newCompany(): string {
    return `company ${(this.#companies += 1)}`
  }

  async close(): Promise<void> {
    for (const process of this.#started.values()) await process.close()
  }
}

/** A crew for the tests of a suite, on a database of its own. */
export function crewOfSuite(now: () => Date): { readonly crew: Crew; readonly database: TestDatabase } {
  let database: TestDatabase
  let crew: Crew
  before(async () => {
    database = await testDatabase()
    crew = new Crew(database.url, now)
  })
  after(async () => {
    await crew.close()
    await database.drop()
  })
  return {
    get crew() {
      return crew
    },
    get database() {
      return database
    },
  }
}
