import mongoose, { type Connection, type Model } from 'mongoose'
import { ConnectorError } from '../../domain/errors.js'
import type { Act } from '../failures.js'
import { Collection, type Reach } from './collection.js'
import { isSilence, storeFailure } from './failures.js'
import type { CollectionName, Documents } from './documents.js'
import { Patience } from './patience.js'
import { SCHEMAS } from './schemas.js'
import { driverOptions, withoutSecrets, type DriverOptions } from './url.js'
import { endWritesWithTheirConnection } from './writes.js'

export type Collections = { readonly [N in CollectionName]: Collection<Documents[N]> }

export interface DatabaseOptions {
  /** Called before every write with its name; a test ends or holds a process there. */
  readonly beforeWrite?: ((what: string) => Promise<void>) | undefined
  /** Called with each command on its way to the server, for whoever counts them. */
  readonly onCommand?: ((name: string, command: Readonly<Record<string, unknown>>) => void) | undefined
  /** Writes per command; the driver splits what is too large by itself. */
  readonly bulkSize?: number | undefined
}

const BULK = 1000

/** Sessions are ended in passing: no reason to wait for a server that does not answer. */
const CLOSE_MS = 1_000

/** An open database and its collections. */
export class Database implements Reach {
  readonly address: DriverOptions
  readonly bulkSize: number
  readonly collections: Collections
  readonly #connection: Connection
  readonly #options: DatabaseOptions
  readonly #patience: Patience

  private constructor(connection: Connection, patience: Patience, address: DriverOptions, options: DatabaseOptions) {
    this.#connection = connection
    this.#patience = patience
    this.#options = options
    this.address = address
    this.bulkSize = options.bulkSize ?? BULK
    const names = Object.keys(SCHEMAS) as CollectionName[]
    const collections = names.map((name) => {
      const model = connection.model(name, SCHEMAS[name], name) as unknown as Model<unknown>
      return [name, new Collection(model, this)]
    })
    this.collections = Object.fromEntries(collections) as Collections
  }

  /** Throws `settings.invalid` for an address the driver cannot read, `store.*` for a server that is not to be had. */
  static async open(url: string, options: DatabaseOptions = {}): Promise<Database> {
    const address = driverOptions(url)
    const patience = new Patience()
    const connection = mongoose.createConnection()
    try {
      const monitorCommands = options.onCommand !== undefined
      const ours = { autoIndex: false, autoCreate: false, ignoreUndefined: true, monitorCommands }
      const opened = waitFor(patience, () => connection.openUri(address.url, { ...address.options, ...ours }))
      // There from the start, before it connects; not where the address could not be read.
      const client = connection.getClient() as mongoose.mongo.MongoClient | undefined
      if (client) endWritesWithTheirConnection(client)
      await opened
      client?.on('commandStarted', (event) => {
        options.onCommand?.(event.commandName, event.command)
      })
      return new Database(connection, patience, address, options)
    } catch (thrown) {
      await close(connection)
      throw unreadable(thrown, address) ?? storeFailure(thrown, 'open', address)
    }
  }

  async read<T>(work: () => Promise<T>, act: Act = 'read'): Promise<T> {
    try {
      return await waitFor(this.#patience, work)
    } catch (thrown) {
      throw storeFailure(thrown, act, this.address)
    }
  }

  async write<T>(what: string, work: () => Promise<T>, act: Act = 'write'): Promise<T> {
    await this.#options.beforeWrite?.(what)
    return this.read(work, act)
  }

  /** Names of the collections there are. */
  collectionNames(): Promise<string[]> {
    return this.read(
      async () => (await this.#db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name),
      'open',
    )
  }

  createIndex(
    name: CollectionName,
    keys: Record<string, 1>,
    options: mongoose.mongo.CreateIndexesOptions,
  ): Promise<void> {
    return this.write(`index ${name}`, async () => {
      await this.#db.collection(name).createIndex(keys, options, {})
    })
  }

  /** Milliseconds since 1970 by the server's clock; null where it does not tell. */
  async serverTime(): Promise<number | null> {
    const answer = await this.read(() =>
      this.#db
        .admin()
        .command({ hello: 1 })
        .catch(() => this.#db.admin().command({ isMaster: 1 })),
    )
    const time: unknown = answer['localTime']
    return time instanceof Date ? time.getTime() : null
  }

  close(): Promise<void> {
    return close(this.#connection)
  }

  get #db(): mongoose.mongo.Db {
    const { db } = this.#connection
    if (!db) throw new mongoose.mongo.MongoNotConnectedError('the store is closed')
    return db
  }
}

function waitFor<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
  const late = (ms: number) => new mongoose.mongo.MongoNetworkError(`no answer within ${Math.ceil(ms / 1000)} s`)
  return patience.wait(work, late, isSilence)
}

/** The sockets are closed whether the server says goodbye or not: they would keep the process from ending. */
async function close(connection: Connection): Promise<void> {
  // There is no client where the address could not be read.
  const client = connection.getClient() as unknown as { topology?: { close(): void } } | undefined
  const timer = setTimeout(() => client?.topology?.close(), CLOSE_MS)
  await connection.close(true).catch(() => undefined)
  clearTimeout(timer)
}

/** By name: the driver's library for addresses has a class of its own of one of them. */
const UNREADABLE: ReadonlySet<string> = new Set([
  'MongoParseError',
  'MongoInvalidArgumentError',
  'MongoMissingCredentialsError',
  'MongoAPIError',
])

function unreadable(thrown: unknown, address: DriverOptions): ConnectorError | null {
  if (!(thrown instanceof Error)) return null
  if (!UNREADABLE.has(thrown.name) && !/^Unable to parse/.test(thrown.message)) return null
  return new ConnectorError('settings.invalid', {
    message: 'STORE_URL cannot be read as the address of a MongoDB server',
    remedy:
      'Use mongodb://USER:PASSWORD@HOST/DATABASE; signs such as @ : / in user name and password are written %40 %3A %2F.',
    details: { words: withoutSecrets(thrown.message, address) },
  })
}
