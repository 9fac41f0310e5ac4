import { expect } from 'chai'
import type { Hold } from '../../../src/domain/hold.js'
import { NOW } from '../../support/people.js'
import { aHold, begin, changed, created, person, refusal, userId, type Open, type Opened } from '../support.js'

export function holds(open: Open): void {
  describe('holds', () => {
    let opened: Opened
    beforeEach(async () => (opened = await open()))
    afterEach(() => opened.close())

    const own = () => opened.store.of('default').holds
    const decided = (hold: Hold, by: string): Hold => {
      const decision = { verdict: 'approve' as const, by, at: NOW, cause: null, user: null, reason: "it's „right“" }
      return { ...hold, decisions: [...hold.decisions, decision], revision: hold.revision + 1 }
    }

    it('are kept as they were put, the newest first', async () => {
      expect(await own().list({ all: true, limit: 9 })).to.deep.equal([])
      expect(await own().get('hold-1')).to.equal(null)
      for (const n of [2, 3, 1]) expect(await own().put(aHold(n))).to.equal(true)
      await own().put({ ...aHold(2), revision: 2, ended: 'closed' })
      const list = async (all: boolean, limit: number) => (await own().list({ all, limit })).map(({ id }) => id)
      expect(await list(true, 9)).to.deep.equal(['hold-3', 'hold-2', 'hold-1'])
      expect(await list(false, 9)).to.deep.equal(['hold-3', 'hold-1'])
      expect(await list(true, 2)).to.deep.equal(['hold-3', 'hold-2'])
      expect(await list(false, 1)).to.deep.equal(['hold-3'])
      expect(await own().get('hold-1')).to.deep.equal(aHold(1))
      expect(await opened.store.of('other').holds.get('hold-1')).to.equal(null)
      expect(await opened.store.of('other').holds.list({ all: true, limit: 9 })).to.deep.equal([])
    })

    it('keep what was decided over which cause, and whether somebody still fills them', async () => {
      const word = decided(aHold(1), 'Ana').decisions.map((one) => {
        return { ...one, cause: 'left group “S”', of: { about: 'group:s.t', text: 'left group “S”' } }
      })
      for (const filling of [true, false]) {
        const hold = { ...aHold(1), decisions: word, filling, revision: filling ? 1 : 2 }
        expect(await own().put(hold)).to.equal(true)
        expect(await own().get('hold-1')).to.deep.equal(hold)
      }
    })

    it('are written over the revision before only', async () => {
      const first = aHold(1)
      expect(await own().put({ ...first, revision: 2 }), 'there is none yet').to.equal(false)
      expect(await own().get('hold-1')).to.equal(null)
      expect(await own().put(first)).to.equal(true)
      expect(await own().put({ ...first, held: 9 }), 'there is one').to.equal(false)
      const second = decided(first, 'Ana')
      expect(await own().put({ ...second, revision: 3 })).to.equal(false)
      expect(await own().put(second)).to.equal(true)
      expect(await own().put(decided(first, 'Zoë')), 'Ana was faster').to.equal(false)
      expect(await own().get('hold-1')).to.deep.equal(second)
    })

    it('lose nothing when several decide at once', async () => {
      const other = (await opened.again()).of('default').holds
      await own().put(aHold(1))
      const decide = async (store: typeof other, by: string) => {
        for (;;) {
          const hold = await store.get('hold-1')
          if (await store.put(decided(hold!, by))) return
        }
      }
      await Promise.all(['a', 'b', 'c', 'd'].map((by, i) => decide(i % 2 === 0 ? other : own(), by)))
      const { decisions, revision } = (await own().get('hold-1'))!
      expect(decisions.map(({ by }) => by).sort()).to.deep.equal(['a', 'b', 'c', 'd'])
      expect(revision).to.equal(5)
    })

    it('are committed with people, and not when somebody was lost', async () => {
      const { commit, store } = await begin(opened.store)
      expect(await commit({ users: [created(person(1))], hold: aHold(1) })).to.deep.equal({ lost: [] })
      expect(await store.holds.get('hold-1')).to.deep.equal(aHold(1))
      const lost = await commit({ users: [changed(person(1, { revision: 7 }), {})], hold: aHold(2) })
      expect(lost).to.deep.equal({ lost: [userId(1)] })
      expect(await store.holds.get('hold-2')).to.equal(null)
      await commit({ hold: { ...aHold(1), revision: 2, ended: 'approved' } })
      expect(await store.holds.get('hold-1')).to.include({ revision: 2, ended: 'approved' })
    })

    it('that are stale are left as they are, and the rest of the batch is written', async () => {
      const { commit, store } = await begin(opened.store)
      await commit({ hold: aHold(1) })
      const theirs = decided(aHold(1), 'Ana')
      await own().put(theirs)
      const stale = { ...aHold(1), revision: 2, ended: 'closed' as const }
      expect(await commit({ users: [created(person(1))], hold: stale })).to.deep.equal({ lost: [] })
      expect(await commit({ hold: aHold(1) })).to.deep.equal({ lost: [] })
      expect(await store.holds.get('hold-1')).to.deep.equal(theirs)
      expect(await store.find(userId(1))).to.have.length(1)
    })

    it('are not committed by whoever has lost the lease', async () => {
      const { commit, store } = await begin(opened.store)
      opened.clock.advance(60_000)
      await store.lease.take('another', 60_000)
      expect((await refusal(commit({ hold: aHold(1) }))).code).to.equal('lease.lost')
      expect(await store.holds.get('hold-1')).to.equal(null)
    })

    it('move with the rest of a store', async () => {
      const { fence } = await begin(opened.store)
      const archive = opened.store.archive('default')
      const items = [aHold(1), decided({ ...aHold(2), ended: 'approved' }, 'Ana')].map((value) => {
        return { key: value.id, value }
      })
      for (let time = 1; time <= 2; time += 1) await archive.put(fence, 'holds', items)
      expect(await archive.read('holds', { after: null, limit: 9 })).to.deep.equal(items)
      expect(await archive.read('holds', { after: 'hold-1', limit: 9 })).to.deep.equal(items.slice(1))
      expect(await own().list({ all: false, limit: 9 })).to.deep.equal([aHold(1)])
      await archive.drop(fence, 'holds', ['hold-1'])
      expect(await archive.read('holds', { keys: ['hold-1', 'hold-2'] })).to.deep.equal(items.slice(1))
    })
  })
}
