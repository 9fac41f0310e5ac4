import { expect } from 'chai'
import mongoose from 'mongoose'
import { inspect } from 'node:util'
import type { ConnectorError } from '../../../src/domain/errors.js'
import { storeFailure } from '../../../src/store/mongo/failures.js'
import { MIGRATIONS } from '../../../src/store/mongo/migrate.js'
import { openMongo } from '../../../src/store/mongo/open.js'
import { driverOptions } from '../../../src/store/mongo/url.js'
import type { Store } from '../../../src/store/port.js'
import { testDatabase, TEST_MONGO_URL, WITHOUT_SERVER, type TestDatabase } from '../../support/mongo.js'
import { NOW } from '../../support/people.js'
import { begin, entry, person, refusal, userId } from '../support.js'

const options = { now: () => new Date(NOW), isDeadHere: () => false }
const PASSWORD = 's3cr3t:p@ss'
const address = driverOptions(`mongodb://ana:${encodeURIComponent(PASSWORD)}@db.example:27017/people?authSource=admin`)

/** Nothing anybody could see of an error holds the password. */
function expectDiscreet(error: ConnectorError): void {
  const shown = [inspect(error, { depth: 9 }), JSON.stringify(error), error.stack, String(error.cause)].join('\n')
  expect(shown).to.not.contain(PASSWORD).and.not.contain(encodeURIComponent(PASSWORD))
}

describe('failures of a MongoDB server', () => {
  const { MongoNetworkError, MongoServerError, MongoServerSelectionError } = mongoose.mongo
  const server = (code: number, message = 'said') => new MongoServerError({ code, message, errmsg: message })
  const searched = (message: string) =>
    new MongoServerSelectionError(message, { type: 'Single', servers: new Map() } as never)

  const named = (name: string, message: string) => Object.assign(new Error(message), { name })

  const told: readonly (readonly [Error, string, RegExp])[] = [
    [new MongoNetworkError('connection 1 to db.example:27017 closed'), 'store.unreachable', /cannot be reached/],
    [searched('connect ECONNREFUSED'), 'store.unreachable', /cannot be reached/],
    [searched('self-signed certificate in certificate chain'), 'store.unreachable', /certificate/],
    [
      searched('Server at x reports maximum wire version 6, but this version requires at least 8'),
      'store.unreachable',
      /too old/,
    ],
    [server(18), 'store.unreachable', /user name or password/],
    [server(13), 'store.read-only', /does not let us/],
    [server(10107), 'store.unreachable', /no primary/],
    [server(189), 'store.unreachable', /no primary/],
    [server(64), 'store.unreachable', /confirmed/],
    [server(14031), 'store.full', /no space/],
    [server(8000, 'you are over your space quota, using 513 MB of 512 MB'), 'store.full', /no space/],
    [named('MongoWaitQueueTimeoutError', 'Timed out while checking out a connection'), 'store.unreachable', /too slow/],
    [new TypeError('x is not a function'), 'bug', /unexpected/],
  ]
  for (const [thrown, code, words] of told)
    it(`are told as what they are: ${thrown.message.slice(0, 40)}${'code' in thrown ? ` (${String(thrown.code)})` : ''}`, () => {
      const error = storeFailure(thrown, 'read', address)
      expect(error.code).to.equal(code)
      expect(error.message).to.match(words)
    })

  it('never show the password', () => {
    for (const text of [
      PASSWORD,
      encodeURIComponent(PASSWORD),
      `mongodb://ana:${encodeURIComponent(PASSWORD)}@db.example`,
    ])
      for (const thrown of [new MongoNetworkError(`no ${text}!`), new Error(text), server(18, text)]) {
        const error = storeFailure(thrown, 'write', address)
        expectDiscreet(error)
      }
    expect(storeFailure(server(18), 'open', address).remedy).to.contain('mongodb://db.example:27017/people')
  })

  it('of a server that is not there are told in time, in the words of its address', async () => {
    const url = `mongodb://ana:${encodeURIComponent(PASSWORD)}@127.0.0.1:1/people?serverSelectionTimeoutMS=100`
    const error = await refusal(openMongo(url, options))
    expect(error.code).to.equal('store.unreachable')
    expect(error.remedy).to.contain('mongodb://127.0.0.1:1/people')
    expectDiscreet(error)
  })

  it('in the address are told as what they are', async () => {
    for (const rest of ['127.0.0.1:1/?w=-1&tls=perhaps', '127.0.0.1:1/?nonsense=1', 'a:b:c/']) {
      const error = await refusal(openMongo(`mongodb://ana:${encodeURIComponent(PASSWORD)}@${rest}`, options))
      expect(error.code, rest).to.equal('settings.invalid')
      expectDiscreet(error)
    }
  })

  it('are no reason to overrule the address', () => {
    expect(address.options).to.include({
      w: 'majority',
      journal: true,
      readConcernLevel: 'majority',
      retryWrites: true,
    })
    const own = driverOptions('mongodb://a/b?w=1&journal=false&readConcernLevel=local&retryWrites=false').options
    for (const name of ['w', 'journal', 'readConcernLevel', 'retryWrites']) expect(own).to.not.have.property(name)
  })

  it('are no matter of who is read from, whatever the address says', () => {
    const rest = 'READPREFERENCE=nearest&w=1&readPreferenceTags=dc:ny&readPreferenceTags=&maxStalenessSeconds=120'
    const { url, options: given } = driverOptions(`mongodb://a:b%26@c,d/e?retryWrites=false&${rest}&replicaSet=rs`)
    expect(url).to.equal('mongodb://a:b%26@c,d/e?retryWrites=false&w=1&replicaSet=rs')
    expect(given).to.include({ readPreference: 'primary' }).and.not.have.property('w')
    expect(driverOptions('mongodb://a/b').url).to.equal('mongodb://a/b')
  })
})

if (TEST_MONGO_URL === null) describe(`a MongoDB database (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('a MongoDB database', () => {
    let database: TestDatabase
    let opened: Store[]
    beforeEach(async () => {
      database = await testDatabase()
      opened = []
    })
    afterEach(async () => {
      for (const store of opened) await store.close()
      await database.drop()
    })
    const open = async () => {
      const store = await openMongo(database.url, options)
      opened.push(store)
      return store
    }

    it('of a newer version is refused, and stays as it is', async () => {
      await open()
      await database.db.collection('meta').updateOne({}, { $set: { schema: MIGRATIONS.length + 1 } })
      const indexes = await database.db.collection('people').indexes()
      const error = await refusal(open())
      expect(error.code).to.equal('store.schema-newer')
      expect(await database.db.collection('people').indexes()).to.deep.equal(indexes)
      expect(await database.db.collection('meta').findOne({})).to.include({ schema: MIGRATIONS.length + 1 })
    })

    it('of another application is refused, and stays as it is', async () => {
      await database.db.collection('orders').insertOne({ total: 1 })
      const error = await refusal(open())
      expect([error.code, error.message.includes('another application')]).to.deep.equal(['store.corrupt', true])
      const names = await database.db.listCollections({}, { nameOnly: true }).toArray()
      expect(names.map(({ name }) => name)).to.deep.equal(['orders'])
    })

    it('may be opened by several who start at once', async () => {
      const stores = await Promise.all([open(), open(), open()])
      await (await begin(stores[0])).create(person(1))
      expect(await stores[2].of('default').find(userId(1))).to.have.length(1)
    })

    it('keeps the newest history entries with the person, and the others all the same', async () => {
      const { store, commit, create } = await begin(await open())
      await create(person(1))
      let user = person(1)
      for (let n = 2; n <= 150; n += 1) {
        const after = { ...user, jobTitle: `title ${n}`, revision: user.revision + 1 }
        await (n % 3 === 0 ? store.write.bind(store) : commit)({
          users: [{ before: user, after, entries: [entry(`${n}`)] }],
        })
        user = after
      }
      const history = await store.history(userId(1))
      expect(history.slice(1).map(({ to }) => to)).to.deep.equal(Array.from({ length: 149 }, (_, i) => `${i + 2}`))
      const inside = (await database.db.collection('people').findOne({}))?.['history'] as unknown[]
      expect(inside.length).to.be.within(20, 40)
      expect(await database.db.collection('history').countDocuments()).to.equal((150 - inside.length) / 20)
    })
  })
