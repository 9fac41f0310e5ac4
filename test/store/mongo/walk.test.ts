import { expect } from 'chai'
import fc from 'fast-check'
import type { DirectoryItem, DirectorySource } from '../../../src/domain/directory.js'
import { NEW_FEEDS } from '../../../src/domain/feed.js'
import type { UserCounts } from '../../../src/domain/run.js'
import type { ConnectionStore } from '../../../src/store/port.js'
import { changePerson } from '../../../src/store/change-person.js'
import { quickUpdates, TEST_MONGO_URL, testDatabase, WITHOUT_SERVER, type TestDatabase } from '../../support/mongo.js'
import { NOW } from '../../support/people.js'
import { aRun, begin, objectId } from '../support.js'
import { syncOnce } from './company.js'
import { ConnectorProcess } from './processes.js'

const PEOPLE = 5
const PAGE = 2
const now = () => new Date(NOW)
const link = (seq: number) => `since ${seq}`

/** Who is in the directory with which title, and what was changed since when: null is deleted. */
class Directory implements DirectorySource {
  readonly select = 'all'
  readonly people = new Map<number, { title: string | null; seq: number }>()
  #seq = 0

  change(n: number, title: string | null): void {
    if (title === null && !this.people.has(n)) return
    this.people.set(n, { title, seq: (this.#seq += 1) })
  }

  tenant = () => Promise.resolve(null)
  count = () => Promise.resolve(null)
  firstLink = () => link(0)
  lookUp = () => Promise.reject(new Error('nobody is looked up'))

  page(from: string) {
    const since = Number(from.slice(6))
    const all = [...this.people].filter(([, { seq }]) => seq > since).sort(([, a], [, b]) => a.seq - b.seq)
    const some = all.slice(0, PAGE)
    const last = some.at(-1)?.[1].seq ?? since
    const items = some.map(([n, { title }]) => itemOf(n, title))
    const kind = all.length > PAGE ? ('next' as const) : ('delta' as const)
    return Promise.resolve({ items, cursor: { kind, link: link(last) } })
  }
}

function itemOf(n: number, title: string | null): DirectoryItem {
  const entraObjectId = objectId(n)
  if (title === null) return { kind: 'tombstone', entraObjectId, presence: 'soft-deleted' }
  const profile = { userPrincipalName: `p${n}@x.example`, displayName: `P ${n}`, jobTitle: title }
  return { kind: 'patch', entraObjectId, profile, accountEnabled: true }
}

type Step =
  | { readonly does: 'change'; readonly who: number; readonly title: string | null }
  | { readonly does: 'login'; readonly who: number }
  | { readonly does: 'wake'; readonly which: number }
  | {
      readonly does: 'run'
      readonly end: 'well' | 'killed' | 'held'
      readonly at: number
      /** Who logs in right before which of its writes. */
      readonly logins: readonly { readonly who: number; readonly at: number }[]
    }

const who = fc.integer({ min: 1, max: PEOPLE })
const at = fc.integer({ min: 1, max: 30 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('change' as const), who, title: fc.constantFrom('a', 'b', 'c', null) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('login' as const), who }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('wake' as const), which: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('run' as const),
      end: fc.constantFrom('well' as const, 'killed' as const, 'held' as const),
      at,
      logins: fc.array(fc.record({ who, at }), { maxLength: 3 }),
    }),
  },
)

if (TEST_MONGO_URL === null) describe(`MongoDB: random lives (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: whoever is killed, held or logs in meanwhile', () => {
    let database: TestDatabase
    let connections = 0
    before(async () => (database = await testDatabase()))
    after(() => database.drop())

    it('people are as the directory has them, and each change is told and counted once', async function () {
      this.timeout(120_000)
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
          await live(steps, `walk ${(connections += 1)}`)
        }),
        { numRuns: 12 },
      )
    })

    async function live(steps: readonly Step[], connection: string): Promise<void> {
      const directory = new Directory()
      const dead = new Set<string>()
      const all: ConnectorProcess[] = []
      const held: { process: ConnectorProcess; late: Promise<unknown> }[] = []
      const start = async () => {
        const process = await ConnectorProcess.start(`${connection}:${all.length}`, database.url, now, dead)
        all.push(process)
        return process
      }
      const desk = await start()
      await quickUpdates(database)
      const store = desk.store.of(connection)
      await prepare(desk.store.of(connection), desk)
      const told = new Map<number, number>()
      const login = async (n: number) => {
        const [user] = await store.find(objectId(n))
        if (!user) return
        const entry = { at: NOW, from: null, to: 'logged in', cause: 'login', evidence: null }
        await changePerson(store, user.id, (before) => ({ user: { ...before, lastLoginAt: NOW }, entries: [entry] }))
        told.set(n, (told.get(n) ?? 0) + 1)
      }
      const run = async (how: Extract<Step, { does: 'run' }>) => {
        const process = await start()
        process.onWrite = async (n) => {
          for (const one of how.logins) if (one.at === n) await login(one.who)
        }
        if (how.end === 'killed') process.killAt(how.at)
        const reached = how.end === 'held' ? process.holdAt(how.at) : new Promise<void>(() => undefined)
        const late = syncOnce(process, connection, now, directory).catch(() => null)
        const end = await Promise.race([reached.then(() => 'held' as const), late.then(() => 'over' as const)])
        dead.add(process.name)
        if (end === 'held') held.push({ process, late })
      }
      const wake = async (i: number) => {
        const [one] = held.splice(i % Math.max(1, held.length), 1)
        one?.process.wakeUp()
        await one?.late
      }
      try {
        for (const one of steps)
          if (one.does === 'change') directory.change(one.who, one.title)
          else if (one.does === 'login') await login(one.who)
          else if (one.does === 'wake') await wake(one.which)
          else await run(one)
        const well = { does: 'run', end: 'well', at: 1, logins: [] } as const
        await run(well)
        await check(store, directory, told)
        while (held.length > 0) await wake(0)
        await check(store, directory, told)
        await run(well)
        await check(store, directory, told)
      } finally {
        while (held.length > 0) await wake(0)
        for (const process of all) await process.close()
      }
    }
  })

async function prepare(store: ConnectionStore, desk: ConnectorProcess): Promise<void> {
  const { commit, fence } = await begin(desk.store, store.connection)
  const directory = { ...NEW_FEEDS.directory, select: 'all', completedAt: NOW, deltaLink: link(0) }
  const run = aRun({ connection: store.connection, finishedAt: NOW })
  await commit({ run, feeds: { directory } })
  await store.lease.release(fence)
}

/** The naive model: the directory itself, and what a history without gaps says. */
async function check(store: ConnectionStore, directory: Directory, logins: ReadonlyMap<number, number>): Promise<void> {
  const { users } = await store.known([...directory.people.keys()].map(objectId))
  const told = { created: 0, updated: 0, deactivated: 0, reactivated: 0 }
  for (const [n, { title }] of directory.people) {
    const user = users.get(objectId(n))
    if (!user) {
      expect(title, `person ${n} is missing`).to.equal(null)
      continue
    }
    expect(user.account, `person ${n}`).to.equal(title === null ? 'inactive' : 'active')
    if (title !== null) expect(user.jobTitle, `person ${n}`).to.equal(title)
    const history = await store.history(user.id)
    expect(history.filter(({ cause }) => cause === 'login')).to.have.length(logins.get(n) ?? 0)
    let account: unknown = 'active'
    let last: unknown = undefined
    for (const { from, to, cause } of history) {
      if (cause === 'login') continue
      if (from === null) told.created += 1
      else if (typeof to === 'string') {
        expect(from, `the account of person ${n} before it was ${to}`).to.equal(account)
        account = to
        told[to === 'active' ? 'reactivated' : 'deactivated'] += 1
      } else {
        const [old, next] = [from, to] as { jobTitle?: string }[]
        if (last !== undefined) expect(old?.jobTitle, `the title of person ${n}`).to.equal(last)
        last = next?.jobTitle
      }
    }
    expect(account).to.equal(user.account)
    if (last !== undefined) expect(last).to.equal(user.jobTitle)
    expect(history.filter(({ from, cause }) => from === null && cause !== 'login')).to.have.length(1)
  }
  const { runs } = await store.runs.list({ limit: 1000 })
  const counted = (name: keyof UserCounts) => runs.reduce((sum, run) => sum + run.users[name], 0)
  for (const name of ['created', 'deactivated', 'reactivated'] as const)
    expect(counted(name), name).to.equal(told[name])
  for (const { users: counts } of runs) {
    const { read, ...rest } = counts
    expect(read).to.equal(Object.values(rest).reduce((a, b) => a + b, 0))
    for (const n of Object.values(counts)) expect(n).to.be.at.least(0)
  }
}
