import { expect } from 'chai'
import { NO_AHEAD } from '../../../src/domain/ahead.js'
import { Database } from '../../../src/store/mongo/database.js'
import { openMongo } from '../../../src/store/mongo/open.js'
import type { ConnectionStore, Store } from '../../../src/store/port.js'
import { testDatabase, TEST_MONGO_URL, WITHOUT_SERVER, type TestDatabase } from '../../support/mongo.js'
import { NOW } from '../../support/people.js'
import { aHold, aRemoval, aRun, all, begin, created, entry, person, refusal, userId } from '../support.js'

const options = { now: () => new Date(NOW), isDeadHere: () => false }

/** What is set in whose document, or with null taken away; what is read then; what the error names. */
type Damage = readonly [
  collection: string,
  id: Readonly<Record<string, unknown>>,
  damage: Readonly<Record<string, unknown>>,
  read: (store: ConnectionStore) => Promise<unknown>,
  named: RegExp,
]

const FIRST = { id: userId(1) }
const RECORD = /the record of user .*0001 is damaged/
const HISTORY = /the history of user .*0001 is damaged/
const CONNECTION = /what is remembered of connection default is damaged/
const find = (store: ConnectionStore) => store.find(userId(1))
const list = (store: ConnectionStore) => store.list({ limit: 9 })
const history = (store: ConnectionStore) => store.history(userId(1))
const person1 = (damage: Damage[2], read: Damage[3] = find): Damage => ['people', FIRST, damage, read, RECORD]
const history1 = (damage: Damage[2]): Damage => ['people', FIRST, damage, history, HISTORY]
const default1 = (damage: Damage[2], read: Damage[3]): Damage => [
  'connections',
  { _id: 'default' },
  damage,
  read,
  CONNECTION,
]
const runs = (store: ConnectionStore) => store.runs.list({ limit: 9 })
const candidates = (store: ConnectionStore) => store.candidates({ limit: 9 })
const { cause, ...WITHOUT_CAUSE } = aRemoval()

const DAMAGE: readonly Damage[] = [
  person1({ status: 'asleep' }),
  person1({ seat: null }, list),
  person1({ ahead: 'x' }),
  person1({ ahead: { ...NO_AHEAD, emails: null } }),
  person1({ ahead: { ...NO_AHEAD, sessions: 7 } }),
  person1({ source: '{' }),
  person1({ source: '{' }, list),
  person1({ source: '7' }),
  person1({ removal: {} }),
  person1({ removal: WITHOUT_CAUSE }),
  person1({ removal: { ...WITHOUT_CAUSE, cause, state: 'perhaps' } }),
  person1({ decision: { by: 'Ana' } }),
  person1({ decision: { state: 'active', by: 'Ana', at: NOW } }),
  person1({ statusReason: { code: 'x' } }),
  history1({ moved: 20 }),
  history1({ history: 7 }),
  history1({ history: 'x' }),
  history1({ history: undefined }),
  history1({ history: [] }),
  history1({ history: [7] }),
  ['holds', { id: 'hold-1' }, { record: null }, (store) => store.holds.get('hold-1'), /the hold hold-1 is damaged/],
  [
    'holds',
    { id: 'hold-1' },
    { record: { id: 'hold-1' } },
    (store) => store.holds.list({ all: true, limit: 9 }),
    /the hold hold-1 is damaged/,
  ],
  [
    'tokens',
    { id: 'token-1' },
    { scope: 'root' },
    (store) => store.tokens.find('hash'),
    /the token token-1 is damaged/,
  ],
  ['tokens', { id: 'token-1' }, { scope: 'root' }, (store) => store.tokens.list(), /the token token-1 is damaged/],
  default1({ 'run.record': null }, runs),
  default1({ 'run.tail': null }, (store) => all(store.runs.log('run-1'))),
  default1({ run: 7 }, runs),
  default1({ passes: null }, candidates),
  default1({ passes: { newest: 1 } }, candidates),
  default1({ intent: { commit: 'x' } }, candidates),
  default1({ fence: 'x' }, candidates),
  default1({ passes: null }, (store) => store.commit({ fence: 1, run: aRun() })),
  default1({ run: 7 }, (store) => store.lease.take('another', 1000)),
  ['runs', { runId: 'run-0' }, { record: null }, runs, /the record of run run-0 is damaged/],
  ['runs', { runId: 'run-0' }, { tail: null }, (store) => all(store.runs.log('run-0')), /the record of run run-0/],
  [
    'runLines',
    { from: 0 },
    { lines: null },
    (store) => all(store.runs.log('run-1')),
    /the log of run run-1 is damaged/,
  ],
  ['runLines', { from: 0 }, { runId: 'x', _id: null }, (store) => all(store.runs.log('run-1')), /the log of run run-1/],
]

if (TEST_MONGO_URL === null) describe(`MongoDB: damage (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: a damaged document is told by its name', () => {
    let database: TestDatabase
    let opened: Store
    let store: ConnectionStore
    before(async () => {
      database = await testDatabase()
      opened = await openMongo(database.url, options)
      const { commit, store: own } = await begin(opened)
      store = own
      const line = { at: NOW, level: 'info' as const, message: 'said' }
      await commit({ run: aRun({ runId: 'run-0' }) })
      await commit({
        users: [1, 2].map((n) => created(person(n), entry('made'))),
        hold: aHold(1),
        log: Array<typeof line>(150).fill(line),
      })
      const token = { id: 'token-1', name: 'one', scope: 'admin' as const, createdAt: NOW, revokedAt: null }
      await store.tokens.create(token, 'hash')
    })
    after(async () => {
      await opened.close()
      await database.drop()
    })

    for (const [name, id, damage, read, named] of DAMAGE)
      it(`${name}: ${Object.entries(damage)
        .map(([field, value]) => `${field} ${value === undefined ? 'is missing' : JSON.stringify(value)}`)
        .join(', ')}`, async () => {
        const collection = database.db.collection(name)
        const whole = await collection.findOne(id)
        const of = { _id: whole?._id as never }
        if ('_id' in damage) await collection.deleteOne(of)
        else await collection.replaceOne(of, spoilt(whole ?? {}, damage), { ignoreUndefined: true })
        try {
          const error = await refusal(read(store))
          expect([error.code, error.message]).to.satisfy(
            ([code, message]: [string, string]) => code === 'store.corrupt' && named.test(message),
          )
          expect(await store.find(userId(2)), 'the others are fine').to.have.length(1)
        } finally {
          await collection.replaceOne(of, whole ?? {}, { upsert: true })
        }
      })
  })

/** With a path of two names at most. */
function spoilt(document: Readonly<Record<string, unknown>>, damage: Damage[2]): Record<string, unknown> {
  const copy = structuredClone({ ...document, _id: undefined }) as Record<string, unknown>
  for (const [path, value] of Object.entries(damage)) {
    const [name = '', inner] = path.split('.')
    copy[name] = inner === undefined ? value : { ...(copy[name] as object), [inner]: value }
  }
  return copy
}

if (TEST_MONGO_URL !== null)
  describe('MongoDB: what the schema does not allow is never written', () => {
    let database: TestDatabase
    let db: Database
    before(async () => {
      database = await testDatabase()
      db = await Database.open(database.url)
      await database.db.collection('people').insertOne({ key: 'a', connection: 'a', revision: 1, status: 'pending' })
    })
    after(async () => {
      await db.close()
      await database.drop()
    })

    for (const set of [{ status: 'asleep' }, { revision: 'x' }, { revision: null }, { nickname: 'x' }])
      it(`${JSON.stringify(set)}, by an update, a bulk or an upsert`, async () => {
        const { people } = db.collections
        for (const write of [
          () => people.update({ key: 'a' }, { $set: set }),
          () => people.upsert({ key: 'a' }, { $set: set }),
          () => people.bulk([{ filter: { key: 'a' }, update: { $set: set } }]),
        ])
          expect((await refusal(write())).code).to.equal('bug')
        const [kept] = await people.find({ key: 'a' })
        expect(kept).to.include({ revision: 1, status: 'pending' }).and.not.have.property('nickname')
      })
  })
