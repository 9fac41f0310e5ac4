import { expect } from 'chai'
import mongoose from 'mongoose'
import { openMongo } from '../../src/store/mongo/open.js'
import { testDatabase, TEST_MONGO_URL, WITHOUT_SERVER, type TestDatabase } from '../support/mongo.js'
import { NOW } from '../support/people.js'
import { begin, objectId, person, userId } from '../store/support.js'
import { moveIn, outcome, syncOnce } from '../store/mongo/company.js'
import { Crew } from '../store/mongo/processes.js'

/**
 * What only a real replica set shows. It needs TEST_MONGO_URL to name one, and for the first of its tests the right to
 * step the primary down (`clusterManager`); the others of the set may then take up to half a minute to elect one.
 */

const now = () => new Date(NOW)
/** Seconds the primary stands back; a set of one elects it again afterwards. */
const STANDS_BACK = 3
/** CommandNotFound, and what says that we may not. */
const NOT_FOR_US = [13, 59]

type Command = Readonly<Record<string, unknown>>

async function setName(url: string): Promise<string | null> {
  const client = await new mongoose.mongo.MongoClient(url).connect()
  try {
    const admin = client.db().admin()
    const answer = await admin.command({ hello: 1 }).catch(() => admin.command({ isMaster: 1 }))
    return typeof answer['setName'] === 'string' ? answer['setName'] : null
  } finally {
    await client.close()
  }
}

const set = TEST_MONGO_URL === null ? null : await setName(TEST_MONGO_URL)

if (set === null) {
  const why = TEST_MONGO_URL === null ? WITHOUT_SERVER : 'skipped: needs a replica set, and TEST_MONGO_URL names none'
  describe(`MongoDB: a replica set (${why})`, () => it('needs a replica set'))
} else
  describe(`MongoDB: the replica set ${set}`, function () {
    this.timeout(120_000)
    let database: TestDatabase
    before(async () => (database = await testDatabase()))
    after(() => database.drop())

    /** False where we may not. The connection may break before there is an answer: then it is done. */
    async function stepDown(): Promise<boolean> {
      const command = { replSetStepDown: STANDS_BACK, secondaryCatchUpPeriodSecs: STANDS_BACK - 1, force: true }
      const refused = await database.db
        .admin()
        .command(command)
        .catch((error: unknown) => error)
      return !(refused instanceof mongoose.mongo.MongoServerError && NOT_FOR_US.includes(Number(refused.code)))
    }

    it('heals when its primary steps down in the middle of a run, then or by the next one (needs the right)', async function () {
      const crew = new Crew(database.url, now)
      const run = async (steps: (n: number) => Promise<void>) => {
        const first = await crew.start('first')
        const connection = crew.newCompany()
        await moveIn(first.store, connection)
        first.writes.length = 0
        first.onWrite = steps
        const error = await syncOnce(first, connection, now).then(
          (result) => result.error,
          (thrown: unknown) => thrown,
        )
        const writes = first.writes.length
        crew.dead.add(first.name)
        const second = await crew.start('second')
        await syncOnce(second, connection, now)
        const ended = (await outcome(second.store.of(connection))) as { people: object[] }
        return { error, writes, ended: { ...ended, people: ended.people.map((one) => ({ ...one, connection: '' })) } }
      }
      try {
        const undisturbed = await run(() => Promise.resolve())
        expect(undisturbed.error).to.equal(null)
        for (const at of [1, 2, 3].map((part) => Math.floor((part * undisturbed.writes) / 4))) {
          const allowed: boolean[] = []
          const disturbed = await run(async (n) => {
            if (n === at) allowed.push(await stepDown())
          })
          if (allowed.includes(false)) this.skip()
          if (disturbed.error) expect(disturbed.error).to.have.property('code', 'store.unreachable')
          expect(disturbed.ended, `stepped down before write ${at}`).to.deep.equal(undisturbed.ended)
        }
      } finally {
        await crew.close()
      }
    })

    it('confirms writes by the majority, may be asked twice, and answers over indexes', async () => {
      const sent: (readonly [string, Command])[] = []
      const onCommand = (name: string, command: Command) => sent.push([name, command])
      const opened = await openMongo(database.url, { now, isDeadHere: () => false, onCommand })
      try {
        const { create, store } = await begin(opened, 'majority')
        sent.length = 0
        await create({ ...person(1), connection: 'majority' })
        const writes = sent.filter(([name]) => name === 'insert' || name === 'update')
        expect(writes).to.have.length.above(2)
        for (const [name, { writeConcern, txnNumber }] of writes) {
          expect(writeConcern, name).to.include({ w: 'majority', j: true })
          expect(txnNumber, name).to.not.equal(undefined)
        }
        const people = database.db.collection('people')
        const safe = await people.findOne(
          { connection: 'majority', id: userId(1) },
          { readConcern: { level: 'majority' } },
        )
        expect(safe).to.include({ revision: 1 })

        sent.length = 0
        await store.known([objectId(1)])
        await store.list({ limit: 10 })
        await store.tally()
        for (const [name, command] of sent) {
          const { lsid: _lsid, $db: _db, $clusterTime: _time, ...bare } = command
          const plan = JSON.stringify(await database.db.command({ explain: bare, verbosity: 'queryPlanner' }))
          expect(plan, name).to.not.contain('COLLSCAN')
        }
      } finally {
        await opened.close()
      }
    })
  })
