import { expect } from 'chai'
import type { Hold } from '../../src/domain/hold.js'
import type { User, UserChange } from '../../src/domain/user.js'
import { changePerson } from '../../src/store/change-person.js'
import { quickUpdates, TEST_MONGO_URL, WITHOUT_SERVER } from '../support/mongo.js'
import { NOW } from '../support/people.js'
import {
  aHold,
  all,
  aRemoval,
  aRun,
  begin,
  changed,
  created,
  entry,
  everything,
  objectId,
  person,
} from '../store/support.js'
import { crewOfSuite, type ConnectorProcess } from '../store/mongo/processes.js'
import { undoableOf, undoing, type Undone } from '../store/mongo/undoing.js'

const now = () => new Date(NOW)
const HERE = [1, 2, 3, 4]
const OBJECT_IDS = [1, 2, 3, 4, 5, 6].map(objectId)

/** Two pages of a run, by person: what the directory says of them. */
const PAGES: readonly Readonly<Record<number, Partial<User>>>[] = [
  { 1: { jobTitle: 'a' }, 2: { account: 'frozen' }, 5: { jobTitle: 'new' } },
  { 1: { department: 'b' }, 3: { removal: aRemoval({ state: 'held', hold: 'hold-1' }) }, 6: {} },
]

if (TEST_MONGO_URL === null) describe(`MongoDB: what runs replaced (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: what runs replaced, and holds', () => {
    const suite = crewOfSuite(now)
    let writes: readonly string[]

    before(async () => {
      const process = await suite.crew.start('undisturbed')
      await quickUpdates(suite.database)
      const connection = await newCompany(process)
      await run(process, connection)
      writes = [...process.writes]
      expect(await undoing(process.store.of(connection), ['run by undisturbed'])).to.deep.equal(
        await expected(process, connection),
      )
    })

    async function newCompany(process: ConnectorProcess): Promise<string> {
      const connection = suite.crew.newCompany()
      const { create, store, fence } = await begin(process.store, connection)
      await create(...HERE.map((n) => person(n, { connection })))
      await store.lease.release(fence)
      process.writes.length = 0
      return connection
    }

    /** Takes the lease, gives dead runs their end, and commits both pages, each until nobody is lost. */
    async function run(process: ConnectorProcess, connection: string): Promise<void> {
      const store = process.store.of(connection)
      const taken = await store.lease.take(process.name, 60_000)
      if (!taken.taken) throw new Error('held')
      const { fence } = taken
      for (const left of taken.unfinished)
        await store.commit({ fence, run: { ...left, finishedAt: NOW, outcome: 'interrupted' } })
      const own = aRun({ connection, runId: `run by ${process.name.split(':')[0]!}` })
      for (const page of PAGES) {
        for (;;) {
          const { users } = await store.known(OBJECT_IDS)
          const changes = changesOf(page, users, connection)
          const hold: Partial<{ hold: Hold }> = page[3] ? { hold: aHold(1, { connection }) } : {}
          const { lost } = await store.commit({ fence, run: own, users: changes, ...hold })
          if (lost.length === 0) break
        }
      }
      await store.commit({ fence, run: { ...own, finishedAt: NOW, outcome: 'succeeded' } })
      await store.lease.release(fence)
    }

    /** Everybody the pages name, as they were. */
    async function expected({ store }: ConnectorProcess, connection: string): Promise<Undone[]> {
      const { users } = await store.of(connection).known(OBJECT_IDS)
      return [1, 2, 3, 5, 6].map((n) => {
        const { id = '', entraObjectId = null } = users.get(objectId(n)) ?? {}
        return { id, entraObjectId, isCurrent: true, before: HERE.includes(n) ? undoableOf(person(n)) : null }
      })
    }

    async function remembered({ store }: ConnectorProcess, connection: string) {
      const own = store.of(connection)
      const runs = ['first', 'second', 'third'].map((role) => all(own.runs.replaced(`run by ${role}`)))
      return { everything: await everything(own, OBJECT_IDS), replaced: await Promise.all(runs) }
    }

    const FIRST_AND_SECOND = ['run by first', 'run by second', 'run by third']

    it('names everybody once they are written, whichever write was the last', async () => {
      for (let n = 1; n <= writes.length; n += 1) {
        const when = `killed before write ${n}: ${writes[n - 1] ?? ''}`
        const first = await suite.crew.start('first')
        const connection = await newCompany(first)
        first.killAt(n)
        await run(first, connection).catch(() => undefined)
        suite.crew.dead.add(first.name)
        const second = await suite.crew.start('second')
        // Whoever has written nothing yet sees the dead run as it was left.
        const taken = await second.store.of(connection).lease.take(second.name, 60_000)
        const left = await undoing(second.store.of(connection), ['run by first'])
        const wanted = new Map((await expected(second, connection)).map((one) => [one.id, one]))
        for (const one of left) expect(one, when).to.deep.equal(wanted.get(one.id))
        const { users } = await second.store.of(connection).list({ limit: 99 })
        const written = users.filter(({ revision, createdAt: _at, entraObjectId }) => {
          return revision > 1 || !HERE.map(objectId).includes(entraObjectId ?? '')
        })
        expect(left.map(({ id }) => id).sort(), when).to.deep.equal(written.map(({ id }) => id).sort())
        for (const { removal } of users)
          if (removal?.hold)
            expect(await second.store.of(connection).holds.get(removal.hold), when).to.deep.equal(
              aHold(1, { connection }),
            )
        if (taken.taken) await second.store.of(connection).lease.release(taken.fence)

        await run(second, connection)
        const all = await undoing(second.store.of(connection), FIRST_AND_SECOND)
        expect(all, when).to.deep.equal(await expected(second, connection))
      }
    }).timeout(300_000)

    it('stays as it is when a process comes back that was held before any write', async () => {
      for (let n = 2; n <= writes.length; n += 1) {
        const when = `held before write ${n}: ${writes[n - 1] ?? ''}`
        const first = await suite.crew.start('first')
        const connection = await newCompany(first)
        const held = first.holdAt(n)
        const late = run(first, connection).catch(() => undefined)
        await held
        suite.crew.dead.add(first.name)
        const second = await suite.crew.start('second')
        await run(second, connection)
        const before = await remembered(second, connection)
        first.wakeUp()
        await late
        expect(await remembered(second, connection), when).to.deep.equal(before)
        const all = await undoing(second.store.of(connection), FIRST_AND_SECOND)
        expect(all, when).to.deep.equal(await expected(second, connection))
      }
    }).timeout(300_000)

    it('is settled by a third where the second was killed while it took over', async () => {
      const page = writes.indexOf('bulk people') + 1
      for (const n of [page - 1, page, page + 1, page + 2])
        for (let m = 1, over = false; !over; m += 1) {
          const when = `killed before write ${n}, the second before write ${m}`
          const first = await suite.crew.start('first')
          const connection = await newCompany(first)
          first.killAt(n)
          await run(first, connection).catch(() => undefined)
          suite.crew.dead.add(first.name)
          const second = await suite.crew.start('second')
          second.killAt(m)
          await second.store
            .of(connection)
            .lease.take(second.name, 60_000)
            .catch(() => undefined)
          over = second.writes.length < m
          suite.crew.dead.add(second.name)
          const third = await suite.crew.start('third')
          await run(third, connection)
          const all = await undoing(third.store.of(connection), FIRST_AND_SECOND)
          expect(all, when).to.deep.equal(await expected(third, connection))
        }
    }).timeout(300_000)

    it('does not claim whom somebody else has made the same of in the very middle', async () => {
      for (const [i, write] of writes.entries()) {
        if (write !== 'bulk people') continue
        const when = `before write ${i + 1}`
        const process = await suite.crew.start('first')
        const connection = await newCompany(process)
        const desk = (await suite.crew.start('desk')).store.of(connection)
        const changedThere = new Map<string, number>()
        process.onWrite = async (at) => {
          if (at !== i + 1) return
          for (const [n, over] of PAGES.flatMap((page) => Object.entries(page))) {
            const [user] = await desk.find(objectId(Number(n)))
            if (!user) continue
            const after = await changePerson(desk, user.id, (one) => ({ user: { ...one, ...over } }))
            changedThere.set(user.id, after!.revision)
          }
        }
        await run(process, connection)
        const { users } = await desk.list({ limit: 99 })
        const found = await undoing(desk, ['run by first'])
        expect(changedThere.size, when).to.be.greaterThan(2)
        for (const { id, isCurrent } of found)
          expect(isCurrent, when).to.equal(changedThere.get(id) !== users.find((user) => user.id === id)?.revision)
      }
    }).timeout(300_000)

    it('names nobody as theirs whom somebody else has written in the very middle', async () => {
      for (let n = 1; n <= writes.length; n += 1) {
        const when = `a login before write ${n}: ${writes[n - 1] ?? ''}`
        const process = await suite.crew.start('first')
        const connection = await newCompany(process)
        const desk = (await suite.crew.start('desk')).store.of(connection)
        const loggedIn = new Map<string, number>()
        process.onWrite = async (at) => {
          if (at !== n) return
          for (const who of [1, 2, 3]) {
            const [user] = await desk.find(objectId(who))
            const after = await changePerson(desk, user!.id, (one) => ({ user: { ...one, lastLoginAt: NOW } }))
            loggedIn.set(user!.id, after!.revision)
          }
        }
        await run(process, connection)
        const found = await undoing(desk, ['run by first'])
        const wanted = await expected(process, connection)
        expect(
          found.map(({ isCurrent: _, ...one }) => one),
          when,
        ).to.deep.equal(wanted.map(({ isCurrent: _, ...one }) => one))
        const { users } = await desk.list({ limit: 99 })
        for (const { id, isCurrent } of found)
          expect(isCurrent, when).to.equal(loggedIn.get(id) !== users.find((user) => user.id === id)?.revision)
      }
    }).timeout(300_000)
  })

let ids = 0

/** What a plan makes of a page: those who are so already are left alone. */
function changesOf(
  page: Readonly<Record<number, Partial<User>>>,
  users: ReadonlyMap<string, User>,
  connection: string,
): UserChange[] {
  return Object.entries(page).flatMap(([n, over]): UserChange[] => {
    const user = users.get(objectId(Number(n)))
    if (!user) {
      const id = `newcomer ${String((ids += 1)).padStart(9, '0')}`
      return [{ ...created(person(Number(n), { ...over, id, connection }), entry('made')), kind: 'created' }]
    }
    const same = Object.entries(over).every(
      ([name, value]) => JSON.stringify(user[name as keyof User]) === JSON.stringify(value),
    )
    return same ? [] : [{ ...changed(user, over, entry('changed')), kind: 'updated' }]
  })
}
