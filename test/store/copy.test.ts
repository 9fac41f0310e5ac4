import { expect } from 'chai'
import { NEW_FEEDS, type Pass } from '../../src/domain/feed.js'
import { copyStore, type CopyReport } from '../../src/store/copy.js'
import { openStore } from '../../src/store/open.js'
import type { Store } from '../../src/store/port.js'
import { NOW } from '../support/people.js'
import { contents, CopyBench, killedAt, LATER, moveIn, ODD } from './copy-bench.js'
import { begin, changed, entry, objectId, parked, refusal, userId, type Clock } from './support.js'

describe('a copy of a store', () => {
  let bench: CopyBench
  let clock: Clock
  let source: Store
  beforeEach(async () => {
    bench = await CopyBench.open()
    ;({ clock, source } = bench)
  })
  afterEach(() => bench.close())

  const kinds = ({ differences }: CopyReport) => differences.map(({ connection, kind }) => `${connection}: ${kind}`)

  it('holds everything of every connection, and says how much', async () => {
    const target = await bench.sqlite()
    const report = await bench.copy(source, target)
    const copied = {
      users: 8,
      history: 98,
      parked: 4,
      candidates: 4,
      tokens: 4,
      runs: 4,
      logLines: 262,
      holds: 4,
      feeds: 8,
    }
    expect(report).to.deep.equal({ copied, verified: true, differences: [], finishedBefore: null })
    expect(await contents(target)).to.deep.equal(await contents(source))
    for (const name of [ODD, 'default']) {
      expect(await target.of(name).tickets.take('ticket', NOW)).to.equal(null)
      // Given back on both sides.
      expect((await begin(target, name)).fence).to.be.greaterThan(0)
      expect((await begin(source, name)).fence).to.be.greaterThan(0)
    }
  })

  it('of a connection nobody is in yet is one', async () => {
    const [empty, target] = [await bench.sqlite(), await bench.sqlite()]
    const { store, fence } = await begin(empty)
    await store.lease.release(fence)
    const report = await bench.copy(empty, target)
    expect(report).to.include({ verified: true })
    expect(report.copied).to.include({ users: 0 })
    expect(await target.connections()).to.deep.equal(['default'])
  })

  it('of nothing at all is refused, and leaves no mark on either store', async () => {
    const [nothing, target] = [await bench.sqlite(), await bench.sqlite()]
    const error = await refusal(bench.copy(nothing, target))
    expect(error).to.include({ code: 'usage.invalid', exitCode: 2 })
    expect(error.message).to.equal('There is nothing to copy: the store is empty')
    expect(await target.origin.copy()).to.equal(null)
    expect(await nothing.origin.identity('unmarked')).to.equal('unmarked')
    expect(await target.origin.identity('unmarked too')).to.equal('unmarked too')
  })

  it('is made over a finished copy of nothing, not over one that is on', async () => {
    const target = await bench.sqlite()
    const hollow = { source: 'an empty store', startedAt: NOW, finishedAt: null }
    await target.origin.beginCopy(hollow, null)
    expect((await refusal(bench.copy(source, target))).message).to.match(/is a copy of another store$/)
    await target.origin.endCopy(NOW)
    expect(await bench.copy(source, target)).to.include({ verified: true, finishedBefore: null })
    expect(await contents(target)).to.deep.equal(await contents(source))
    expect((await target.origin.copy())?.source).to.equal(await source.origin.identity('x'))
  })

  it('has a fence that is not lower', async () => {
    for (let n = 1; n <= 20; n += 1) {
      const { store, fence } = await begin(source)
      await store.lease.release(fence)
    }
    const target = await bench.sqlite()
    await bench.copy(source, target)
    const { fence } = await begin(target)
    expect(fence).to.be.at.least((await begin(source)).fence)
  })

  it('goes on where it was stopped, whichever write was the last', async function () {
    this.timeout(60_000)
    const expected = await contents(source)
    for (let n = 1; ; n += 1) {
      const path = bench.newPath()
      const first = killedAt(await bench.sqlite(path), n)
      const error = await bench.copy(source, first.store, 'dead').then(
        () => null,
        (thrown: unknown) => thrown as Error,
      )
      if (!error) {
        expect(n).to.be.greaterThan(15)
        return
      }
      expect(error.message).to.include('killed')
      clock.advance(60_000)
      const again = await bench.sqlite(path)
      expect(await bench.copy(source, again), `stopped before write ${n}`).to.include({ verified: true })
      expect(await contents(again), `stopped before write ${n}`).to.deep.equal(expected)
    }
  })

  it('writes nothing more once it is finished, and says when one of the two has changed', async () => {
    const target = await bench.sqlite()
    await bench.copy(source, target)
    const before = await contents(target)
    const watched = killedAt(target, Infinity)
    const again = await bench.copy(source, watched.store)
    expect(again).to.include({ verified: true, finishedBefore: NOW })
    expect(again.copied.users).to.equal(8)
    const { commit, store, fence } = await begin(source)
    await commit({ users: [changed((await store.find(userId(2)))[0]!, { jobTitle: 'x' }, entry('x'))] })
    await store.lease.release(fence)
    const late = await bench.copy(source, watched.store)
    expect(late).to.include({ verified: false, finishedBefore: NOW })
    expect(kinds(late)).to.deep.equal(['default: users', 'default: history', 'default: runs'])
    expect(late.differences[1]).to.deep.include({ connection: 'default', kind: 'history' })
    expect(late.differences[1]?.source.count).to.equal(50)
    expect(late.differences[1]?.target.count).to.equal(49)
    expect(watched.writes()).to.equal(0)
    expect(await contents(target)).to.deep.equal(before)
  })

  it('notices a login or a request in the middle, and takes it along the next time', async () => {
    const target = await bench.sqlite()
    const own = source.of('default')
    let done = false
    const slow = killedAt(target, Infinity, async (n) => {
      if (n < 15 || done) return
      done = true
      const [one] = await own.find(userId(2))
      await own.write({ users: [changed(one!, { jobTitle: 'x' }, entry('x'))], unpark: [parked(9, NOW)] })
      await own.tokens.revoke('token-2', LATER)
    })
    const first = await bench.copy(source, slow.store)
    expect(done).to.equal(true)
    expect(first.verified).to.equal(false)
    expect(kinds(first)).to.include.members(['default: users', 'default: history'])
    const counted = killedAt(target, Infinity)
    expect(await bench.copy(source, counted.store)).to.include({ verified: true, finishedBefore: null })
    // What is the same is left alone.
    expect(counted.writes()).to.be.at.most(4)
    expect(await contents(target)).to.deep.equal(await contents(source))
    expect(await target.of('default').parked({ limit: 9 })).to.deep.equal([objectId(8)])
  })

  it('is refused while a run is on in either store, and writes nothing', async () => {
    const target = await bench.sqlite()
    const { store, fence } = await begin(source)
    const busy = await refusal(bench.copy(source, target))
    expect(busy).to.include({ code: 'lease.held', exitCode: 7 })
    expect(busy.message).to.match(/^A run of connection default has been on in the store to copy since /)
    expect(busy.details.words).to.equal('held by a-holder')
    expect(await target.connections()).to.deep.equal([])
    expect(await target.origin.copy()).to.equal(null)
    expect((await source.of(ODD).lease.take('free', 1000)).taken, 'the other lease is given back').to.equal(true)
    await store.lease.release(fence)
    clock.advance(60_000)

    await bench.copy(source, killedAt(target, 5).store).catch(() => undefined)
    clock.advance(60_000)
    const there = await begin(target, ODD)
    const taken = await refusal(bench.copy(source, target))
    expect(taken).to.include({ code: 'lease.held' })
    expect(taken.message).to.include('in the store to copy to')
    await there.store.lease.release(there.fence)
    expect(await bench.copy(source, target)).to.include({ verified: true })
  })

  it('stops when somebody has taken a connection over', async () => {
    const target = await bench.sqlite()
    const slow = killedAt(target, Infinity, async (n) => {
      if (n !== 4) return
      clock.advance(60_000)
      for (const name of await target.connections()) await target.of(name).lease.take('another', 1000)
    })
    expect(await refusal(bench.copy(source, slow.store))).to.include({ code: 'lease.lost', exitCode: 7 })
  })

  it('ends when it is told to, and gives the leases back', async () => {
    const stop = new AbortController()
    const target = killedAt(await bench.sqlite(), Infinity, (n) => {
      if (n === 4) stop.abort()
      return Promise.resolve()
    })
    const options = { holder: 'a-copy', now: clock.now, newId: bench.newId, signal: stop.signal }
    const ended = await copyStore({ from: source, to: target.store }, options).catch((error: unknown) => error)
    expect(ended).to.include({ name: 'AbortError' })
    expect(await bench.copy(source, target.store)).to.include({ verified: true })
  })

  it('is never made over anything else', async () => {
    const [others, full] = [await bench.sqlite(), await bench.sqlite()]
    await moveIn(others, 'default')
    const target = await bench.sqlite()
    await bench.copy(others, target)
    await full.of('x').tokens.create({ id: 'a', name: 'a', scope: 'admin', createdAt: NOW, revokedAt: null }, 'hash')
    const cases: readonly (readonly [Store, RegExp])[] = [
      [source, /^The store to copy to is the store itself/],
      [await bench.sqlite(bench.sourcePath), /^The store to copy to is the store itself/],
      [target, /is a copy of another store$/],
      [full, /is not empty$/],
      [others, /is not empty$/],
    ]
    for (const [to, message] of cases) {
      const before = await contents(to)
      const error = await refusal(bench.copy(source, to))
      expect(error).to.include({ code: 'usage.invalid', exitCode: 2 })
      expect(error.message).to.match(message)
      expect(await contents(to)).to.deep.equal(before)
    }
  })

  it('begins a full pass that was half read anew, and goes on with an incremental one', async () => {
    const pass = (kind: Pass['kind'], number: number): Pass => ({
      kind,
      number,
      link: 'next',
      pages: 3,
      startedAt: NOW,
    })
    const feeds = { ...NEW_FEEDS.directory, completedAt: NOW, deltaLink: 'a link', passes: 4, select: 'all' }
    const put = async (name: string, kind: Pass['kind'], number: number) => {
      const { commit, store, fence } = await begin(source, name)
      await commit({
        feeds: { directory: { ...feeds, pass: pass(kind, number) } },
        seen: { pass: number, page: 1, entraObjectIds: [] },
      })
      await store.lease.release(fence)
    }
    await put(ODD, 'resync', 4)
    await put('default', 'incremental', 4)
    const target = await bench.sqlite()
    expect(await bench.copy(source, target)).to.include({ verified: true })
    expect(await target.of(ODD).feed('directory')).to.deep.equal({ ...feeds, pass: null, deltaLink: null })
    expect((await target.of('default').feed('directory')).pass).to.deep.equal(pass('incremental', 4))
  })

  it('is no store to work with before it is finished', async () => {
    const path = bench.newPath()
    const options = { now: clock.now }
    await bench.copy(source, killedAt(await bench.sqlite(path), 6).store).catch(() => undefined)
    const error = await refusal(openStore({ kind: 'sqlite', path }, options))
    expect(error).to.include({ code: 'settings.invalid', exitCode: 2 })
    expect(error.message).to.equal(`The store is only half of a copy, which was begun at ${NOW}`)
    clock.advance(60_000)
    const half = await openStore({ kind: 'sqlite', path }, { ...options, halfCopy: 'accepted' })
    await bench.copy(source, half)
    await half.close()
    await (await openStore({ kind: 'sqlite', path }, options)).close()
  })
})
