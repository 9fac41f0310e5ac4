import { expect } from 'chai'
import { NEW_FEEDS } from '../../../src/domain/feed.js'
import { NO_AHEAD } from '../../../src/domain/ahead.js'
import type { Store } from '../../../src/store/port.js'
import type { ArchiveItem, ArchiveKind } from '../../../src/store/port-archive.js'
import { NOW } from '../../support/people.js'
import {
  all,
  aRun,
  begin,
  changed,
  created,
  eachOpened,
  entry,
  objectId,
  parked,
  people,
  person,
  refusal,
  userId,
  type Open,
} from '../support.js'

const MARK = { source: 'a-store', startedAt: NOW, finishedAt: null }

/** What moves from one store into another, in portions that may be put again. */
export function archive(open: Open): void {
  describe('an archive', () => {
    const opened = eachOpened(open)
    let store: Store
    beforeEach(() => {
      store = opened.store
    })

    const own = () => store.archive('default')
    const keys = <K extends ArchiveKind>(items: readonly ArchiveItem<K>[]) => items.map(({ key }) => key)
    const item = (n: number, over = {}, ...entries: string[]): ArchiveItem<'users'> => ({
      key: userId(n),
      value: { user: person(n, over), history: entries.map((to) => entry(to)) },
    })

    it('gives everything in portions, in an order that stays, and by key', async () => {
      const { create, commit } = await begin(store)
      await create(...people(1, 5))
      await commit({ park: [11, 12, 13].map((n) => parked(n, NOW)), sweep: { pass: 1 } })
      for (const run of ['run-2', 'run-10']) await commit({ run: aRun({ runId: run }) })
      for (const id of ['a', 'b', 'c'])
        await store
          .of('default')
          .tokens.create({ id, name: id, scope: 'admin', createdAt: NOW, revokedAt: null }, `hash ${id}`)
      const kinds = { users: 5, parked: 3, candidates: 5, tokens: 3, runs: 3, feeds: 4 } as const
      for (const [kind, count] of Object.entries(kinds) as [ArchiveKind, number][]) {
        const found: string[] = []
        for (let after: string | null = null; ;) {
          const items: ArchiveItem<ArchiveKind>[] = await own().read(kind, { after, limit: 2 })
          expect(items.length, kind).to.be.at.most(2)
          found.push(...keys(items))
          if (items.length < 2) break
          after = items.at(-1)?.key ?? null
        }
        expect(new Set(found).size, kind).to.equal(count)
        expect(found, kind).to.have.length(count)
        const two = keys(await own().read(kind, { keys: [...found.slice(0, 2), 'nobody'] }))
        expect(two, kind).to.have.members(found.slice(0, 2))
        expect(await store.archive('other').read(kind, { keys: found }), kind).to.have.length(kind === 'feeds' ? 4 : 0)
      }
    })

    it('gives people with all of their history, however long', async () => {
      const { commit } = await begin(store)
      let user = person(1)
      const told = [entry('here'), entry('and told at once')]
      await commit({ users: [created(user, ...told)] })
      for (let n = 1; n <= 90; n += 1) {
        told.push(entry(`change ${n}`))
        const change = changed(user, { jobTitle: `${n}` }, told.at(-1)!)
        await commit({ users: [change] })
        user = change.after
      }
      const [found] = await own().read('users', { keys: [userId(1)] })
      expect(found).to.deep.equal({ key: userId(1), value: { user, history: told } })
    })

    it('puts people as they are, in place of what was there, and counts them once', async () => {
      const { store: here, fence } = await begin(store)
      const long = Array.from({ length: 77 }, (_, n) => `change ${n}`)
      const ahead = { ...NO_AHEAD, password: { hash: '$argon2id$…', setAt: NOW } }
      const decision = { state: 'frozen' as const, by: 'Ana', at: NOW }
      const items = [
        item(1, { revision: 78, decision, account: 'frozen', accountReason: 'frozen-by-admin' }, ...long),
        item(2, { identity: 'ahead-id', status: 'onboarded', ahead, revision: 3 }, 'a'),
        item(3, { entraObjectId: null }),
      ]
      await own().put(fence, 'users', [item(1, { displayName: 'Old' }, 'old', 'older'), item(3)])
      for (let time = 1; time <= 2; time += 1) await own().put(fence, 'users', items)
      expect(await own().read('users', { after: null, limit: 9 })).to.deep.equal(items)
      for (const { key, value } of items) expect(await here.history(key)).to.deep.equal(value.history)
      expect(await here.tally()).to.have.deep.members([
        { status: 'never-logged-in', account: 'frozen', firstLogin: 'pending', count: 1 },
        { status: 'onboarded', account: 'active', firstLogin: 'pending', count: 1 },
        { status: 'never-logged-in', account: 'active', firstLogin: 'pending', count: 1 },
      ])
      expect(keys((await here.byKey('name:person2@contoso.example')).map(({ id: key }) => ({ key, value: null }))))
        .to //
        .deep.equal([userId(2)])
      expect((await here.known([objectId(3)])).users.size).to.equal(0)
    })

    it('puts people who go on as if they had always been there', async () => {
      const { store: here, fence, commit } = await begin(store)
      const history = Array.from({ length: 45 }, (_, n) => `change ${n}`)
      await own().put(fence, 'users', [item(1, { revision: 7 }, ...history)])
      const [user] = await here.find(userId(1))
      for (let n = 45, before = user!; n < 70; n += 1) {
        const change = changed(before, { jobTitle: `${n}` }, entry(`change ${n}`))
        expect(await commit({ users: [change] })).to.deep.equal({ lost: [] })
        before = change.after
      }
      expect((await here.history(userId(1))).map(({ to }) => to)).to.deep.equal(
        Array.from({ length: 70 }, (_, n) => `change ${n}`),
      )
      expect((await here.find(userId(1)))[0]).to.include({ revision: 32, jobTitle: '69' })
    })

    it('gives an object id to whom it belongs, whoever had it', async () => {
      const { fence, store: here } = await begin(store)
      await own().put(fence, 'users', [item(1)])
      await own().put(fence, 'users', [item(2, { entraObjectId: objectId(1) })])
      expect([...(await here.known([objectId(1)])).users.values()].map(({ id }) => id)).to.deep.equal([userId(2)])
      expect(keys(await own().read('users', { after: null, limit: 9 }))).to.deep.equal([userId(2)])
    })

    it('puts and drops everything else', async () => {
      const { fence, store: here } = await begin(store)
      const token = { id: 'a', name: 'Ä', scope: 'intranet' as const, createdAt: NOW, revokedAt: null }
      const directory = { ...NEW_FEEDS.directory, deltaLink: 'link', passes: 4 }
      await own().put(fence, 'users', [item(1), item(2)])
      for (let time = 1; time <= 2; time += 1) {
        await own().put(fence, 'parked', [
          { key: objectId(8), value: parked(8, '2026-11-18T00:00:00.000Z', NOW) },
          { key: objectId(9), value: parked(9, NOW) },
        ])
        await own().put(
          fence,
          'candidates',
          [1, 2].map((n) => ({ key: userId(n), value: null })),
        )
        await own().put(fence, 'tokens', [{ key: 'a', value: { token, hash: 'hash' } }])
        await own().put(fence, 'runs', [{ key: 'run-1', value: aRun({ finishedAt: NOW, outcome: 'succeeded' }) }])
        await own().put(fence, 'feeds', [{ key: 'directory', value: directory }])
      }
      // What is parked is made what is given, never folded with what was there.
      await own().put(fence, 'parked', [{ key: objectId(8), value: parked(8, NOW) }])
      expect((await here.known([objectId(8)])).parked.get(objectId(8))).to.deep.equal(parked(8, NOW))
      expect((await here.candidates({ limit: 9 })).map(({ id }) => id)).to.deep.equal([userId(1), userId(2)])
      expect(await here.tokens.find('hash')).to.deep.equal(token)
      expect((await here.runs.list({ limit: 9 })).runs).to.deep.equal([aRun({ finishedAt: NOW, outcome: 'succeeded' })])
      expect(await here.feed('directory')).to.deep.equal(directory)

      await own().put(fence, 'tokens', [{ key: 'a', value: { token: { ...token, revokedAt: NOW }, hash: 'hash' } }])
      expect(await here.tokens.find('hash')).to.equal(null)
      await own().drop(fence, 'users', [userId(1)])
      await own().drop(fence, 'candidates', [userId(1)])
      await own().drop(fence, 'parked', [objectId(9)])
      await own().drop(fence, 'tokens', ['a'])
      await own().drop(fence, 'runs', ['run-1'])
      for (const [kind, left] of Object.entries({ users: 1, candidates: 1, parked: 1, tokens: 0, runs: 0 }))
        expect(await own().read(kind as ArchiveKind, { after: null, limit: 9 }), kind).to.have.length(left)
      expect((await here.tally()).map(({ count }) => count)).to.deep.equal([1])
      expect(await here.history(userId(1))).to.deep.equal([])
    })

    it('puts logs in portions, each in place of what stood there', async () => {
      const { fence, store: here, commit } = await begin(store)
      const line = (n: number) => ({ at: NOW, level: 'info' as const, message: `line ${n}` })
      const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => line(from + i))
      await own().put(fence, 'runs', [{ key: 'run-1', value: aRun() }])
      for (const [from, to] of [
        [0, 100],
        [100, 200],
        [200, 230],
      ] as const)
        for (let time = 1; time <= 2; time += 1) await own().putLog(fence, 'run-1', from, lines(from, to))
      expect(await all(here.runs.log('run-1'))).to.deep.equal(lines(0, 230))
      await own().put(fence, 'runs', [{ key: 'run-1', value: aRun({ finishedAt: NOW }) }])
      expect(await all(here.runs.log('run-1'))).to.have.length(230)
      await own().putLog(fence, 'run-1', 100, lines(500, 507))
      expect(await all(here.runs.log('run-1'))).to.deep.equal([...lines(0, 100), ...lines(500, 507)])
      await own().putLog(fence, 'run-1', 0, lines(900, 930))
      await commit({ run: aRun(), log: lines(930, 1040) })
      expect(await all(here.runs.log('run-1'))).to.deep.equal(lines(900, 1040))
    })

    it('can empty a log', async () => {
      const { fence, store: here } = await begin(store)
      await own().put(fence, 'runs', [{ key: 'run-1', value: aRun() }])
      const line = { at: NOW, level: 'info' as const, message: 'said' }
      await own().putLog(fence, 'run-1', 0, [line])
      await own().putLog(fence, 'run-1', 0, [])
      expect(await all(here.runs.log('run-1'))).to.deep.equal([])
    })

    it('is closed to whoever has lost the lease, and keeps a raised fence', async () => {
      const first = await begin(store)
      await own().raiseFence(first.fence, 41)
      const lost = (await refusal(own().put(first.fence, 'users', [item(1)]))).code
      expect(lost).to.equal('lease.lost')
      for (const late of [
        own().drop(first.fence, 'users', [userId(1)]),
        own().putLog(first.fence, 'run-1', 0, []),
        own().raiseFence(first.fence, 99),
      ])
        expect((await refusal(late)).code).to.equal('lease.lost')
      expect(await first.store.lease.renew(41, 1000)).to.equal(true)
      await first.store.lease.release(41)
      expect((await begin(store)).fence).to.equal(42)
    })

    it('knows the connections there are', async () => {
      expect(await store.connections()).to.deep.equal([])
      const names = ["Contoso 'AG' ü", 'b/i', 'default']
      await begin(store, names[0])
      await store.of(names[1]!).write({ users: [created(person(1, { connection: names[1]! }))] })
      const token = { id: 'a', name: 'a', scope: 'admin' as const, createdAt: NOW, revokedAt: null }
      await store.of(names[2]!).tokens.create(token, 'hash')
      expect(await store.connections()).to.have.members(names)
    })

    it('keeps its identity, and the first mark of a copy until that is finished', async () => {
      expect(await store.origin.copy()).to.equal(null)
      expect(await store.origin.identity('first')).to.equal('first')
      expect(await store.origin.beginCopy(MARK, null)).to.deep.equal(MARK)
      const another = { ...MARK, source: 'another' }
      expect(await store.origin.beginCopy(another, null)).to.deep.equal(MARK)
      await store.origin.endCopy(NOW)
      const finished = { ...MARK, finishedAt: NOW }
      const again = await opened.again()
      expect(await again.origin.identity('second')).to.equal('first')
      expect(await again.origin.copy()).to.deep.equal(finished)
      expect(await again.origin.beginCopy(another, MARK), 'it is another one by now').to.deep.equal(finished)
      expect(await again.origin.beginCopy(another, finished)).to.deep.equal(another)
      expect(await again.origin.beginCopy(MARK, finished), 'one was faster').to.deep.equal(another)
      expect(await store.origin.copy()).to.deep.equal(another)
    })
  })
}
