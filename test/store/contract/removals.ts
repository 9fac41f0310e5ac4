import { expect } from 'chai'
import type { RemovalQuery } from '../../../src/store/port.js'
import { aRemoval, changed, eachOpened, eachWriting, ids, people, person, userId, type Open } from '../support.js'

export function removals(open: Open): void {
  describe('removals', () => {
    const opened = eachOpened(open)
    const writing = eachWriting(opened)

    const found = async (query: Partial<RemovalQuery>) =>
      ids(await writing.store.removals({ state: 'noted', limit: 100, ...query }))
    const held = (hold: string) => aRemoval({ state: 'held', hold })

    it('are nobody’s where nobody is to be removed', async () => {
      await writing.create(...people(1, 3))
      expect(await found({})).to.deep.equal([])
      expect(await found({ state: 'held', hold: 'hold-1' })).to.deep.equal([])
    })

    it('are found by state and by hold, page by page in order of our id', async () => {
      await writing.create(
        person(5, { removal: aRemoval() }),
        person(4, { removal: held('b') }),
        person(3, { removal: held('a') }),
        person(2, { removal: aRemoval({ state: 'rejected', hold: 'a' }) }),
        person(1, { removal: held('a') }),
        person(6, { removal: aRemoval({ state: 'protected' }) }),
        person(7),
      )
      expect(await found({})).to.deep.equal([userId(5)])
      expect(await found({ state: 'held' })).to.deep.equal([userId(1), userId(3), userId(4)])
      expect(await found({ state: 'held', hold: 'a' })).to.deep.equal([userId(1), userId(3)])
      expect(await found({ state: 'rejected', hold: 'a' })).to.deep.equal([userId(2)])
      expect(await found({ state: 'protected' })).to.deep.equal([userId(6)])
      expect(await found({ state: 'held', limit: 2 })).to.deep.equal([userId(1), userId(3)])
      expect(await found({ state: 'held', limit: 2, after: userId(3) })).to.deep.equal([userId(4)])
      expect(await found({ state: 'held', hold: 'a', after: userId(1) })).to.deep.equal([userId(3)])
      expect(await found({ state: 'held', hold: '%' })).to.deep.equal([])
      expect(await opened.store.of('other').removals({ state: 'held', limit: 9 })).to.deep.equal([])
    })

    it('are where they were last written, until they are carried out or taken back', async () => {
      await writing.create(...people(1, 2))
      const noted = changed(person(1), { removal: aRemoval() })
      await writing.commit({ users: [noted] })
      expect(await writing.store.removals({ state: 'noted', limit: 9 })).to.deep.equal([noted.after])
      const waits = changed(noted.after, { removal: held('a') })
      await writing.store.write({ users: [waits] })
      expect(await found({})).to.deep.equal([])
      expect(await found({ state: 'held', hold: 'a' })).to.deep.equal([userId(1)])
      await writing.commit({ users: [changed(waits.after, { removal: null, presence: 'soft-deleted' })] })
      expect(await found({ state: 'held' })).to.deep.equal([])
      expect((await writing.store.find(userId(1)))[0]).to.include({ removal: null, presence: 'soft-deleted' })
    })

    it('may be undone: who is so is not present', async () => {
      const undone = { presence: 'undone' as const, account: 'inactive' as const, accountReason: 'undone' as const }
      await writing.create(person(1, undone), person(2))
      expect(await writing.store.find(userId(1))).to.deep.equal([person(1, undone)])
      await writing.commit({ sweep: { pass: 1 } })
      expect(ids(await writing.store.candidates({ limit: 9 }))).to.deep.equal([userId(2)])
      expect(ids((await writing.store.list({ limit: 9, accountReason: 'undone' })).users)).to.deep.equal([userId(1)])
    })

    it('come and go with what else is kept of somebody', async () => {
      await writing.create(person(1))
      const told = changed(person(1), { source: { "o'x[0]": 'ü' }, through: 'g' })
      await writing.commit({ users: [told] })
      expect(await writing.store.find(userId(1))).to.deep.equal([told.after])
      const empty = changed(told.after, { source: {}, through: null })
      await writing.commit({ users: [empty] })
      expect(await writing.store.find(userId(1))).to.deep.equal([empty.after])
      const none = changed(empty.after, { source: null })
      await writing.commit({ users: [none] })
      expect(await writing.store.find(userId(1))).to.deep.equal([none.after])
    })
  })
}
