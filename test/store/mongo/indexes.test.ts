import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { NO_AHEAD } from '../../../src/domain/ahead.js'
import { MIGRATIONS } from '../../../src/store/mongo/migrate.js'
import { openMongo } from '../../../src/store/mongo/open.js'
import type { ConnectionStore, Store } from '../../../src/store/port.js'
import { TEST_MONGO_URL, testDatabase, WITHOUT_SERVER, type TestDatabase } from '../../support/mongo.js'
import { NOW } from '../../support/people.js'
import { all, aRun, begin, created, entry, objectId, parked, people, person, userId } from '../support.js'

const TALLIED = 'connection_1_status_1_account_1_loggedIn_1_id_1'

/** What each query of the port must be answered with, as the table in `open.ts` says. */
const EXPECTED: readonly (readonly [string, string, (store: ConnectionStore) => Promise<unknown>])[] = [
  ['people', 'key_1', (store) => store.known([objectId(1)])],
  ['people', 'connection_1_id_1', (store) => store.list({ limit: 10 })],
  ['people', 'connection_1_id_1', (store) => store.history(userId(1))],
  ['people', 'connection_1_upn_1', (store) => store.find('person1@contoso.example')],
  ['people', 'connection_1_keys_1', (store) => store.byKey('link:x')],
  ['people', 'connection_1_dueAt_1_id_1', (store) => store.due(NOW, 10)],
  ['people', 'connection_1_dueAt_1_id_1', (store) => store.owed()],
  ['people', 'connection_1_removalState_1_id_1', (store) => store.removals({ state: 'noted', limit: 10 })],
  [
    'people',
    'connection_1_hold_1_removalState_1_id_1',
    (store) => store.removals({ state: 'held', hold: 'x', limit: 10 }),
  ],
  ['holds', 'connection_1_createdAt_1_id_1', (store) => store.holds.list({ all: true, limit: 10 })],
  ['holds', 'connection_1_ended_1_createdAt_1_id_1', (store) => store.holds.list({ all: false, limit: 10 })],
  ['replaced', '_id_', (store) => all(store.runs.replaced('run-1'))],
  ['runs', 'connection_1_finished_1_startedAt_1', (store) => store.runs.prune(1, AGES, 10)],
  ['replaced', 'connection_1_startedAt_1_runId_1_no_1', (store) => store.runs.prune(1, AGES, 10)],
  ['history', 'connection_1_at_1', (store) => store.runs.prune(1, AGES, 10)],
  ['people', TALLIED, (store) => store.tally()],
  ['parked', '_id_', (store) => store.known([objectId(1)])],
  ['parked', 'connection_1_entraObjectId_1', (store) => store.parked({ limit: 10 })],
  ['candidates', 'connection_1_sweep_1_id_1', (store) => store.candidates({ limit: 10 })],
  ['runs', 'connection_1_startedAt_1_runId_1', (store) => store.runs.list({ limit: 10 })],
  ['people', TALLIED, (store) => store.list({ status: 'onboarded', limit: 10 })],
  ['people', TALLIED, (store) => store.list({ stuckSince: { 'never-logged-in': NOW }, limit: 10 })],
  ['people', 'connection_1_accountReason_1_id_1', (store) => store.list({ accountReason: 'undone', limit: 10 })],
  ['people', 'connection_1_id_1', (store) => store.list({ account: 'active', limit: 10 })],
  ['people', 'connection_1_id_1', (store) => store.list({ firstLogin: 'pending', limit: 10 })],
  ['history', 'connection_1_user_1_from_1', (store) => store.history(userId(202))],
  ['stamps', 'connection_1_pass_1', (store) => store.commit({ fence: 1, run: aRun(), sweep: { pass: 2 } })],
  ['people', 'key_1', (store) => store.commit({ fence: 1, run: aRun(), sweep: { pass: 3 } })],
  ['tickets', 'connection_1_until_1', (store) => store.tickets.put('key', 1, NOW)],
  ['tokens', 'connection_1_hash_1', (store) => store.tokens.find('x')],
  ['tokens', 'connection_1_id_1', (store) => store.tokens.list()],
  ['runLines', 'connection_1_runId_1_from_1', (store) => store.runs.prune(1, { ...AGES, runs: '2999' }, 10)],
  ['runs', 'connection_1_finished_1_startedAt_1', (store) => takeOver(store)],
]

/** Nothing is that old. */
const AGES = { runs: '1999', replaced: '1999', history: '1999' }

async function takeOver({ lease }: ConnectionStore): Promise<unknown> {
  await lease.release(1)
  return lease.take('another', 1)
}

type Command = Readonly<Record<string, unknown>>

if (TEST_MONGO_URL === null) describe(`MongoDB: indexes (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: indexes (asked by `explain`, of servers that know it)', () => {
    let database: TestDatabase
    let opened: Store
    let store: ConnectionStore
    let sent: Command[]

    before(async function () {
      database = await testDatabase()
      sent = []
      const onCommand = (_name: string, command: Command) => sent.push(command)
      opened = await openMongo(database.url, { now: () => new Date(NOW), isDeadHere: () => false, onCommand })
      store = opened.of('default')
      if (!(await explains(database))) this.skip()
      const { commit, create } = await begin(opened)
      await create(...people(1, 200), person(201, { ahead: NO_AHEAD }))
      const told = Array.from({ length: 50 }, (_, n) => entry(`${n}`))
      const log = Array.from({ length: 120 }, (_, n) => ({ at: NOW, level: 'info' as const, message: `${n}` }))
      await commit({ run: aRun({ runId: 'run-0', finishedAt: NOW, outcome: 'succeeded' }) })
      await commit({ users: [created(person(202), ...told)], log })
      await commit({ sweep: { pass: 1 }, park: [parked(900, NOW)] })
    })
    after(async () => {
      await opened.close()
      await database.drop()
    })

    for (const [collection, index, ask] of EXPECTED)
      it(`${ask.toString().replace('(store) => ', '')} uses ${index} of ${collection}`, async () => {
        sent = []
        await ask(store)
        const command = sent.findLast((one) => [one['find'], one['aggregate']].includes(collection))
        const { lsid: _lsid, $db: _db, $clusterTime: _time, txnNumber: _number, ...bare } = command ?? {}
        const plan = JSON.stringify(await database.db.command({ explain: bare, verbosity: 'queryPlanner' }))
        expect(plan).to.contain('IXSCAN').and.to.contain(`"${index}"`).and.not.contain('COLLSCAN')
      })
  })

async function explains({ db }: TestDatabase): Promise<boolean> {
  const answer = await db
    .command({ explain: { find: 'people', filter: {} }, verbosity: 'queryPlanner' })
    .catch(() => null)
  return answer !== null && 'queryPlanner' in answer
}

describe('the README of MongoDB', () => {
  it('names every index there is, and no other', () => {
    const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8')
    const [, list = ''] = /^- \*\*Indexes\*\*.*\n((?: {2}.*\n)+)/m.exec(readme) ?? []
    const named = list
      .split(/^ {2}- /m)
      .slice(1)
      .flatMap((line) => {
        const [, collection = '', indexes = ''] = /^`(\w+)`: ([^]*)$/.exec(line) ?? []
        return indexes.split(';').map((index) => `${collection}: ${index.trim()}`)
      })
    const indexes = MIGRATIONS.flatMap((migration) => (typeof migration === 'function' ? [] : migration))
    const made = indexes.map(({ collection, keys, unique, where }) => {
      const index = `\`${Object.keys(keys).join(', ')}\``
      return `${collection}: ${where === undefined ? index : `[${index}]`}${unique ? ' (unique)' : ''}`
    })
    expect(named.sort()).to.deep.equal(made.sort())
  })
})
