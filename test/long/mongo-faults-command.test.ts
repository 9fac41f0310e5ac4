import { expect } from 'chai'
import { aFolder, until, type Folder } from '../support/command.js'
import { TEST_MONGO_URL, testDatabase, WITHOUT_SERVER, type TestDatabase } from '../support/mongo.js'
import { openFaultTenant, type FaultTenant } from './support/fault-desk.js'
import { refusal } from './support/injuries.js'
import { OpMsgProxy, type Fault, type ProxyOptions } from './support/op-msg-proxy.js'
import { privateAuthority } from './support/private-authority.js'
import type { StoreOutcome } from './support/store-outcome.js'

const PASSWORD = 'gr3en:t@a'
const QUICK = 'serverSelectionTimeoutMS=1500&connectTimeoutMS=1000'
/** From when the server falls silent, and what ending a process takes on a busy machine. */
const IN_TIME_MS = 30_000 + 5_000
const FOR_EVER_MS = 90_000

if (TEST_MONGO_URL === null)
  describe(`MongoDB: a server that fails, as the command tells it (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: a server that fails, as the command tells it', () => {
    let tenant: FaultTenant
    let undisturbed: StoreOutcome
    let folder: Folder
    let spare: TestDatabase
    const proxies: OpMsgProxy[] = []
    const authority = privateAuthority()

    before(async () => {
      tenant = await openFaultTenant(4)
      const { database, sync, outcome } = tenant.desks[0]!
      expect(await sync(database.url)).to.equal(null)
      undisturbed = await outcome()
      folder = await aFolder({ ...tenant.settings, LOG_FORMAT: 'json' })
      spare = await testDatabase()
    })
    after(async () => {
      await folder.remove()
      for (const proxy of proxies) await proxy.stop()
      await spare.drop()
      await tenant.close()
    })

    async function through(options: string, tls?: ProxyOptions['tls'], login?: string): Promise<[OpMsgProxy, string]> {
      const proxy = await OpMsgProxy.start(spare.url, { tls })
      proxies.push(proxy)
      return [proxy, proxy.through(spare.url, { login: login ?? '', options })]
    }

    it('is a refused login: exit 5, nobody sees the password, and the next run heals', async () => {
      const login = `ana:${encodeURIComponent(PASSWORD)}`
      const [proxy, url] = await through(QUICK, undefined, login)
      proxy.order({ command: 'saslStart', times: Infinity, do: refusal(18, 'AuthenticationFailed') })
      for (const args of [['sync', '--json'], ['sync'], ['check'], ['users', 'list']]) {
        const { code, stdout, stderr } = await folder.run(args, { STORE_URL: url, LOG_LEVEL: 'debug' })
        expect(code, stderr).to.equal(5)
        expect(stdout + stderr)
          .to.contain('does not accept our user name or password')
          .and.contain(`127.0.0.1:${proxy.port}`)
        expect(stdout + stderr)
          .to.not.contain(PASSWORD)
          .and.not.contain(encodeURIComponent(PASSWORD))
      }
      expect(proxy.hits).to.be.greaterThan(0)
      const [, accepted] = await through('')
      const healed = await folder.run(['sync', '--json'], { STORE_URL: accepted })
      expect(healed.code, healed.stderr).to.equal(0)
    })

    it('is the certificate of a private authority: trusted when named, in the address or for the whole process', async () => {
      const ca = await folder.write('authority.pem', authority.ca)
      const [, url] = await through('tls=true', authority.server)
      const unknown = await folder.run(['sync', '--json'], { STORE_URL: `${url}&${QUICK}` })
      expect(unknown.code, unknown.stderr).to.equal(5)
      expect(unknown.stdout).to.contain('do not trust the certificate').and.contain('tlsCAFile')
      const named = await folder.run(['sync', '--json'], { STORE_URL: `${url}&tlsCAFile=${encodeURIComponent(ca)}` })
      expect(named.code, named.stderr).to.equal(0)
      const global = await folder.run(['sync', '--json'], { STORE_URL: url, NODE_EXTRA_CA_CERTS: ca })
      expect(global.code, global.stderr).to.equal(0)
    })

    /** With the product's own limits, all at the same time. */
    it('is a server that says nothing: exit 5 in time, wherever it falls silent, and the next run heals', async () => {
      const cases: readonly (readonly [string, Fault | null])[] = [
        ['from the start', null],
        ['in a run', { command: 'update', collection: 'people', nth: 1, do: 'silence for ever' }],
        [
          'in a run, but for its greetings',
          { command: 'update', collection: 'people', nth: 1, times: Infinity, do: 'silence' },
        ],
        ['at the end', { command: 'update', collection: 'connections', nth: 6, do: 'silence for ever' }],
      ]
      await Promise.all(
        cases.map(async ([what, fault], n) => {
          const { database, replicaSet } = tenant.desks[n]!
          await tenant.desks[n]!.restore()
          if (fault) replicaSet.order(fault)
          else replicaSet.fallSilent()
          const running = folder.start(['sync', '--json', '--full'], { STORE_URL: replicaSet.through(database.url) })
          const late = setTimeout(() => running.send('SIGKILL'), FOR_EVER_MS)
          await until(() => (fault ? replicaSet.hits : replicaSet.connections) > 0, running)
          const silentSince = performance.now()
          const { code, stdout, stderr } = await running.ended
          const tookMs = performance.now() - silentSince
          clearTimeout(late)
          expect(code, `${what}: ${stdout}\n${stderr.slice(-1000)}`).to.equal(5)
          expect(tookMs, what).to.be.below(IN_TIME_MS)
          expect(stdout, what).to.contain('store.unreachable')
          replicaSet.heal()
          const again = await folder.run(['sync', '--json', '--full'], {
            STORE_URL: replicaSet.through(database.url),
          })
          expect(again.code, again.stderr).to.equal(0)
          expect(await tenant.desks[n]!.outcome(), what).to.deep.equal(undisturbed)
        }),
      )
    })
  })
