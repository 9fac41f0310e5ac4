import { TEST_MONGO_URL, WITHOUT_SERVER } from '../support/mongo.js'
import { COURSES, WriteTrial } from '../support/write-trial.js'
import { spoiltMongo, type MongoInjury } from './support/spoilt-mongo.js'

const KINDS = ['full', 'cut before', 'cut after'] as const

for (const course of COURSES)
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

      for (const [at, kind] of KINDS.entries())
        it(`(${kind}) costs one run at most`, async () => {
          for (let n = 1; n <= trial.writes; n += 1) {
            const injury: MongoInjury = { kind, lasting: kind !== 'cut after' && (n + at) % 2 === 0 }
            await trial.suffer(n, injury)
          }
        })
    })
