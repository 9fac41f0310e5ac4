import { TEST_MONGO_URL, WITHOUT_SERVER } from '../support/mongo.js'
import { describeKills } from './support/kills.js'
import { inDatabase } from './support/trial-store.js'

const counts = { start: 1, token: 1, page: 3, resyncPage: 2, lookUp: 1, signIns: 1, again: 1, enough: 4 }

if (TEST_MONGO_URL === null)
  describe(`MongoDB: a process killed with SIGKILL (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: a process killed with SIGKILL', () => {
    describeKills({ newStore: inDatabase, counts, part: 10 })
  })
