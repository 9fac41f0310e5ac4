import { expect } from 'chai'
import { HISTORY_INSIDE } from '../../../src/store/mongo/changes.js'
import { archiveStore } from '../../../src/store/mongo/archive.js'
import { Database } from '../../../src/store/mongo/database.js'
import type { CollectionName } from '../../../src/store/mongo/documents.js'
import { readHistory } from '../../../src/store/mongo/history.js'
import { openMongo } from '../../../src/store/mongo/open.js'
import { runStore } from '../../../src/store/mongo/runs.js'
import type { Store } from '../../../src/store/port.js'
import { testDatabase, TEST_MONGO_URL, WITHOUT_SERVER, type TestDatabase } from '../../support/mongo.js'
import { NOW } from '../../support/people.js'
import { aRun, all, begin, changed, created, entry, person, refusal } from '../support.js'

if (TEST_MONGO_URL === null) describe(`MongoDB: what is dropped (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: what is dropped while it is read is not damaged', () => {
    const ALL = { runs: '2999', replaced: '2999', history: '2999' }
    let database: TestDatabase
    let opened: Store
    let db: Database
    let drop: () => Promise<void>

    beforeEach(async () => {
      database = await testDatabase()
      opened = await openMongo(database.url, { now: () => new Date(NOW), isDeadHere: () => false })
      db = await Database.open(database.url)
      const { commit, store, fence } = await begin(opened)
      drop = async () => {
        while ((await store.runs.prune(fence, ALL, 500)) > 0);
      }
      let user = person(1)
      const log = Array.from({ length: 250 }, (_, n) => ({ at: NOW, level: 'info' as const, message: `${n}` }))
      await commit({ users: [created(user, entry('made'))], log })
      for (let n = 0; n < 2 * HISTORY_INSIDE; n += 1) {
        const change = changed(user, { jobTitle: `${n}` }, entry(`${n}`))
        await commit({ users: [change] })
        user = change.after
      }
      await commit({ run: aRun({ finishedAt: NOW, outcome: 'succeeded' }) })
      await commit({ run: aRun({ runId: 'run-2' }) })
    })
    afterEach(async () => {
      await db.close()
      await opened.close()
      await database.drop()
    })

    /** Before the read of this collection with this number, everything that is old is dropped. */
    function dropBefore(name: CollectionName, nth = 1): void {
      const collection = db.collections[name]
      const find = collection.find.bind(collection) as (...how: unknown[]) => Promise<unknown>
      let reads = 0
      Object.assign(collection, {
        find: async (...how: unknown[]) => {
          if ((reads += 1) === nth) await drop()
          return find(...how)
        },
      })
    }

    it('a history', async () => {
      const whole = await readHistory(db, 'default', person(1).id)
      dropBefore('history')
      const left = await readHistory(db, 'default', person(1).id)
      expect(left).to.have.length.below(whole.length)
      expect(left.at(-1)).to.deep.equal(whole.at(-1))
      expect(left).to.deep.equal(await opened.of('default').history(person(1).id))
    })

    it('a history that moves into another store', async () => {
      dropBefore('history')
      const [item] = await archiveStore(db, 'default').read('users', { after: null, limit: 9 })
      expect(item?.value.history).to.deep.equal(await opened.of('default').history(person(1).id))
    })

    it('a log', async () => {
      dropBefore('runLines', 2)
      expect(await all(runStore(db, 'default').log('run-1'))).to.have.length(100)
    })

    it('what a run replaced: none of it, or an error where some was given', async () => {
      expect((await all(runStore(db, 'default').replaced('run-1'))).flat()).to.have.length(2 * HISTORY_INSIDE + 1)
      dropBefore('replaced', 2)
      expect(await refusal(all(runStore(db, 'default').replaced('run-1')))).to.have.property('code', 'lease.lost')
      dropBefore('replaced')
      expect(await all(runStore(db, 'default').replaced('run-1'))).to.deep.equal([])
    })
  })
