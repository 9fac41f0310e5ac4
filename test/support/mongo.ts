import { randomBytes } from 'node:crypto'
import mongoose from 'mongoose'

/** Where a MongoDB server for tests is; null: tests that need one skip. */
export const TEST_MONGO_URL = process.env['TEST_MONGO_URL'] ?? null

export const WITHOUT_SERVER = 'skipped: TEST_MONGO_URL names no server'

/** How many databases a store was kept in. */
let used = 0
if (process.env['TEST_STORE'] === 'mongodb')
  process.once('exit', () => process.stdout.write(`in MongoDB: ${used} databases\n`))

/** A database of its own for one test. */
export interface TestDatabase {
  readonly url: string
  readonly db: mongoose.mongo.Db
  /** As it is right after a store was opened for the first time. */
  empty(): Promise<void>
  drop(): Promise<void>
}

export async function testDatabase(): Promise<TestDatabase> {
  const name = `connector-test-${process.pid}-${randomBytes(6).toString('hex')}`
  const url = urlOf(TEST_MONGO_URL ?? '', name)
  const client = await new mongoose.mongo.MongoClient(url).connect()
  const db = client.db(name)
  return {
    url,
    db,
    async empty() {
      const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map((one) => one.name)
      for (const one of names) if (one !== 'meta') await db.collection(one).deleteMany({})
    },
    async drop() {
      if (await db.collection('connections').findOne()) used += 1
      await db.dropDatabase()
      await client.close()
    },
  }
}

/**
 * For servers that use an index only for exactly what it holds: an update of a person as they were read would look at
 * everybody there. MongoDB finds people by `key`, which is enough. To be made once the store has been opened.
 */
export async function quickUpdates({ db }: TestDatabase): Promise<void> {
  await db.collection('people').createIndex({ key: 1, revision: 1 }, { unique: true }, {})
}

function urlOf(server: string, database: string): string {
  const [, start = '', query = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]*)\/?[^?]*(\?.*)?$/.exec(server) ?? []
  return `${start}/${database}${query}`
}
