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
      await writing.commit({ users: [created(person(1))], unpark: [objectId(1), objectId(9)] })
      expect(await of(1)).to.equal(undefined)
      expect(await of(2)).to.deep.equal(parked(2, MON))
    })

    it('that arrive while others are applied are kept', async () => {
      await writing.commit({ park: [parked(1, MON)] })
      await writing.commit({ unpark: [objectId(1)], park: [parked(1, WED)] })
      expect(await of(1)).to.deep.equal(parked(1, WED))
    })
  })
}
