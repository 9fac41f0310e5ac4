import { expect } from 'chai'
import { setTimeout } from 'node:timers/promises'
import { aCompany, everyone } from '../cli/company.js'
import { TEST_MONGO_URL, testDatabase, WITHOUT_SERVER } from '../support/mongo.js'
import { OpMsgProxy } from './support/op-msg-proxy.js'

const QUICK = 'serverSelectionTimeoutMS=5000&connectTimeoutMS=5000&socketTimeoutMS=5000'
const PEOPLE = 30

type Spoil = (proxy: OpMsgProxy) => Promise<void> | void

/** A process is in the middle of a run when the server goes; its next tick is next year. */
async function goneAndBack(go: Spoil, comeBack: Spoil): Promise<void> {
  const database = await testDatabase()
  const proxy = await OpMsgProxy.start(database.url)
  const company = await aCompany(
    {
      STORE_URL: proxy.through(database.url, { options: QUICK }),
      SYNC_SCHEDULE: '0 0 1 1 *',
      GIVE_UP_AFTER: '60s',
      LOG_FORMAT: 'json',
      PORT: '0',
    },
    { users: PEOPLE, pageSize: 5 },
  )
  const { simulator } = company
  simulator.faults.add({ match: { path: '/users/delta', nth: 4 }, do: { kind: 'slow', delayMs: 3_000 } })
  const serve = company.start(['serve'])
  const url = (await serve.says(/Listening on (\S+)/))[1] ?? ''
  const readiness = async (): Promise<{ status: number; state: Record<string, unknown> }> => {
    const response = await fetch(`${url}/readyz`)
    return { status: response.status, state: (await response.json()) as Record<string, unknown> }
  }
  while (simulator.faults.hits === 0) await setTimeout(20)
  await go(proxy)
  await serve.says(/"outcome":"failed"/)
  const gone = await readiness()
  expect(gone.status).to.equal(503)
  expect(gone.state['reason']).to.match(/store|MongoDB/i)
  expect(gone.state['paused']).to.deep.equal([
    { connection: 'default', reason: gone.state['reason'], nextTryAt: gone.state['nextRunAt'] },
  ])
  expect((await fetch(`${url}/healthz`)).status).to.equal(200)

  await comeBack(proxy)
  await serve.says(/"outcome":"succeeded"/)
  const back = await readiness()
  expect([back.status, back.state['reason'], back.state['paused']]).to.deep.equal([200, null, null])
  serve.send('SIGTERM')
  expect((await serve.ended).code).to.equal(0)
  const direct = { STORE_URL: database.url }
  expect(await everyone(company, direct)).to.have.length(PEOPLE)
  const { json } = await company.run(['runs', 'list', '--json'], direct)
  const [last, first] = (json['runs'] as { outcome: string }[]).map(({ outcome }) => outcome)
  expect(last).to.equal('succeeded')
  // By when the server was back: before or after the run that it left gave up writing its end.
  expect(first).to.be.oneOf(['interrupted', 'failed'])
  await company.close()
  await proxy.stop()
  await database.drop()
}

if (TEST_MONGO_URL === null)
  describe(`MongoDB: gone and back while it is served from (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: gone and back while it is served from', () => {
    it('pauses the connection with the reason; when the server is back, the run is gone on with by itself', () =>
      Promise.all([
        goneAndBack(
          (proxy) => proxy.leave(),
          (proxy) => proxy.comeBack(),
        ),
        goneAndBack(
          (proxy) => proxy.fallSilent(),
          (proxy) => proxy.heal(),
        ),
      ])).timeout(400_000)
  })
