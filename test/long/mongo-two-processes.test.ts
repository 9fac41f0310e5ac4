import { TEST_MONGO_URL, WITHOUT_SERVER } from '../support/mongo.js'
import { endure } from './support/endurance.js'

if (TEST_MONGO_URL === null)
  describe(`MongoDB: two processes on ten connections (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: two processes on ten connections', () => {
    it('end where one that nobody disturbs does, killed and suspended at random for two minutes', async function () {
      this.timeout(1_200_000)
      const story = await endure(2, 2)
      if (this.test) this.test.title += ` (${story})`
    })
  })
