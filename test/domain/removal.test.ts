import { expect } from 'chai'
import { isOverLimit, recentlyRemoved, withRemoved, type RemovedThen } from '../../src/domain/removal.js'

const NOW = new Date('2026-11-20T08:30:00.000Z')
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS

function ago(ms: number, count: number): RemovedThen {
  return { at: new Date(NOW.getTime() - ms).toISOString(), count }
}

describe('the limit for removals', () => {
  const isOver = (toRemove: number, people: number, removed: readonly RemovedThen[] = []): boolean =>
    isOverLimit({ toRemove, people, removed, now: NOW }, { count: 20, percent: 5 })

  it('is passed by more people and more per cent at once, not by either', () => {
    expect(isOver(21, 400)).to.equal(true)
    expect(isOver(20, 100)).to.equal(false)
    expect(isOver(21, 420)).to.equal(false)
    expect(isOver(22, 420)).to.equal(true)
    expect(isOver(21, 10_000)).to.equal(false)
  })

  it('counts those of the last seven days, who are no longer among all', () => {
    expect(isOver(1, 380, [ago(HOUR_MS, 20)])).to.equal(true)
    expect(isOver(1, 400, [ago(HOUR_MS, 20)])).to.equal(false)
    expect(isOver(1, 380, [ago(WEEK_MS, 20)])).to.equal(false)
    expect(isOver(1, 380, [ago(WEEK_MS - 1, 10), ago(2 * HOUR_MS, 10)])).to.equal(true)
  })

  it('is not passed by nobody, whoever was removed before', () => {
    expect(isOver(0, 10, [ago(HOUR_MS, 1000)])).to.equal(false)
  })

  it('believes no clock: what was removed in the future counts', () => {
    expect(isOver(1, 380, [ago(-WEEK_MS, 20)])).to.equal(true)
  })

  it('of nothing holds whoever is to go', () => {
    const facts = { toRemove: 1, people: 1000, removed: [], now: NOW }
    expect(isOverLimit(facts, { count: 0, percent: 0 })).to.equal(true)
    expect(isOverLimit({ ...facts, toRemove: 0 }, { count: 0, percent: 0 })).to.equal(false)
  })
})

describe('what was removed in the last days', () => {
  const HOUR = '2026-11-20T08:00:00.000Z'

  it('is kept by the hour, one entry for each', () => {
    expect(withRemoved([], 3, NOW)).to.deep.equal([{ at: HOUR, count: 3 }])
    expect(withRemoved([{ at: HOUR, count: 3 }], 2, NOW)).to.deep.equal([{ at: HOUR, count: 5 }])
    const before = ago(2 * HOUR_MS, 1)
    expect(withRemoved([before], 2, NOW)).to.deep.equal([before, { at: HOUR, count: 2 }])
  })

  it('has no entry of nobody, and none that is thirty days old', () => {
    expect(withRemoved([ago(30 * DAY_MS, 4), ago(30 * DAY_MS - 1, 1)], 0, NOW)).to.deep.equal([ago(30 * DAY_MS - 1, 1)])
  })

  it('remembers who counts through a run with a clock that is days ahead', () => {
    const ahead = new Date(NOW.getTime() + 8 * DAY_MS)
    expect(recentlyRemoved(withRemoved([ago(HOUR_MS, 4)], 0, ahead), NOW)).to.deep.equal([ago(HOUR_MS, 4)])
  })

  it('counts none that is seven days old', () => {
    expect(recentlyRemoved([ago(WEEK_MS, 4)], NOW)).to.deep.equal([])
  })
})
