import { expect } from 'chai'
import type { LogEntry } from '../../../src/domain/run.js'
import type { User } from '../../../src/domain/user.js'
import type { Ages } from '../../../src/store/port.js'
import { NOW } from '../../support/people.js'
import {
  aHold,
  all,
  aRun,
  begin,
  changed,
  created,
  eachOpened,
  eachWriting,
  entry,
  person,
  refusal,
  userId,
  type Open,
} from '../support.js'

const KEPT: Ages = { runs: null, replaced: null, history: null }
const HOUR_MS = 60 * 60 * 1000
const at = (hours: number) => new Date(Date.parse(NOW) + hours * HOUR_MS).toISOString()
const FOREVER = at(1_000_000)

export function pruning(open: Open): void {
  describe('pruning', () => {
    const opened = eachOpened(open)
    const writing = eachWriting(opened)

    const line = (n: number): LogEntry => ({ at: NOW, level: 'info', message: `line ${n}` })
    const run = (n: number, finished = true) =>
      aRun({ runId: `run-${n}`, startedAt: at(n), finishedAt: finished ? at(n) : null })
    const runIds = async () => (await writing.store.runs.list({ limit: 100 })).runs.map(({ runId }) => runId)
    const replacedOf = async (n: number) => (await all(writing.store.runs.replaced(`run-${n}`))).flat().length
    const logOf = async (n: number) => (await all(writing.store.runs.log(`run-${n}`))).length
    const prune = (ages: Partial<Ages>, limit = 1000) =>
      writing.store.runs.prune(writing.fence, { ...KEPT, ...ages }, limit)

    /** Prunes until nothing is left to do; each call stays below its limit. */
    async function pruneAll(ages: Partial<Ages>, limit: number): Promise<number> {
      for (let total = 0; ;) {
        const dropped = await prune(ages, limit)
        expect(dropped).to.be.at.most(limit)
        if (dropped === 0) return total
        total += dropped
      }
    }

    async function fiveRuns(): Promise<void> {
      for (let n = 1; n <= 5; n += 1) {
        await writing.commit({
          run: run(n, n !== 2),
          users: [created(person(n), entry('here', { at: at(n) }))],
          log: Array.from({ length: 130 }, (_, i) => line(i)),
        })
        await writing.commit({ run: run(n, n !== 2), users: [created(person(n + 10))] })
      }
    }

    it('drops nothing where everything is kept, or nothing is old enough', async () => {
      await fiveRuns()
      expect(await prune({})).to.equal(0)
      expect(await prune({ runs: at(1), replaced: at(1), history: at(1) })).to.equal(0)
      expect(await runIds()).to.have.length(5)
      expect(await opened.store.of('other').runs.list({ limit: 9 })).to.deep.equal({ runs: [], nextCursor: null })
    })

    for (const limit of [1, 3, 1000])
      it(`drops old runs with all of theirs, never the newest nor one without an end, ${limit} at a time`, async () => {
        await fiveRuns()
        expect(await pruneAll({ runs: at(4) }, limit)).to.be.greaterThan(0)
        expect(await runIds()).to.deep.equal(['run-5', 'run-4', 'run-2'])
        expect(await logOf(1)).to.equal(0)
        expect(await replacedOf(1)).to.equal(0)
        await pruneAll({ runs: FOREVER }, limit)
        expect(await runIds()).to.deep.equal(['run-5', 'run-2'])
        for (const n of [2, 5]) {
          expect(await logOf(n)).to.equal(130)
          expect(await replacedOf(n)).to.equal(2)
        }
        expect((await writing.store.list({ limit: 99 })).users).to.have.length(10)
      }).timeout(60_000)

    it('can be read from at any time in between', async () => {
      await fiveRuns()
      for (let calls = 0; (await prune({ runs: FOREVER, replaced: FOREVER }, 1)) > 0; calls += 1)
        for (let n = 1; n <= 5; n += 1) {
          if (calls % 20 === 0) expect(await logOf(n)).to.be.at.most(130)
          // All of it or nothing: whoever undoes a run never sees half of it.
          expect([0, 2], `after ${calls}`).to.include(await replacedOf(n))
        }
      expect(await replacedOf(5)).to.equal(2)
    }).timeout(60_000)

    it('drops what old runs replaced, and leaves the runs', async () => {
      await fiveRuns()
      expect(await pruneAll({ replaced: at(3) }, 3)).to.equal(4)
      expect(await Promise.all([1, 2, 3, 4, 5].map(replacedOf))).to.deep.equal([0, 0, 2, 2, 2])
      await pruneAll({ replaced: FOREVER }, 1)
      expect(await Promise.all([1, 2, 3, 4, 5].map(replacedOf))).to.deep.equal([0, 0, 0, 0, 2])
      expect(await runIds()).to.have.length(5)
      await writing.commit({ run: run(5), users: [created(person(99))] })
      expect(await replacedOf(5)).to.equal(3)
    })

    it('drops old entries of long histories, never the first nor those that are not old enough', async () => {
      await writing.commit({ users: [created(person(1), entry('made', { at: at(0) })), created(person(2))] })
      const told = async (user: User, from: number, to: number): Promise<User> => {
        for (let n = from; n < to; n += 5) {
          const entries = [n, n + 1, n + 2, n + 3, n + 4].map((i) => entry(`change ${i}`, { at: at(i) }))
          const change = changed(user, { jobTitle: `${n}` }, ...entries)
          await writing.store.write({ users: [change] })
          user = change.after
        }
        return user
      }
      const history = async (n: number) => (await writing.store.history(userId(n))).map(({ to }) => to)
      const one = await told(person(1), 5, 150)
      const two = await told(person(2), 0, 5)
      const before = await history(1)
      expect(await pruneAll({ history: at(90) }, 1)).to.be.greaterThan(0)
      const after = await history(1)
      expect(after[0]).to.equal('made')
      expect(after.length).to.be.lessThan(before.length)
      expect(after, 'everything from then on').to.include.members(before.slice(before.indexOf('change 90')))
      expect(after, 'in the same order').to.deep.equal(before.filter((to) => after.includes(to)))
      expect((await history(2))[0]).to.equal('change 0')

      await pruneAll({ history: FOREVER }, 2)
      expect((await history(1))[0]).to.equal('made')
      expect((await history(1)).length).to.be.lessThan(90)
      expect((await history(1)).at(-1), 'the newest tells why they are as they are').to.equal('change 149')
      await told(one, 150, 250)
      await told(two, 5, 50)
      expect((await history(1)).slice(-100)).to.deep.equal(Array.from({ length: 100 }, (_, i) => `change ${i + 150}`))
      await pruneAll({ history: at(200) }, 3)
      expect((await history(1)).slice(-50)).to.deep.equal(Array.from({ length: 50 }, (_, i) => `change ${i + 200}`))
      const [moved] = await opened.store.archive('default').read('users', { keys: [userId(1)] })
      expect(moved?.value.history.map(({ to }) => to)).to.deep.equal(await history(1))
    }).timeout(60_000)

    it('drops old entries of people who came from another store', async () => {
      const history = [0, 1, 1, ...Array.from({ length: 97 }, (_, i) => i + 2)].map((n, i) => {
        return entry(`change ${i}`, { at: at(n) })
      })
      const archive = opened.store.archive('default')
      await archive.put(writing.fence, 'users', [{ key: userId(1), value: { user: person(1), history } }])
      await pruneAll({ history: at(60) }, 10)
      const kept = await writing.store.history(userId(1))
      expect(kept[0]).to.deep.equal(history[0])
      expect(kept.length).to.be.lessThan(99)
      expect(kept.slice(-39)).to.deep.equal(history.slice(-39))
    })

    it('drops holds that have ended, with the runs of their time', async () => {
      const ended = 'approved' as const
      for (const hold of [aHold(1, { ended }), aHold(2), aHold(3, { ended }), aHold(4, { ended })])
        await writing.store.holds.put(hold)
      expect(await pruneAll({ runs: aHold(4).createdAt }, 1)).to.equal(2)
      const left = await writing.store.holds.list({ all: true, limit: 9 })
      expect(left.map(({ id }) => id)).to.deep.equal(['hold-4', 'hold-2'])
    })

    it('leaves other connections alone', async () => {
      const other = await begin(opened.store, 'other')
      const user = person(1, { connection: 'other' })
      await other.commit({ run: aRun({ connection: 'other', finishedAt: NOW }), users: [created(user)] })
      const second = changed(user, { jobTitle: 'x' }, entry('x'))
      await other.commit({ run: aRun({ connection: 'other', runId: 'run-2', startedAt: at(2) }), users: [second] })
      await fiveRuns()
      await pruneAll({ runs: FOREVER, replaced: FOREVER, history: FOREVER }, 50)
      expect((await other.store.runs.list({ limit: 9 })).runs).to.have.length(2)
      expect((await all(other.store.runs.replaced('run-1'))).flat()).to.have.length(1)
      expect(await other.store.history(userId(1))).to.have.length(1)
    })

    it('is refused to whoever has lost the lease', async () => {
      await fiveRuns()
      opened.clock.advance(60_000)
      await writing.store.lease.take('another', 60_000)
      expect((await refusal(prune({ runs: FOREVER }))).code).to.equal('lease.lost')
      expect(await runIds()).to.have.length(5)
    })
  })
}
