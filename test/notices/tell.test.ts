import { expect } from 'chai'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failing, NEW_FEEDS, type Settling } from '../../src/domain/feed.js'
import type { Hold } from '../../src/domain/hold.js'
import type { Notice } from '../../src/domain/notices.js'
import { tell, type TellParts, type Undelivered } from '../../src/notices/tell.js'
import { openStore } from '../../src/store/open.js'
import type { ConnectionStore, Store } from '../../src/store/port.js'
import { ON_MONGO, Clock, recorder, type LogLine } from '../support/tenant.js'
import { aHold, aRemoval, aRun, begin, created, person } from '../store/support.js'

const ANA = 'ana.o’brien@contoso.example'
const never = new AbortController().signal

describe('telling', () => {
  let clock: Clock
  let opened: Store[]
  let stores: ConnectionStore[]
  let log: LogLine[]
  let delivered: [string, string, string][]
  let problems: Map<string, Undelivered>
  let remove: () => Promise<void>

  beforeEach(async () => {
    clock = new Clock(new Date('2026-11-20T08:00:00.000Z'))
    log = []
    delivered = []
    problems = new Map<string, Undelivered>()
    const folder = await mkdtemp(join(tmpdir(), 'tell-'))
    const database = ON_MONGO ? await (await import('../support/mongo.js')).testDatabase() : null
    const config = database ? ({ kind: 'mongodb' } as const) : ({ kind: 'sqlite', path: join(folder, 'x.db') } as const)
    const open = () => openStore(config, { now: clock.now, url: database?.url ?? '' })
    opened = [await open(), await open(), await open()]
    stores = opened.map((store) => store.of('default'))
    remove = async () => {
      await database?.drop()
      await rm(folder, { recursive: true, force: true })
    }
  })
  afterEach(async () => {
    for (const store of opened) await store.close()
    await remove()
  })

  let made = 0
  const parts = (store = stores[0]!, over: Partial<TellParts> = {}): TellParts => ({
    store,
    log: recorder(log),
    now: clock.now,
    newId: () => `notice-${(made += 1)}`,
    to: [ANA, 'webhook'],
    deliver: (notice, to) => {
      const problem = problems.get(to) ?? null
      if (!problem) delivered.push([notice.event, to, notice.id])
      return Promise.resolve(problem)
    },
    ...over,
  })
  const telling = (own = parts()) => tell(own, never)

  /** Two failures in a row, as runs write them. */
  async function broken(): Promise<void> {
    const store = stores[0]!
    const lease = await store.lease.take('test', 1000)
    if (!lease.taken) throw new Error('held')
    let { health } = NEW_FEEDS.directory
    for (let n = 0; n < 2; n += 1)
      health = failing(
        health,
        clock.now().toISOString(),
        { code: 'graph.denied', message: 'No', remedy: 'Grant' },
        null,
      )
    const run = aRun({ runId: `run-${clock.now().toISOString()}` })
    await store.commit({ fence: lease.fence, run, feeds: { directory: { ...NEW_FEEDS.directory, health } } })
    await store.lease.release(lease.fence)
  }

  it('reaches everybody once, however many processes see it at once', async () => {
    await broken()
    const slow = (store: ConnectionStore): TellParts =>
      parts(store, {
        deliver: async (notice, to) => {
          await new Promise((resolve) => setTimeout(resolve, 30))
          delivered.push([notice.event, to, notice.id])
          return null
        },
      })
    await Promise.all([...stores, ...stores, ...stores].map((store) => telling(slow(store))))
    for (const store of stores) expect(await telling(slow(store))).to.equal(true)
    expect(delivered.map(([event, to]) => [event, to])).to.deep.equal([
      ['connection.broken', ANA],
      ['connection.broken', 'webhook'],
    ])
    expect(new Set(delivered.map(([, , id]) => id)).size).to.equal(1)
  })

  it('says nothing where nobody is to be told, and tells all the same once somebody is', async () => {
    await broken()
    expect(await telling(parts(stores[0], { to: [] }))).to.equal(true)
    expect(await stores[0]!.feed('alerts')).to.deep.equal(NEW_FEEDS.alerts)
    await telling()
    expect(delivered).to.have.length(2)
  })

  it('tries again whom it did not reach, with the same id, and nobody else', async () => {
    await broken()
    problems.set('webhook', { reason: 'ops.example answered with HTTP 500', forGood: false })
    expect(await telling()).to.equal(false)
    expect(await telling()).to.equal(false)
    problems.clear()
    expect(await telling(parts(stores[1]))).to.equal(true)
    expect(delivered.map(([, to]) => to)).to.deep.equal([ANA, 'webhook'])
    expect(delivered[0]?.[2]).to.equal(delivered[1]?.[2])
    const said = log.filter(({ level }) => level === 'warn')
    expect(said).to.have.length(2)
    expect(said[0]?.fields).to.include({ to: 'webhook', reason: 'ops.example answered with HTTP 500' })
  })

  it('gives up an address that is refused for good, and news that something newer has overtaken', async () => {
    await broken()
    problems.set(ANA, { reason: '550 no such user', forGood: true })
    problems.set('webhook', { reason: 'away', forGood: false })
    expect(await telling()).to.equal(false)
    expect((await stores[0]!.feed('alerts')).owed.map(({ owed }) => owed)).to.deep.equal([['webhook']])
    clock.advance(23 * 60 * 60_000)
    expect(await telling()).to.equal(false)
    problems.delete('webhook')
    clock.advance(60 * 60_000)
    await telling()
    expect(delivered.map(([event, to]) => [event, to])).to.deep.equal([['connection.reminder', 'webhook']])
  })

  it('waits for a process that died with the claim, and no longer than ten minutes', async () => {
    await broken()
    const died = new Error('killed')
    const dying = parts(stores[0], {
      deliver: () => Promise.reject(died),
      store: { ...stores[0]!, tickets: { ...stores[0]!.tickets, take: () => Promise.reject(died) } },
    })
    expect(await telling(dying).catch((error: unknown) => error)).to.equal(died)
    await telling(parts(stores[1]))
    expect(delivered).to.deep.equal([])
    clock.advance(10 * 60_000)
    await telling(parts(stores[1]))
    expect(delivered).to.have.length(2)
  })

  it('leaves what another process tells to it, with a clock that is five minutes wrong', async () => {
    await broken()
    const slow = parts(stores[0], {
      deliver: async (notice, to) => {
        if (delivered.length === 0)
          for (const [n, minutes] of [5, -5].entries()) {
            const now = (): Date => new Date(clock.now().getTime() + minutes * 60_000)
            await telling(parts(stores[n + 1], { now }))
          }
        delivered.push([notice.event, to, notice.id])
        return null
      },
    })
    expect(await telling(slow)).to.equal(true)
    expect(delivered.map(([, to]) => to)).to.deep.equal([ANA, 'webhook'])
  })

  it('stops a process that was suspended meanwhile', async () => {
    await broken()
    const suspended = parts(stores[0], {
      deliver: async (notice, to) => {
        if (delivered.length === 0) {
          clock.advance(11 * 60_000)
          await telling(parts(stores[1]))
        }
        delivered.push([notice.event, to, notice.id])
        return null
      },
    })
    expect(await telling(suspended)).to.equal(false)
    expect(delivered.map(([, to]) => to)).to.deep.equal([ANA, 'webhook', ANA])
  })

  describe('of holds', () => {
    /** Three people wait in hold n, as a run leaves them, unless it was stopped in the middle. */
    async function hold(n: number, over: Partial<Hold> = {}, settling: Settling | null = null): Promise<void> {
      const { commit, store, fence } = await begin(opened[0]!)
      const removal = aRemoval({ state: 'held', hold: `hold-${n}` })
      const users = [1, 2, 3].map((one) => created(person(10 * n + one, { removal })))
      const directory = { ...(await store.feed('directory')), settling }
      await commit({ users, hold: aHold(n, over), feeds: { directory } })
      await store.lease.release(fence)
    }

    it('once each, in order, however many processes look, also after a restart', async () => {
      await hold(1)
      await hold(2)
      await Promise.all(stores.map((store) => telling(parts(store))))
      for (const store of stores) await telling(parts(store))
      expect(delivered.map(([event]) => event)).to.deep.equal(Array.from({ length: 4 }, () => 'removals.held'))
      expect(new Set(delivered.map(([, , id]) => id)).size).to.equal(2)
      expect(await stores[0]!.feed('alerts')).to.deep.equal({ outage: null, holds: ['hold-1', 'hold-2'], owed: [] })
      await hold(3)
      await telling()
      expect(delivered).to.have.length(6)
    })

    it('with how many wait, and why', async () => {
      await hold(1)
      const told: unknown[] = []
      const deliver = (notice: Notice) => Promise.resolve(told.push(notice.held)).then(() => null)
      await telling(parts(stores[1], { deliver, to: ['webhook'] }))
      expect(told).to.deep.equal([{ holdId: 'hold-1', count: 3, causes: [{ cause: 'deleted in Entra', count: 3 }] }])
    })

    it('later, where another process told something else meanwhile, or nobody was to be told', async () => {
      await broken()
      const busy = parts(stores[0], {
        deliver: async (notice, to) => {
          if (delivered.length === 0) {
            await hold(1)
            await telling(parts(stores[1]))
          }
          delivered.push([notice.event, to, notice.id])
          return null
        },
      })
      await telling(busy)
      await telling(parts(stores[1], { to: [] }))
      expect(delivered.map(([event]) => event)).to.deep.equal(['connection.broken', 'connection.broken'])
      await telling(parts(stores[1]))
      expect(delivered.slice(2).map(([event]) => event)).to.deep.equal(['removals.held', 'removals.held'])
    })

    it('not while a run fills one: it would tell of too few', async () => {
      await hold(1, {}, { hold: 'hold-1', all: true })
      await telling()
      expect(delivered).to.deep.equal([])
      await hold(2)
      await telling()
      expect(delivered).to.have.length(4)
    })

    it('not where nobody has to decide any more: decided, expired or ended', async () => {
      const word = { verdict: 'approve', by: 'Ana', at: '', cause: null, user: null, reason: null } as const
      await hold(1, { decisions: [word] })
      await hold(2, { expiresAt: '2026-11-20T07:59:59.000Z' })
      await hold(3, { ended: 'closed' })
      await telling()
      expect(delivered).to.deep.equal([])
    })
  })
})
