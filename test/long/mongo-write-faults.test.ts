import { TEST_MONGO_URL, WITHOUT_SERVER } from '../support/mongo.js'
import { WriteTrial } from '../support/write-trial.js'
import { spoiltMongo, type MongoInjury } from './support/spoilt-mongo.js'

const KINDS = ['full', 'cut before', 'cut after'] as const
/** Cuts at every write of an ordinary run: `mongo-cuts`. */
const KINDS_OF = { incremental: ['full'], undo: KINDS } as const

for (const course of ['incremental', 'undo'] as const)
  if (TEST_MONGO_URL === null)
    describe(`MongoDB: any write that fails: ${course} (${WITHOUT_SERVER})`, () => it('needs a server'))
  else
    describe(`MongoDB: any write that fails: ${course}`, () => {
      let trial: Awaited<ReturnType<typeof open>>
      const open = () => WriteTrial.open(course, spoiltMongo)

      before(async () => {
        trial = await open()
      })
      after(() => trial.close())

      for (const [at, kind] of KINDS_OF[course].entries())
        it(`(${kind}) costs one run at most`, async () => {
          // Each write fails once, in one of the ways: on SQLite it does in all of them.
          for (let n = 1 + at; n <= trial.writes; n += KINDS.length) {
            const injury: MongoInjury = { kind, lasting: kind !== 'cut after' && n % 2 === 0 }
            await trial.suffer(n, injury)
          }
        })
    })
