import { expect } from 'chai'
import { TEST_MONGO_URL, WITHOUT_SERVER } from '../../support/mongo.js'
import { NOW } from '../../support/people.js'
import { aRun, created, entry, ids, objectId, person, userId } from '../support.js'
import { crewOfSuite } from './processes.js'

if (TEST_MONGO_URL === null) describe(`MongoDB: a process that slept (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: a process that slept while another took over', () => {
    const suite = crewOfSuite(() => new Date(NOW))

    it('leaves alone whom the other found missing', async () => {
      const [first, second] = [await suite.crew.start('first'), await suite.crew.start('second')]
      const [early, later] = [first.store.of('default'), second.store.of('default')]
      const begun = await early.lease.take(first.name, 15_000)
      const fence = begun.taken ? begun.fence : 0
      const users = [1, 2, 3].map((n) => created(person(n), entry('here')))
      await early.commit({ fence, run: aRun(), users })

      const held = first.holdBefore('remove candidates')
      const late = early.commit({ fence, run: aRun(), seen: { pass: 1, page: 1, entraObjectIds: [objectId(1)] } })
      await held
      suite.crew.dead.add(first.name)
      const taken = await later.lease.take(second.name, 15_000)
      await later.commit({
        fence: taken.taken ? taken.fence : 0,
        run: aRun({ runId: 'run-2' }),
        seen: { pass: 1, page: 2, entraObjectIds: [objectId(2)] },
        sweep: { pass: 1 },
      })
      first.wakeUp()
      await late
      expect(ids(await later.candidates({ limit: 9 }))).to.deep.equal([userId(3)])
    })

    it('clears away what an older version has left of passes that are over', async () => {
      const { store } = await suite.crew.start('second')
      const own = store.of('older')
      const taken = await own.lease.take('me', 15_000)
      const fence = taken.taken ? taken.fence : 0
      const old = { _id: 'old' as never, connection: 'older', sweep: 'old', id: userId(1) }
      await suite.database.db.collection('candidates').insertOne(old)
      await own.commit({ fence, run: aRun(), sweep: { pass: 1 } })
      expect(await suite.database.db.collection('candidates').countDocuments({ connection: 'older' })).to.equal(0)
    })
  })
