import { expect } from 'chai'
import { realClock, sleepFor, type Clock } from '../../src/graph/clock.js'
import { ConnectorError } from '../../src/domain/errors.js'
import { NOW, failureOf, fakeClock, never } from './support/microsoft.js'

describe('sleeping', () => {
  it('goes on when a timer fires early', async () => {
    const clock = fakeClock()
    const early: Clock = { ...clock, sleep: (ms, signal) => clock.sleep(Math.max(1, ms - 2), signal) }
    await sleepFor(early, 100, never)
    expect(clock.elapsedMs()).to.be.at.least(100)
  })

  it('does not depend on what the clock on the wall says', async () => {
    const clock = { ...realClock(() => NOW), now: () => new Date(NOW.getTime() - 3_600_000) }
    const before = clock.elapsedMs()
    await sleepFor(clock, 20, never)
    expect(clock.elapsedMs() - before).to.be.at.least(20)
  })

  it('does not happen when there is nothing to wait for', async () => {
    const clock = fakeClock()
    await sleepFor(clock, 0, never)
    await sleepFor(clock, -1, never)
    expect(clock.slept).to.deep.equal([])
  })

  it('ends with the reason for stopping, when it is one of ours', async () => {
    const lost = new ConnectorError('lease.lost', { message: 'Another machine took over' })
    const clock = realClock(() => NOW)
    expect(await failureOf(sleepFor(clock, 60_000, AbortSignal.abort(lost)))).to.equal(lost)
    const stop = new AbortController()
    const slept = failureOf(sleepFor(clock, 60_000, stop.signal), 'run.interrupted')
    stop.abort(new Error('somebody else’s reason'))
    expect((await slept).meanwhile).to.contain('saved')
  })
})
