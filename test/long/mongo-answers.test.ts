import { expect } from 'chai'
import { changePerson } from '../../src/store/change-person.js'
import { openMongo } from '../../src/store/mongo/open.js'
import { openStore } from '../../src/store/open.js'
import type { Store } from '../../src/store/port.js'
import { quickUpdates, TEST_MONGO_URL, testDatabase, WITHOUT_SERVER, type TestDatabase } from '../support/mongo.js'
import { NOW } from '../support/people.js'
import {
  aRun,
  begin,
  changed,
  created,
  entry,
  people,
  person,
  refusal,
  userId,
  type Writing,
} from '../store/support.js'
import { refusal as refused, unconfirmed } from './support/injuries.js'
import { OpMsgProxy, type Fault, type Injury } from './support/op-msg-proxy.js'

if (TEST_MONGO_URL === null) describe(`MongoDB: answers that are lost (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: answers that are lost when people are changed outside of runs', () => {
    let database: TestDatabase
    let proxy: OpMsgProxy
    let store: Store
    let writing: Writing
    let connections = 0

    before(async () => {
      database = await testDatabase()
      proxy = await OpMsgProxy.start(database.url)
      const url = proxy.through(database.url, { options: 'serverSelectionTimeoutMS=15000&socketTimeoutMS=5000' })
      store = await openStore({ kind: 'mongodb' }, { now: () => new Date(NOW), url })
      await quickUpdates(database)
    })
    after(async () => {
      await store.close()
      await proxy.stop()
      await database.drop()
    })
    beforeEach(async () => {
      writing = await begin(store, `answers ${(connections += 1)}`)
      await writing.create(...people(1, 3).map(ours))
      proxy.heal()
    })
    afterEach(() => proxy.heal())

    const ours = (user: ReturnType<typeof person>) => ({ ...user, connection: `answers ${connections}` })
    const spoil = (what: Injury, over: Partial<Fault> = {}): void =>
      proxy.order({ command: 'update', collection: 'people', do: what, ...over })
    const promote = () =>
      changePerson(writing.store, userId(1), (user) => ({
        user: { ...user, jobTitle: `${user.jobTitle ?? ''}+` },
        entries: [entry('promoted')],
      }))
    async function asItIs(n = 1) {
      const [user] = await writing.store.find(userId(n))
      return { jobTitle: user?.jobTitle, entries: (await writing.store.history(userId(n))).length }
    }

    const done: Readonly<Record<string, Injury>> = {
      'the connection is cut after it': 'cut after',
      'the server falls silent after it': 'silence',
      'too few servers confirm it in time': unconfirmed(64, 'WriteConcernTimeout'),
    }
    for (const [when, what] of Object.entries(done))
      it(`a change that was made is not told as a failure when ${when}`, async () => {
        spoil(what)
        expect(await promote()).to.include({ jobTitle: '+', revision: 2 })
        expect(proxy.hits).to.equal(1)
        expect(await asItIs()).to.deep.equal({ jobTitle: '+', entries: 2 })
      })

    it('a change that was not made is a failure, and can be asked for again', async () => {
      for (const what of ['cut before', refused(10107, 'NotWritablePrimary')] as const) {
        proxy.heal()
        spoil(what)
        expect((await refusal(promote())).code).to.equal('store.unreachable')
        expect(await asItIs()).to.deep.equal({ jobTitle: null, entries: 1 })
      }
      await promote()
      expect(await asItIs()).to.deep.equal({ jobTitle: '+', entries: 2 })
    })

    it('a change nobody can tell of is a failure', async () => {
      spoil('cut after')
      proxy.order({ command: 'find', collection: 'people', nth: 3, times: Infinity, do: 'cut before' })
      expect((await refusal(promote())).code).to.equal('store.unreachable')
      proxy.heal()
      expect(await asItIs()).to.deep.equal({ jobTitle: '+', entries: 2 })
    })

    it('what somebody else has written is not taken for ours', async () => {
      const other = await openStore({ kind: 'mongodb' }, { now: () => new Date(NOW), url: database.url })
      const before = ours(person(1))
      const theirs = changed(before, { jobTitle: 'theirs' }, entry('theirs'))
      await other.of(writing.store.connection).write({ users: [theirs] })
      await other.close()
      spoil('cut before')
      const change = changed(theirs.after, { jobTitle: 'theirs' }, entry('ours'))
      expect((await refusal(writing.store.write({ users: [change] }))).code).to.equal('store.unreachable')
      expect(await writing.store.write({ users: [changed(before, { jobTitle: 'ours' })] })).to.deep.equal({
        lost: [userId(1)],
      })
      expect(await asItIs()).to.deep.equal({ jobTitle: 'theirs', entries: 2 })
    })

    it('of several, those after it are written too', async () => {
      spoil('cut after', { nth: 2 })
      const users = people(1, 3).map((user) => changed(ours(user), { jobTitle: 'new' }, entry('new')))
      expect(await writing.store.write({ users })).to.deep.equal({ lost: [] })
      for (const n of [1, 2, 3]) expect(await asItIs(n)).to.deep.equal({ jobTitle: 'new', entries: 2 })
    })

    it('somebody new is there once', async () => {
      proxy.order({ command: 'insert', collection: 'people', do: 'cut after' })
      expect(await writing.store.write({ users: [created(ours(person(7)), entry('made'))] })).to.deep.equal({
        lost: [],
      })
      expect(await asItIs(7)).to.deep.equal({ jobTitle: null, entries: 1 })
    })

    it('somebody whose history has grown too long is written, whatever becomes of the older entries', async () => {
      const entries = Array.from({ length: 41 }, (_, n) => entry(`${n}`))
      proxy.order({ command: 'insert', collection: 'history', do: 'cut before', times: 9 })
      const users = [changed(ours(person(1)), { jobTitle: 'new' }, ...entries)]
      expect(await writing.store.write({ users })).to.deep.equal({ lost: [] })
      expect(proxy.hits).to.be.above(0)
      expect(await asItIs()).to.deep.equal({ jobTitle: 'new', entries: 42 })
    })

    it('a page that counted, and nobody could tell, stays counted', async () => {
      const run = aRun({ connection: writing.store.connection })
      const counted = {
        ...run,
        users: { ...run.users, read: 2, created: 1, unchanged: 1 },
        signIns: { ...run.signIns, read: 5, firstLogins: 1 },
      }
      proxy.order({ command: 'update', collection: 'connections', nth: 2, do: 'cut after' })
      proxy.order({ command: 'find', collection: 'connections', nth: 2, times: 9, do: 'cut before' })
      const change = { ...created(ours(person(8)), entry('made')), kind: 'created' as const }
      expect((await refusal(writing.commit({ run: counted, users: [change] }))).code).to.equal('store.unreachable')
      proxy.heal()
      const next = { ...run, users: { ...run.users, read: 1, skipped: 1 } }
      await writing.commit({ run: next })
      await writing.commit({ run: { ...next, finishedAt: NOW, outcome: 'failed' } })
      const kept = await writing.store.runs.get(run.runId)
      expect(kept?.users).to.deep.equal({ ...run.users, read: 3, created: 1, unchanged: 1, skipped: 1 })
      expect(kept?.signIns).to.deep.equal(counted.signIns)
    })
  })

if (TEST_MONGO_URL !== null)
  describe('MongoDB: an address that asks for secondaries', () => {
    it('is read from the primary all the same', async () => {
      const database = await testDatabase()
      const proxy = await OpMsgProxy.start(database.url, { replicaSet: true })
      const options = 'replicaSet=rs&readPreference=secondaryPreferred&readPreferenceTags=dc:ny&retryWrites=false'
      const asked = new Set<unknown>()
      const opened = await openMongo(proxy.through(database.url, { options }), {
        now: () => new Date(NOW),
        isDeadHere: () => false,
        onCommand: (_name, { $readPreference }) => asked.add($readPreference),
      })
      const { create, store } = await begin(opened)
      await create(person(1))
      await store.tally()
      expect([...asked]).to.deep.equal([undefined])
      await opened.close()
      await proxy.stop()
      await database.drop()
    })
  })
