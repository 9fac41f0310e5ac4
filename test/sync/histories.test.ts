import { TEST_MONGO_URL, WITHOUT_SERVER } from '../support/mongo.js'
import { mongoMachine, sqliteMachine } from './histories/process.js'
import { playMany } from './histories/property.js'

/** More and longer ones are in test/long. */
describe('after any history of runs, kills, holds, approvals and undos everybody is as the rules say', function () {
  this.timeout(120_000)

  it('on SQLite', () => playMany(sqliteMachine(), 60, 30))

  if (TEST_MONGO_URL === null) it(`on MongoDB (${WITHOUT_SERVER})`)
  else it('on MongoDB', async () => playMany(await mongoMachine(), 4, 12))
})
