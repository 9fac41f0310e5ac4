import { expect } from 'chai'
import type { UserCounts } from '../../src/domain/run.js'
import { changePerson } from '../../src/store/change-person.js'
import { quickUpdates, TEST_MONGO_URL, WITHOUT_SERVER } from '../support/mongo.js'
import { NOW } from '../support/people.js'
import { everything } from '../store/support.js'
import {
  CHANGED_BACK,
  CHANGED_LAST,
  moveIn,
  OBJECT_IDS,
  outcome,
  syncOnce,
  TELLING_NOTHING,
} from '../store/mongo/company.js'
import { crewOfSuite, type ConnectorProcess } from '../store/mongo/processes.js'
import type { Undone } from '../store/mongo/undoing.js'

const now = () => new Date(NOW)

if (TEST_MONGO_URL === null) describe(`MongoDB: processes that die (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: processes that die or are held anywhere in a run', () => {
    const suite = crewOfSuite(now)
    let undisturbed: { outcome: unknown; writes: readonly string[]; counts: UserCounts }

    before(async () => {
      const process = await suite.crew.start('undisturbed')
      await quickUpdates(suite.database)
      const connection = await newCompany(process)
      const { run } = await syncOnce(process, connection, now)
      const writes = [...process.writes]
      undisturbed = { outcome: await outcomeOf(process, connection), writes, counts: run.users }
    })

    async function newCompany(process: ConnectorProcess): Promise<string> {
      const connection = suite.crew.newCompany()
      await moveIn(process.store, connection)
      process.writes.length = 0
      return connection
    }

    function outcomeOf({ store }: ConnectorProcess, connection: string): Promise<unknown> {
      return outcome(store.of(connection))
    }

    /** Held before a write until another has taken over that was told this, it wakes up: what is there before and after. */
    async function wokenUp(n: number, told?: Parameters<typeof syncOnce>[3]) {
      const first = await suite.crew.start('first')
      const connection = await newCompany(first)
      const held = first.holdAt(n)
      const late = syncOnce(first, connection, now).then(
        ({ error }) => ({ error, thrown: null }),
        (thrown: unknown) => ({ error: null, thrown }),
      )
      await held
      suite.crew.dead.add(first.name)
      const second = await suite.crew.start('second')
      await syncOnce(second, connection, now, told)
      const there = () => everything(second.store.of(connection), OBJECT_IDS)
      const [taken, before] = [await outcomeOf(second, connection), await there()]
      first.wakeUp()
      return { ...(await late), taken, before, after: await there() }
    }

    it('come to an end where none is disturbed', () => {
      expect(undisturbed.outcome).to.deep.include({
        counts: { created: 2, updated: 1, frozen: 1, deactivated: 1, skipped: 1, firstLogins: 1 },
        parked: [],
        candidates: 0,
        deltaLink: 'delta',
        readIsTheSum: true,
        unfinished: 0,
        skips: 1,
      })
      // Who was deleted is noted first, and removed afterwards.
      expect(undisturbed.writes.filter((write) => write === 'bulk people')).to.have.length(6)
      const { undoing } = undisturbed.outcome as { undoing: Undone[] }
      expect(undoing.map(({ isCurrent, before }) => [isCurrent, before?.presence, before?.jobTitle])).to.deep.equal([
        [true, 'enabled', null],
        [true, 'enabled', null],
        [true, 'enabled', null],
        [true, undefined, undefined],
        [true, undefined, undefined],
      ])
    })

    it('leave nothing half done, killed before any write and taken over', async function () {
      this.timeout(300_000)
      for (let n = 1; n <= undisturbed.writes.length; n += 1) {
        const first = await suite.crew.start('first')
        const connection = await newCompany(first)
        first.killAt(n)
        await syncOnce(first, connection, now).catch(() => null)
        expect(first.writes.length, 'it was killed').to.be.at.least(n)
        suite.crew.dead.add(first.name)
        const second = await suite.crew.start('second')
        await syncOnce(second, connection, now)
        expect(
          await outcomeOf(second, connection),
          `killed before write ${n}: ${undisturbed.writes[n - 1] ?? ''}`,
        ).to.deep.equal(undisturbed.outcome)
      }
    })

    it('change nothing any more, held before any write until another has taken over', async function () {
      this.timeout(300_000)
      for (let n = 2; n <= undisturbed.writes.length; n += 1) {
        const when = `held before write ${n}: ${undisturbed.writes[n - 1] ?? ''}`
        const { taken, before, after, error } = await wokenUp(n)
        expect(taken, when).to.deep.equal(undisturbed.outcome)
        expect(after, when).to.deep.equal(before)
        if (error) expect(error.code, when).to.equal('lease.lost')
      }
    })

    it('leave alone whom the directory did not tell about yet when another had taken over', async function () {
      this.timeout(300_000)
      for (const [i, write] of undisturbed.writes.entries()) {
        // What is cleared away; whoever was looked up has been written.
        if (![write, undisturbed.writes[i - 1]].includes('remove stamps')) continue
        const { before, after } = await wokenUp(i + 1, TELLING_NOTHING)
        expect(after, `held before write ${i + 1}: ${write}`).to.deep.equal(before)
      }
    })

    it('write nothing of a page that has been read anew and says something else', async function () {
      this.timeout(300_000)
      const last = undisturbed.writes.lastIndexOf('bulk people') + 2
      for (let n = 2; n <= last; n += 1) {
        const when = `held before write ${n}: ${undisturbed.writes[n - 1] ?? ''}`
        const { before, after, error, thrown } = await wokenUp(n, CHANGED_BACK)
        expect(error ?? thrown, when).to.have.property('code', 'lease.lost')
        expect(after, when).to.deep.equal(before)
      }
    })

    it('count everybody once who is written while somebody of the same page logs in', async function () {
      this.timeout(300_000)
      for (let n = 1; n <= undisturbed.writes.length; n += 1) {
        const process = await suite.crew.start('one')
        const connection = await newCompany(process)
        const desk = (await suite.crew.start('desk')).store.of(connection)
        process.onWrite = async (at) => {
          if (at !== n) return
          for (const id of [OBJECT_IDS[0] ?? '', CHANGED_LAST])
            await changePerson(desk, (await desk.find(id))[0]?.id ?? '', (user) => ({
              user: { ...user, lastLoginAt: NOW },
            }))
        }
        const { run } = await syncOnce(process, connection, now)
        const when = `a login before write ${n}: ${undisturbed.writes[n - 1] ?? ''}`
        expect((await desk.runs.get(run.runId))?.users, when).to.deep.equal(undisturbed.counts)
        expect(withoutLogins(await outcomeOf(process, connection)), when).to.deep.equal(
          withoutLogins(undisturbed.outcome),
        )
      }
    })

    it('are taken over by one that dies or is held before any write of it, and by a third', async function () {
      this.timeout(300_000)
      const page = undisturbed.writes.indexOf('bulk people') + 1
      for (const n of [page, page + 1, page + 2])
        for (let m = 1, over = false; !over; m += 1)
          for (const how of ['killed', 'held'] as const) {
            const when = `killed before write ${n}, the second ${how} before write ${m}`
            const first = await suite.crew.start('first')
            const connection = await newCompany(first)
            first.killAt(n)
            await syncOnce(first, connection, now).catch(() => null)
            suite.crew.dead.add(first.name)

            const second = await suite.crew.start('second')
            const held = second.holdAt(how === 'held' ? m : Infinity)
            if (how === 'killed') second.killAt(m)
            const late = second.store
              .of(connection)
              .lease.take(second.name, 15_000)
              .catch(() => null)
            await Promise.race([held, late])
            over = second.writes.length < m
            suite.crew.dead.add(second.name)

            const third = await suite.crew.start('third')
            await syncOnce(third, connection, now)
            expect(await outcomeOf(third, connection), when).to.deep.equal(undisturbed.outcome)
            second.wakeUp()
            await late
            expect(await outcomeOf(third, connection), `${when}, and woken up`).to.deep.equal(undisturbed.outcome)
          }
    })
  })

/** An outcome with histories instead of people, and without what a login keeps from being undone. */
function withoutLogins(ended: unknown): unknown {
  const { people, undoing: _undoing, ...rest } = ended as { people: { history: unknown }[]; undoing: unknown }
  return { ...rest, histories: people.map(({ history }) => history) }
}
