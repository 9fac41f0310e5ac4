import { expect } from 'chai'
import type { Replaced } from '../../../src/store/port.js'
import {
  all,
  aRemoval,
  aRun,
  changed,
  created,
  eachOpened,
  eachWriting,
  entry,
  people,
  person,
  userId,
  type Open,
} from '../support.js'

export function replaced(open: Open): void {
  describe('what a run replaced', () => {
    const opened = eachOpened(open)
    const writing = eachWriting(opened)

    const of = (runId: string): Promise<(readonly Replaced[])[]> => all(writing.store.runs.replaced(runId))
    const run = (n: number) => aRun({ runId: `run-${n}` })

    it('is nothing where nobody was changed, or nobody knows the run', async () => {
      await writing.commit({})
      expect(await of('run-1')).to.deep.equal([])
      expect(await of('run-9')).to.deep.equal([])
    })

    it('is what differs of those who were there, and who was not', async () => {
      const full = person(2, { presence: 'disabled', jobTitle: 'Lead', source: { 'a.b': 'ü' }, through: 'g' })
      await writing.commit({ run: run(1), users: [created(person(1)), created(full, entry('x'))] })
      const over = { jobTitle: null, presence: 'enabled' as const, source: { 'a.b': null }, through: null, mail: '' }
      const second = changed(full, { ...over, account: 'frozen', removal: aRemoval(), updatedAt: '2026-11-21' })
      await writing.commit({ run: run(2), users: [second, created(person(3, { revision: 4 }))] })
      await writing.commit({ run: run(2), users: [changed(second.after, { source: { 'a.b': null }, seat: false })] })
      expect(await of('run-1')).to.deep.equal([
        [
          { id: userId(1), revision: 1, before: null },
          { id: userId(2), revision: 1, before: null },
        ],
      ])
      const before = {
        jobTitle: 'Lead',
        presence: 'disabled',
        source: { 'a.b': 'ü' },
        through: 'g',
        mail: full.mail,
        account: 'active',
      }
      expect(await of('run-2')).to.deep.equal([
        [
          { id: userId(2), revision: 2, before },
          { id: userId(3), revision: 4, before: null },
        ],
        [{ id: userId(2), revision: 3, before: {} }],
      ])
      expect(await all(opened.store.of('other').runs.replaced('run-1'))).to.deep.equal([])
    })

    it('names nobody who was lost, and nobody written outside of runs', async () => {
      await writing.create(...people(1, 2))
      await writing.store.write({ users: [changed(person(1), { jobTitle: 'theirs' })] })
      const users = [changed(person(1), { jobTitle: 'ours' }), changed(person(2), { jobTitle: 'ours' })]
      expect((await writing.commit({ run: run(2), users })).lost).to.deep.equal([userId(1)])
      await writing.commit({ run: run(2) })
      expect(await of('run-2')).to.deep.equal([])
      expect((await of('run-1')).flat().map(({ id }) => id)).to.deep.equal([userId(1), userId(2)])
    })

    it('is given in the order of the commits, however many', async () => {
      for (let n = 1; n <= 25; n += 1) await writing.commit({ run: run(1), users: [created(person(n))] })
      await writing.commit({ run: run(2), users: [created(person(30))] })
      await writing.commit({ run: run(1), users: [created(person(26))] })
      const found = await of('run-1')
      expect(found.flat().map(({ id }) => id)).to.deep.equal(people(1, 26).map(({ id }) => id))
      expect(found).to.have.length(26)
      expect((await of('run-2')).flat()).to.have.length(1)
    })

    it('is compact for newcomers, and whole for long texts', async () => {
      await writing.commit({ run: run(1), users: people(1, 999).map((user) => created(user)) })
      expect((await of('run-1')).flat()).to.have.length(999)
      const long = people(1, 30).map((user, i) => ({ ...user, jobTitle: `${i} ${'王"\\'.repeat(20_000)}` }))
      await writing.commit({ run: run(2), users: long.map((user, i) => changed(person(i + 1), user)) })
      await writing.commit({
        run: run(3),
        users: long.map((user) => changed({ ...user, revision: 2 }, { jobTitle: null })),
      })
      const found = (await of('run-3')).flat()
      expect(found.map(({ before }) => before?.jobTitle)).to.deep.equal(long.map(({ jobTitle }) => jobTitle))
    })

    it('stays behind when a store is copied, and goes with its run', async () => {
      await writing.create(person(1))
      await opened.store.archive('default').put(writing.fence, 'runs', [{ key: 'run-7', value: run(7) }])
      expect(await of('run-7')).to.deep.equal([])
      await writing.commit({ run: run(2) })
      await opened.store.archive('default').drop(writing.fence, 'runs', ['run-1'])
      expect(await of('run-1')).to.deep.equal([])
    })
  })
}
