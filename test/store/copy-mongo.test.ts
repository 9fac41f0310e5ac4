import { expect } from 'chai'
import { openMongo } from '../../src/store/mongo/open.js'
import type { Store } from '../../src/store/port.js'
import { quickUpdates, TEST_MONGO_URL, testDatabase, WITHOUT_SERVER, type TestDatabase } from '../support/mongo.js'
import { NOW } from '../support/people.js'
import { contents, CopyBench, isDeadHere, moveIn, ODD } from './copy-bench.js'
import { begin, changed, entry, userId } from './support.js'

if (TEST_MONGO_URL === null) describe(`a copy in MongoDB (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('a copy in MongoDB', () => {
    let bench: CopyBench
    beforeEach(async () => (bench = await CopyBench.open()))
    afterEach(() => bench.close())

    /** Complete but for its last write. */
    const older = async ({ url }: TestDatabase): Promise<void> => {
      const store = bench.closing(await openMongo(url, { now: bench.clock.now, isDeadHere }))
      const endCopy = () => Promise.reject(new Error('killed'))
      const error = await bench
        .copy(bench.source, { ...store, origin: { ...store.origin, endCopy } })
        .catch((thrown: unknown) => thrown as Error)
      expect(error).to.include({ message: 'killed' })
    }

    const databases: TestDatabase[] = []
    const mongo = async (): Promise<Store> => {
      const database = await testDatabase()
      databases.push(database)
      const store = await openMongo(database.url, { now: bench.clock.now, isDeadHere })
      bench.closing(store)
      await quickUpdates(database)
      return store
    }
    afterEach(async () => {
      for (const database of databases.splice(0)) await database.drop()
    })

    it('comes back as it went', async () => {
      const [there, back] = [await mongo(), await bench.sqlite()]
      const out = await bench.copy(bench.source, there)
      expect(out).to.include({ verified: true })
      expect(await contents(there)).to.deep.equal(await contents(bench.source))
      const home = await bench.copy(there, back)
      expect(home).to.deep.equal(out)
      expect(await contents(back)).to.deep.equal(await contents(bench.source))
    })

    for (const start of ['nothing', 'an older copy'])
      it(`goes on from ${start} where it was stopped, whichever write was the last`, async () => {
        const database = await testDatabase()
        databases.push(database)
        const own = bench.source.of(ODD)
        for (let n = 3; ; n += 1) {
          let writes = 0
          const beforeWrite = () => {
            writes += 1
            return writes < n ? Promise.resolve() : Promise.reject(new Error('killed'))
          }
          const options = { now: bench.clock.now, isDeadHere, bulkSize: 1 }
          if (n === 3) await (await openMongo(database.url, options)).close()
          if (n === 3) await quickUpdates(database)
          if (n === 3 && start !== 'nothing') await older(database)
          const there = await openMongo(database.url, { ...options, beforeWrite })
          bench.closing(there)
          const report = await bench.copy(bench.source, there, 'dead').catch((error: unknown) => error as Error)
          bench.clock.advance(60_000)
          if (!(report instanceof Error)) {
            expect(n).to.be.greaterThan(12)
            expect(report).to.include({ verified: true, finishedBefore: null })
            expect(await contents(there)).to.deep.equal(await contents(bench.source))
            return
          }
          expect(report.message).to.include('killed')
          const [user] = await own.find(userId(1))
          await own.write({ users: [changed(user!, { jobTitle: `stopped at ${n}` }, entry(`stopped at ${n}`))] })
          const { fence, store } = await begin(bench.source, ODD)
          const log = Array.from({ length: 100 }, (_, i) => ({ at: NOW, level: 'info' as const, message: `${n} ${i}` }))
          await bench.source.archive(ODD).putLog(fence, 'run-1', 0, log)
          await store.lease.release(fence)
        }
      }).timeout(60_000)

    it('comes from where runs have been', async () => {
      const used = await mongo()
      await moveIn(used, ODD)
      const target = await bench.sqlite()
      expect(await bench.copy(used, target)).to.include({ verified: true })
      expect(await contents(target)).to.deep.equal(await contents(used))
    })
  })
