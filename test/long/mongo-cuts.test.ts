import { expect } from 'chai'
import { quickUpdates, TEST_MONGO_URL, testDatabase, WITHOUT_SERVER, type TestDatabase } from '../support/mongo.js'
import { NOW } from '../support/people.js'
import { moveIn, outcome, syncOnce } from '../store/mongo/company.js'
import { ConnectorProcess } from '../store/mongo/processes.js'
import { OpMsgProxy, WRITES } from './support/op-msg-proxy.js'

const now = () => new Date(NOW)

if (TEST_MONGO_URL === null) describe(`MongoDB: a network that is cut (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: a network that is cut', () => {
    let database: TestDatabase
    let proxy: OpMsgProxy
    let process: ConnectorProcess
    let connections = 0

    before(async () => {
      database = await testDatabase()
      proxy = await OpMsgProxy.start(database.url)
      process = await ConnectorProcess.start('one', proxy.through(database.url), now, new Set())
      await quickUpdates(database)
    })
    after(async () => {
      await process.close()
      await proxy.stop()
      await database.drop()
    })

    async function sync(n: number, when: 'before' | 'after') {
      const connection = `cut ${(connections += 1)}`
      await moveIn(process.store, connection)
      proxy.heal()
      proxy.order({ command: WRITES, nth: n, do: `cut ${when}` })
      const first = await syncOnce(process, connection, now).then(
        ({ error }) => error?.code ?? null,
        (error: unknown) => (error as { code: string }).code,
      )
      const { writes } = proxy
      proxy.heal()
      // Whose lease could not be given back is not waited for here.
      const other = await ConnectorProcess.start('other', database.url, now, new Set(['one']))
      await syncOnce(other, connection, now)
      const ended = await outcome(other.store.of(connection))
      await other.close()
      return { first, writes, outcome: ended }
    }

    for (const when of ['before', 'after'] as const)
      it(`at any write, ${when} the server has made it, costs one run at most`, async function () {
        this.timeout(300_000)
        const undisturbed = await sync(Infinity, when)
        expect(undisturbed.first).to.equal(null)
        for (let n = 1; n <= undisturbed.writes; n += 1) {
          const cut = await sync(n, when)
          expect(cut.first, `the run, cut at write ${n}`).to.be.oneOf([null, 'store.unreachable', 'lease.held'])
          expect(cut.outcome, `cut at write ${n}`).to.deep.equal(undisturbed.outcome)
        }
      })
  })
