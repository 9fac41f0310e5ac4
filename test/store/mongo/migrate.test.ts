import { expect } from 'chai'
import mongoose from 'mongoose'
import { Database } from '../../../src/store/mongo/database.js'
import { migrate, MIGRATIONS } from '../../../src/store/mongo/migrate.js'
import { openMongo } from '../../../src/store/mongo/open.js'
import { OpMsgProxy } from '../../long/support/op-msg-proxy.js'
import { testDatabase, TEST_MONGO_URL, WITHOUT_SERVER, type TestDatabase } from '../../support/mongo.js'
import { NOW } from '../../support/people.js'
import { begin, changed, created, entry, person } from '../support.js'

if (TEST_MONGO_URL === null) describe(`MongoDB: an older store (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: a store of an older version', () => {
    const options = { now: () => new Date(NOW), isDeadHere: () => false }
    let database: TestDatabase
    beforeEach(async () => (database = await testDatabase()))
    afterEach(() => database.drop())

    const schema = async () => (await database.db.collection('meta').findOne({}))?.['schema'] as unknown
    const indexes = async () => {
      const of = async (name: string) => (await database.db.collection(name).indexes()).map((index) => index.name)
      return [...(await of('people')), ...(await of('holds')), ...(await of('history'))]
    }

    it('gets what has come since, from each version', async () => {
      const now = [
        'connection_1_hold_1_removalState_1_id_1',
        'connection_1_ended_1_createdAt_1_id_1',
        'connection_1_at_1',
      ]
      const db = await Database.open(database.url)
      await migrate(db, MIGRATIONS.slice(0, 1))
      await db.close()
      expect(await schema()).to.equal(1)
      expect(await indexes())
        .to.include('connection_1_dueAt_1_id_1')
        .and.not.include.members(now)
      await (await openMongo(database.url, options)).close()
      expect(await schema()).to.equal(MIGRATIONS.length)
      expect(await indexes()).to.include.members(['connection_1_dueAt_1_id_1', ...now])
    })

    it('is ours also while another process has just begun it, and the majority does not have it yet', async () => {
      await (await openMongo(database.url, options)).close()
      const proxy = await OpMsgProxy.start(database.url)
      const nothing = { id: mongoose.mongo.Long.ZERO, ns: `${database.db.databaseName}.meta`, firstBatch: [] }
      proxy.order({ command: 'find', collection: 'meta', times: 2, do: { amend: { cursor: nothing } } })
      try {
        await (await openMongo(proxy.through(database.url), options)).close()
        expect(proxy.hits).to.be.greaterThan(0)
        expect(await schema()).to.equal(MIGRATIONS.length)
      } finally {
        await proxy.stop()
      }
    })

    it('has the age of its history told, so that what is old is dropped', async () => {
      const opened = await openMongo(database.url, options)
      const { commit, store, fence } = await begin(opened)
      let user = person(1)
      await commit({ users: [created(user, entry('made'))] })
      for (let n = 1; n < 100; n += 1) {
        const change = changed(user, { jobTitle: `${n}` }, entry(`${n}`))
        await commit({ users: [change] })
        user = change.after
      }
      const history = database.db.collection('history')
      const dated = await history.find({}).sort({ _id: 1 }).toArray()
      await history.updateMany({}, { $unset: { at: 1 } })
      await database.db.collection('meta').updateOne({}, { $set: { schema: 2 } })
      const drop = () => store.runs.prune(fence, { runs: null, replaced: null, history: '2999' }, 100)
      expect(await drop()).to.equal(0)

      await (await openMongo(database.url, options)).close()
      expect(await history.find({}).sort({ _id: 1 }).toArray()).to.deep.equal(dated)
      expect(await drop()).to.equal(dated.length - 1)
      expect((await store.history(user.id))[0]?.to).to.equal('made')
      await opened.close()
    })
  })
