import { expect } from 'chai'
import { failing, healthy, NEW_FEEDS, waitsUntil } from '../../src/domain/feed.js'

const now = new Date('2026-11-20T12:00:00.000Z')
const told = (notBefore: string | null) =>
  failing(NEW_FEEDS.directory.health, now.toISOString(), { code: 'graph.throttled', message: 'Wait' }, notBefore)

describe('the health of a feed', () => {
  it('makes a schedule wait as long as it was told, and no longer', () => {
    expect(waitsUntil(told('2026-11-20T13:00:00.000Z'), now)?.toISOString()).to.equal('2026-11-20T13:00:00.000Z')
    expect(waitsUntil(told('2026-11-20T11:59:59.000Z'), now)).to.equal(null)
    expect(waitsUntil(told(null), now)).to.equal(null)
  })

  it('binds nobody for more than a day: such a time comes from a wrong clock', () => {
    expect(waitsUntil(told('2027-11-20T13:00:00.000Z'), now)).to.equal(null)
  })

  it('counts failures in a row, keeps the last success, and forgets them with the next one', () => {
    const good = healthy('2026-11-20T10:00:00.000Z')
    const bad = failing(
      failing(good, now.toISOString(), { code: 'x', message: 'y' }, null),
      now.toISOString(),
      { code: 'x', message: 'y' },
      null,
    )
    expect(bad).to.include({ failures: 2, succeededAt: '2026-11-20T10:00:00.000Z' })
    expect(healthy(now.toISOString())).to.include({ failures: 0, reason: null, notBefore: null })
  })
})
