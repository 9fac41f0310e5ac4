import { expect } from 'chai'
import { created, eachOpened, eachWriting, objectId, parked, person, type Open } from '../support.js'

const [MON, TUE, WED, THU] = ['16', '17', '18', '19'].map((day) => `2026-11-${day}T08:00:00.000Z`) as [
  string,
  string,
  string,
  string,
]

export function parking(open: Open): void {
  describe('parked sign-ins', () => {
    const writing = eachWriting(eachOpened(open))

    const of = async (n: number) => (await writing.store.known([objectId(n)])).parked.get(objectId(n))

    it('wait for the person', async () => {
      await writing.commit({ park: [parked(1, MON, TUE)] })
      expect(await of(1)).to.deep.equal(parked(1, MON, TUE))
      expect(await of(2)).to.equal(undefined)
    })

    it('keep the earliest and the latest, in whatever order they come', async () => {
      await writing.commit({ park: [parked(1, TUE, WED)] })
      await writing.commit({ park: [parked(1, WED)] })
      expect(await of(1)).to.deep.equal(parked(1, TUE, WED))
      await writing.commit({ park: [parked(1, MON), parked(1, THU)] })
      expect(await of(1)).to.deep.equal(parked(1, MON, THU))
      await writing.commit({ park: [parked(1, MON, THU)] })
      expect(await of(1)).to.deep.equal(parked(1, MON, THU))
    })

    it('are gone once they were applied', async () => {
      await writing.commit({ park: [parked(1, MON), parked(2, MON)] })
      await writing.commit({ users: [created(person(1))], unpark: [parked(1, MON), parked(9, MON)] })
      expect(await of(1)).to.equal(undefined)
      expect(await of(2)).to.deep.equal(parked(2, MON))
    })

    it('that arrive while others are applied are kept', async () => {
      await writing.commit({ park: [parked(1, MON)] })
      await writing.commit({ unpark: [parked(1, MON)], park: [parked(1, WED)] })
      expect(await of(1)).to.deep.equal(parked(1, WED))
    })

    it('that have changed since they were read stay, however they are taken', async () => {
      const { store } = writing
      await writing.commit({ park: [parked(1, TUE), parked(2, TUE), parked(3, TUE)] })
      const read = (await store.known([1, 2, 3].map(objectId))).parked
      const applied = [1, 2].flatMap((n) => read.get(objectId(n)) ?? [])
      await store.write({ park: [parked(1, MON), parked(2, THU)] })
      await writing.commit({ users: [created(person(1)), created(person(2))], unpark: applied })
      expect([await of(1), await of(2)]).to.deep.equal([parked(1, MON, TUE), parked(2, TUE, THU)])
      await store.write({ unpark: [...read.values()] })
      expect([await of(1), await of(2), await of(3)]).to.deep.equal([
        parked(1, MON, TUE),
        parked(2, TUE, THU),
        undefined,
      ])
      await store.write({ unpark: [parked(1, MON, TUE), parked(2, TUE, THU)] })
      expect(await store.parked({ limit: 9 })).to.deep.equal([])
    })
  })
}
