import { isDeadHere } from '../../src/store/holder.js'
import { openMongo } from '../../src/store/mongo/open.js'
import type { Store } from '../../src/store/port.js'
import { quickUpdates, TEST_MONGO_URL, testDatabase, WITHOUT_SERVER, type TestDatabase } from '../support/mongo.js'
import { describeStore } from './contract.js'
import { Clock, type Opened } from './support.js'

/** Emptied after each test: on some servers making a database with its indexes takes longer than most tests. */
const free: TestDatabase[] = []

if (TEST_MONGO_URL === null)
  describe(`MongoDB keeps the promises of the store port (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('the other store', () => {
    describeStore('MongoDB', openEmpty)
    after(async () => {
      for (const database of free.splice(0)) await database.drop()
    })
  })

async function openEmpty(): Promise<Opened> {
  const database = free.pop() ?? (await testDatabase())
  const clock = new Clock()
  const stores: Store[] = []
  const open = async (): Promise<Store> => {
    const store = await openMongo(database.url, { now: clock.now, elapsed: () => clock.now().getTime(), isDeadHere })
    stores.push(store)
    return store
  }
  const store = await open()
  await quickUpdates(database)
  return {
    store,
    clock,
    again: open,
    async close() {
      for (const one of stores) await one.close()
      await database.empty()
      free.push(database)
    },
  }
}
