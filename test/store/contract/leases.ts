import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { holderName } from '../../../src/store/holder.js'
import type { LeaseHeld, LeaseStore, LeaseTaken } from '../../../src/store/port.js'
import { NOW } from '../../support/people.js'
import { aRun, begin, eachOpened, type Open } from '../support.js'

const TTL = 15_000

export function leases(open: Open): void {
  describe('the lease', () => {
    const opened = eachOpened(open)
    let lease: LeaseStore
    beforeEach(() => {
      lease = opened.store.of('default').lease
    })

    const take = async (holder = 'one', ttl = TTL) => (await lease.take(holder, ttl)) as LeaseTaken
    const beRefused = async (holder = 'two') => {
      const answer = await lease.take(holder, TTL)
      expect(answer.taken).to.equal(false)
      return answer as LeaseHeld
    }

    it('has one holder at a time, and tells the others who and until when', async () => {
      expect((await take()).taken).to.equal(true)
      expect(await beRefused()).to.deep.equal({
        taken: false,
        holder: 'one',
        since: NOW,
        until: '2026-11-20T08:00:15.000Z',
      })
    })

    it('goes to one of two who ask at once', async () => {
      const stores = await Promise.all([1, 2, 3, 4].map(() => opened.again()))
      const answers = await Promise.all(stores.map((store, i) => store.of('default').lease.take(`holder ${i}`, TTL)))
      expect(answers.filter(({ taken }) => taken)).to.have.length(1)
    })

    it('is free as soon as it was given back', async () => {
      const { fence } = await take()
      await lease.release(fence)
      expect((await take('two')).taken).to.equal(true)
    })

    it('of a dead holder is free when it has run out', async () => {
      await take()
      opened.clock.advance(TTL - 1)
      await beRefused()
      opened.clock.advance(1)
      expect((await take('two')).taken).to.equal(true)
    })

    it('gives a higher fence every time, for ever', async () => {
      const fences: number[] = []
      for (const end of ['released', 'run out', 'released', 'run out']) {
        const { fence } = await take()
        fences.push(fence)
        if (end === 'released') await lease.release(fence)
        else opened.clock.advance(TTL)
      }
      expect([...new Set(fences)].sort((a, b) => a - b)).to.deep.equal(fences)
      expect(fences).to.have.length(4)
    })

    it('lasts as long as it is renewed', async () => {
      const { fence } = await take()
      for (let i = 0; i < 5; i += 1) {
        opened.clock.advance(TTL - 1)
        expect(await lease.renew(fence, TTL)).to.equal(true)
      }
      await beRefused()
    })

    it('cannot be renewed or given back by who has lost it', async () => {
      const { fence: old } = await take()
      opened.clock.advance(TTL)
      const { fence } = await take('two')
      expect(await lease.renew(old, TTL)).to.equal(false)
      await lease.release(old)
      await beRefused('three')
      expect(await lease.renew(fence, TTL)).to.equal(true)
      await lease.release(fence)
      expect(await lease.renew(fence, TTL)).to.equal(false)
    })

    it('is not eternal when the clock was set back', async () => {
      await take()
      opened.clock.advance(-TTL)
      await beRefused()
      opened.clock.advance(-1000)
      expect((await take('two')).taken).to.equal(true)
    })

    it('is not taken from a living process, however often it asks', async () => {
      await take(holderName())
      await beRefused(holderName())
      await beRefused('two')
    })

    it('of a process of this machine that is gone is taken over at once', async () => {
      const child = spawn(process.execPath, ['-e', ''])
      await once(child, 'exit')
      const dead = holderName().replace(`:${process.pid}:`, `:${child.pid}:`)
      expect(dead).to.not.equal(holderName())
      const { fence } = await take(dead)
      expect((await take('two')).fence).to.be.greaterThan(fence)
    })

    it('hands over the runs whose holder died', async () => {
      const { store, commit } = await begin(opened.store)
      await commit({ run: aRun({ runId: 'finished', finishedAt: NOW, outcome: 'succeeded' }) })
      await commit({ run: aRun({ runId: 'died' }) })
      opened.clock.advance(60_000)
      const next = (await store.lease.take('next', TTL)) as LeaseTaken
      expect(next.unfinished).to.deep.equal([aRun({ runId: 'died' })])
      await store.commit({ fence: next.fence, run: aRun({ runId: 'died', finishedAt: NOW, outcome: 'interrupted' }) })
      await store.lease.release(next.fence)
      expect((await take()).unfinished).to.deep.equal([])
    })
  })
}
