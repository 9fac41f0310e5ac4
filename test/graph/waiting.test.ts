import { expect } from 'chai'
import { httpDate, patience, pauseMs, retryAfterMs } from '../../src/graph/waiting.js'

const NOW = new Date('2026-11-20T08:00:00.000Z')
const DAY_MS = 86_400_000

describe('Retry-After', () => {
  const table: readonly (readonly [string, number | null])[] = [
    ['10', 10_000],
    [' 10 ', 10_000],
    ['0', 0],
    ['0.249', 249],
    ['2.128', 2128],
    ['.5', 500],
    ['7.', 7000],
    ['0.0001', 1],
    ['86400', DAY_MS],
    ['86401', DAY_MS],
    ['1e400', null],
    ['9'.repeat(400), DAY_MS],
    ['Fri, 20 Nov 2026 08:00:30 GMT', 30_000],
    ['Friday, 20-Nov-26 08:00:30 GMT', 30_000],
    ['Fri Nov 20 08:00:30 2026 GMT', 30_000],
    ['Fri, 20 Nov 2026 07:00:00 GMT', 0],
    ['Sat, 20 Nov 2027 08:00:00 GMT', DAY_MS],
    ['', null],
    ['-1', null],
    ['-0', null],
    ['NaN', null],
    ['Infinity', null],
    ['0x10', null],
    ['1e3', null],
    ['10s', null],
    ['10, 20', null],
    ['soon 1', null],
    ['2026-11-20T08:00:30Z', null],
    ['Fri, 99 Nov 2026 08:00:30 GMT', null],
  ]
  for (const [value, ms] of table) {
    it(`"${value.slice(0, 40)}" is ${ms === null ? 'as good as missing' : `${ms} ms`}`, () => {
      expect(retryAfterMs({ 'retry-after': value }, NOW)).to.equal(ms)
    })
  }

  it('may be missing', () => {
    expect(retryAfterMs({}, NOW)).to.equal(null)
  })

  it('a date counts from the answer’s own date', () => {
    const headers = { 'retry-after': 'Fri, 20 Nov 2026 09:00:30 GMT', date: 'Fri, 20 Nov 2026 09:00:00 GMT' }
    expect(retryAfterMs(headers, NOW)).to.equal(30_000)
    expect(httpDate('yesterday')).to.equal(null)
  })
})

describe('the pause before the next try', () => {
  it('is what we were told, above a floor that doubles up to 30 s', () => {
    expect([1, 2, 3, 8, 9, 1000].map((nth) => pauseMs(0, nth, 0.5))).to.deep.equal([
      250, 500, 1000, 30_000, 30_000, 30_000,
    ])
    expect(pauseMs(120_000, 1000, 0.5)).to.equal(120_000)
    expect(pauseMs(-5000, 1, 0.5)).to.equal(250)
  })

  it('when nobody says grows from about a second to about 30, never twice the same', () => {
    for (const nth of [1, 2, 3, 6, 1000]) {
      const middle = Math.min(1000 * 2 ** (nth - 1), 30_000)
      expect([0, 0.5, 1].map((random) => pauseMs(null, nth, random))).to.deep.equal([
        middle * 0.75,
        middle,
        middle * 1.25,
      ])
    }
  })
})

describe('patience', () => {
  const failure = { startedAt: 0, failedAt: 0, toldMs: null, pauseMs: 0 }

  it('ends where the next try would come too late, counted from the start of the first failed attempt', () => {
    const patient = patience(10_000)
    expect(patient.bears({ ...failure, failedAt: 4000, pauseMs: 1000 })).to.equal(true)
    expect(patient.bears({ ...failure, startedAt: 5000, failedAt: 8000, pauseMs: 2000 })).to.equal(true)
    expect(patient.bears({ ...failure, startedAt: 10_000, failedAt: 10_000, pauseMs: 1 })).to.equal(false)
  })

  it('bears a wait as long as itself, although the answer took a while', () => {
    expect(patience(2000).bears({ startedAt: 0, failedAt: 50, toldMs: 2000, pauseMs: 2000 })).to.equal(true)
    expect(patience(2000).bears({ startedAt: 0, failedAt: 50, toldMs: 2001, pauseMs: 2001 })).to.equal(false)
    expect(patience(2000).bears({ startedAt: 0, failedAt: 50, toldMs: null, pauseMs: 2000 })).to.equal(false)
  })

  it('bears such a wait once, not again and again', () => {
    const patient = patience(2000)
    expect(patient.bears({ startedAt: 0, failedAt: 50, toldMs: 2000, pauseMs: 2000 })).to.equal(true)
    expect(patient.bears({ startedAt: 2050, failedAt: 2100, toldMs: 2000, pauseMs: 2000 })).to.equal(false)
  })

  it('is whole again after a good answer, after giving up, and after a long silence', () => {
    const late = { ...failure, startedAt: 9000, failedAt: 9500, pauseMs: 1000 }
    const patient = patience(10_000)
    patient.bears(failure)
    expect(patient.bears(late)).to.equal(false)
    expect(patient.bears(late)).to.equal(true)
    patient.restore()
    expect(patient.bears({ ...late, startedAt: 19_000, failedAt: 19_100 })).to.equal(true)
    expect(patient.bears({ ...late, startedAt: 900_000, failedAt: 900_100 })).to.equal(true)
  })

  it('limits how long an attempt may take, but for a moment for the very last one', () => {
    const patient = patience(90_000)
    expect(patient.leftMs(0)).to.equal(90_000)
    patient.bears(failure)
    expect([30_000, 85_000, 90_010].map((elapsedMs) => patient.leftMs(elapsedMs))).to.deep.equal([
      60_000, 10_000, 10_000,
    ])
    const short = patience(300)
    short.bears(failure)
    expect(short.leftMs(299)).to.equal(300)
  })
})
