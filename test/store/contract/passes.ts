import { expect } from 'chai'
import {
  changed,
  created,
  eachOpened,
  eachWriting,
  ids,
  objectId,
  people,
  person,
  userId,
  type Open,
} from '../support.js'

export function passes(open: Open): void {
  describe('a full pass', () => {
    const writing = eachWriting(eachOpened(open))

    const see = (pass: number, page: number, ...numbers: number[]) =>
      writing.commit({ seen: { pass, page, entraObjectIds: numbers.map(objectId) } })
    const candidates = async () => ids(await writing.store.candidates({ limit: 100 }))

    it('leaves those it did not name as candidates', async () => {
      await writing.create(...people(1, 5))
      await see(1, 1, 1, 2)
      await see(1, 2, 4)
      expect(await candidates()).to.deep.equal([])
      await writing.commit({ sweep: { pass: 1 } })
      expect(await candidates()).to.deep.equal([userId(3), userId(5)])
    })

    it('does not ask about people it created itself', async () => {
      const users = [created(person(1)), created(person(2))]
      await writing.commit({ users, seen: { pass: 1, page: 1, entraObjectIds: [objectId(1), objectId(2)] } })
      await writing.commit({ sweep: { pass: 1 } })
      expect(await candidates()).to.deep.equal([])
    })

    it('may stamp and end in one commit', async () => {
      await writing.create(...people(1, 3))
      await writing.commit({ seen: { pass: 1, page: 1, entraObjectIds: [objectId(2)] }, sweep: { pass: 1 } })
      expect(await candidates()).to.deep.equal([userId(1), userId(3)])
    })

    it('that names nobody makes everybody a candidate', async () => {
      await writing.create(...people(1, 3))
      await writing.commit({ sweep: { pass: 1 } })
      expect(await candidates()).to.deep.equal([userId(1), userId(2), userId(3)])
    })

    it('asks about the present only, disabled ones included, and never about people without an object id', async () => {
      await writing.create(
        person(1, { presence: 'disabled' }),
        person(2, { presence: 'soft-deleted' }),
        person(3, { presence: 'gone' }),
        person(4, { presence: 'out-of-scope' }),
        person(5, { entraObjectId: null }),
      )
      await writing.commit({ sweep: { pass: 1 } })
      expect(await candidates()).to.deep.equal([userId(1)])
    })

    it('is stamped outside the record', async () => {
      await writing.create(person(1))
      await see(1, 1, 1)
      expect(await writing.store.find(userId(1))).to.deep.equal([person(1)])
      expect(await writing.commit({ users: [changed(person(1), {})] })).to.deep.equal({ lost: [] })
    })

    it('may be told of people it does not have', async () => {
      await writing.create(person(1))
      await see(1, 1, 1, 77)
      await writing.commit({ sweep: { pass: 1 } })
      expect(await candidates()).to.deep.equal([])
    })

    it('takes a page again without a difference', async () => {
      await writing.create(...people(1, 3))
      await see(1, 1, 1)
      await see(1, 1, 1)
      await see(1, 2, 2)
      await see(1, 1, 1)
      await writing.commit({ sweep: { pass: 1 } })
      expect(await candidates()).to.deep.equal([userId(3)])
    })

    it('takes its end again without a difference, and pages that come late', async () => {
      await writing.create(...people(1, 3))
      await see(1, 1, 1)
      await writing.commit({ sweep: { pass: 1 } })
      await writing.commit({ sweep: { pass: 1 } })
      await see(1, 1, 1)
      await writing.commit({ sweep: { pass: 1 } })
      expect(await candidates()).to.deep.equal([userId(2), userId(3)])
    })

    it('does not count what an earlier pass named that was given up', async () => {
      await writing.create(...people(1, 3))
      await see(1, 1, 1, 2)
      await see(1, 2, 3)
      await see(2, 1, 1)
      await writing.commit({ sweep: { pass: 2 } })
      expect(await candidates()).to.deep.equal([userId(2), userId(3)])
    })

    it('replaces the candidates of the one before', async () => {
      await writing.create(...people(1, 3))
      await writing.commit({ sweep: { pass: 1 } })
      await see(2, 1, 1, 3)
      expect(await candidates()).to.have.length(3)
      await writing.commit({ sweep: { pass: 2 } })
      expect(await candidates()).to.deep.equal([userId(2)])
    })

    it('is done with people who were looked up, and with those who are gone meanwhile', async () => {
      await writing.create(...people(1, 4))
      await writing.commit({ sweep: { pass: 1 } })
      await writing.commit({ resolved: [userId(1), userId(99)], users: [changed(person(3), { presence: 'gone' })] })
      expect(await candidates()).to.deep.equal([userId(2), userId(4)])
    })

    it('gives its candidates page by page in order of our id, as they are now', async () => {
      await writing.create(...people(1, 5).reverse())
      await writing.commit({ sweep: { pass: 1 } })
      await writing.commit({ users: [changed(person(3), { jobTitle: 'Lead' })] })
      const { store } = writing
      expect(ids(await store.candidates({ limit: 2 }))).to.deep.equal([userId(1), userId(2)])
      const rest = await store.candidates({ limit: 2, after: userId(2) })
      expect(rest).to.deep.equal([person(3, { jobTitle: 'Lead', revision: 2 }), person(4)])
      expect(ids(await store.candidates({ limit: 2, after: userId(4) }))).to.deep.equal([userId(5)])
    })
  })
}
