import { TEST_MONGO_URL, WITHOUT_SERVER } from '../support/mongo.js'
import { mongoMachine, sqliteMachine } from '../sync/histories/process.js'
import { playMany } from '../sync/histories/property.js'

describe('after any of long histories everybody is as the rules say', function () {
  this.timeout(1_200_000)

  it('on SQLite', () => playMany(sqliteMachine(), 80, 60))

  if (TEST_MONGO_URL === null) it(`on MongoDB (${WITHOUT_SERVER})`)
  else it('on MongoDB', async () => playMany(await mongoMachine(), 15, 40))
})
