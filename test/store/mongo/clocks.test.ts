import { expect } from 'chai'
import { setTimeout } from 'node:timers/promises'
import { openMongo } from '../../../src/store/mongo/open.js'
import type { LeaseStore, LeaseTaken, Store } from '../../../src/store/port.js'
import { testDatabase, TEST_MONGO_URL, WITHOUT_SERVER, type TestDatabase } from '../../support/mongo.js'

const TTL = 15_000
const MINUTE = 60_000
/** A lease of a millisecond has, whatever else the server has to do. */
const RUN_OUT_MS = 3_000

if (TEST_MONGO_URL === null) describe(`MongoDB and wrong clocks (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB and wrong clocks', () => {
    let database: TestDatabase
    const opened: Store[] = []
    before(async () => {
      database = await testDatabase()
    })
    after(async () => {
      for (const store of opened) await store.close()
      await database.drop()
    })

    /** The store as a machine opens it whose clock is wrong by so much. */
    const leaseOn = (aheadMs: number): Promise<LeaseStore> => leaseBy(() => new Date(Date.now() + aheadMs))

    async function leaseBy(now: () => Date): Promise<LeaseStore> {
      const store = await openMongo(database.url, { now, isDeadHere: () => false })
      opened.push(store)
      return store.of('default').lease
    }

    it('leave a lease to its holder, whose clock is right or wrong, and free when it has run out', async () => {
      const machines = [await leaseOn(0), await leaseOn(5 * MINUTE), await leaseOn(-5 * MINUTE)]
      for (const [n, holder] of machines.entries()) {
        if (n > 0) await setTimeout(RUN_OUT_MS)
        const { taken, fence } = (await holder.take('holder', TTL)) as LeaseTaken
        expect(taken).to.equal(true)
        for (const other of machines) expect((await other.take('other', TTL)).taken).to.equal(false)
        expect(await holder.renew(fence, TTL)).to.equal(true)
        for (const other of machines) expect((await other.take('other', TTL)).taken).to.equal(false)
        await holder.renew(fence, 1)
      }
    }).timeout(60_000)

    it('leave a lease to its holder when a clock is set in between', async () => {
      let setMs = 0
      const [right, wrong] = [await leaseOn(0), await leaseBy(() => new Date(Date.now() + setMs))]
      const own = (await wrong.take('wrong', TTL)) as LeaseTaken
      await wrong.release(own.fence)
      const { fence } = (await right.take('right', TTL)) as LeaseTaken
      for (const ms of [-MINUTE, MINUTE]) {
        setMs = ms
        expect((await wrong.take('wrong', TTL)).taken, `set by ${ms} ms`).to.equal(false)
        expect(await right.renew(fence, TTL)).to.equal(true)
      }
      await right.release(fence)
      setMs = 0
      const held = (await wrong.take('wrong', TTL)) as LeaseTaken
      setMs = -MINUTE
      expect(await wrong.renew(held.fence, TTL)).to.equal(true)
      expect((await right.take('right', TTL)).taken).to.equal(false)
      await wrong.release(held.fence)
    })
  })
