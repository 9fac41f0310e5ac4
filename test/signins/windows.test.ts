import { expect } from 'chai'
import { NEW_FEEDS, type SignInFeed } from '../../src/domain/feed.js'
import { planReading, shorten } from '../../src/signins/windows.js'

const now = new Date('2026-11-20T12:00:00.000Z')
const feed = (over: Partial<SignInFeed>): SignInFeed => ({ ...NEW_FEEDS['sign-ins'], ...over })

describe('windows of the sign-in log', () => {
  it('reach back 30 days at the first run', () => {
    expect(planReading(feed({}), now)).to.deep.equal({
      from: '2026-10-21T12:00:00.000Z',
      until: now.toISOString(),
      deep: true,
    })
  })

  it('go back two hours over the one before', () => {
    const recent = feed({ readUntil: '2026-11-20T11:45:00.000Z', deepReadAt: '2026-11-20T06:00:00.000Z' })
    expect(planReading(recent, now)).to.deep.equal({
      from: '2026-11-20T09:45:00.000Z',
      until: now.toISOString(),
      deep: false,
    })
  })

  it('go back 48 hours once a day', () => {
    const due = feed({ readUntil: '2026-11-20T11:45:00.000Z', deepReadAt: '2026-11-19T11:00:00.000Z' })
    expect(planReading(due, now)).to.include({ from: '2026-11-18T11:45:00.000Z', deep: true })
  })

  it('leave no gap after a long pause, and never ask for more than 30 days', () => {
    const paused = feed({ readUntil: '2026-11-10T00:00:00.000Z', deepReadAt: '2026-11-20T11:00:00.000Z' })
    expect(planReading(paused, now).from).to.equal('2026-11-09T22:00:00.000Z')
    const asleep = feed({ readUntil: '2026-01-01T00:00:00.000Z', deepReadAt: '2026-01-01T00:00:00.000Z' })
    expect(planReading(asleep, now).from).to.equal('2026-10-21T12:00:00.000Z')
  })

  it('skip nothing when the clock was set back or was ahead', () => {
    const ahead = feed({ readUntil: '2027-01-01T00:00:00.000Z', deepReadAt: '2026-11-20T11:00:00.000Z' })
    expect(planReading(ahead, now).from).to.equal('2026-11-20T10:00:00.000Z')
  })

  it('go back 48 hours again when the clock was far ahead at the last time', () => {
    const ahead = feed({ readUntil: '2026-11-20T11:45:00.000Z', deepReadAt: '2027-06-01T00:00:00.000Z' })
    expect(planReading(ahead, now).deep).to.equal(true)
  })

  it('become shorter when Microsoft keeps less: 7 days, one day, then no more', () => {
    const until = now.toISOString()
    const week = shorten('2026-10-21T12:00:00.000Z', until)
    expect(week).to.equal('2026-11-13T12:00:00.000Z')
    expect(shorten(week ?? '', until)).to.equal('2026-11-19T12:00:00.000Z')
    expect(shorten('2026-11-19T12:00:00.000Z', until)).to.equal(null)
  })
})
