import { expect } from 'chai'
import { NEW_FEEDS } from '../../../src/domain/feed.js'
import { NOW } from '../../support/people.js'
import {
  all,
  aRun,
  begin,
  changed,
  created,
  eachOpened,
  everything,
  objectId,
  parked,
  person,
  userId,
  type Open,
} from '../support.js'

export function connectionsApart(open: Open): void {
  describe('connections', () => {
    const opened = eachOpened(open)

    it('see nothing of each other', async () => {
      const empty = await everything(opened.store.of('other'), [objectId(1), objectId(9)])
      const { commit } = await begin(opened.store, 'default')
      const log = [{ at: NOW, level: 'info' as const, message: 'said' }]
      await commit({
        users: [created(person(1))],
        feeds: { directory: { ...NEW_FEEDS.directory, deltaLink: 'ours' } },
        park: [parked(9, NOW)],
        sweep: { pass: 1 },
        log,
      })
      const other = opened.store.of('other')
      expect(await everything(other, [objectId(1), objectId(9)])).to.deep.equal(empty)
      expect((await other.known([objectId(1)])).users.size).to.equal(0)
      for (const who of [userId(1), objectId(1), 'person1@contoso.example'])
        expect(await other.find(who)).to.deep.equal([])
      expect(await other.history(userId(1))).to.deep.equal([])
      expect(await other.runs.get('run-1')).to.equal(null)
      expect(await all(other.runs.log('run-1'))).to.deep.equal([])
    })

    it('may hold the same person, run and parked sign-ins, each its own', async () => {
      const ours = await begin(opened.store, 'default')
      const theirs = await begin(opened.store, 'other')
      const there = { ...person(1), connection: 'other' }
      await ours.create(person(1))
      await theirs.create(there)
      await theirs.commit({
        users: [changed(there, { jobTitle: 'theirs' })],
        park: [parked(9, NOW)],
        sweep: { pass: 1 },
      })
      await ours.commit({ unpark: [parked(9, NOW)], resolved: [userId(1)], run: aRun({ outcome: 'succeeded' }) })
      expect(await ours.store.find(userId(1))).to.deep.equal([person(1)])
      expect(await theirs.store.find(userId(1))).to.deep.equal([{ ...there, jobTitle: 'theirs', revision: 2 }])
      expect((await theirs.store.known([objectId(9)])).parked.size).to.equal(1)
      expect(await theirs.store.candidates({ limit: 9 })).to.have.length(1)
      expect(await theirs.store.runs.get('run-1')).to.deep.equal(aRun({ connection: 'other' }))
    })

    it('have a lease each', async () => {
      const ours = await begin(opened.store, 'default')
      const theirs = await begin(opened.store, 'other')
      await ours.store.lease.release(ours.fence)
      expect(await theirs.store.lease.renew(theirs.fence, 1000)).to.equal(true)
      expect((await theirs.store.lease.take('third', 1000)).taken).to.equal(false)
    })

    it('are told apart by their exact name', async () => {
      const { create } = await begin(opened.store, "Contoso 'AG' ü")
      await create(person(1, { connection: "Contoso 'AG' ü" }))
      expect(await opened.store.of("Contoso 'AG' ü").find(userId(1))).to.have.length(1)
      expect(await opened.store.of("contoso 'AG' ü").find(userId(1))).to.deep.equal([])
    })
  })
}
