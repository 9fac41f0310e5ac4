import { expect } from 'chai'
import fc from 'fast-check'
import { ERROR_KINDS, needsAPerson, type ErrorCode } from '../../src/domain/errors.js'
import { failing, healthy, NEW_FEEDS, type FeedHealth } from '../../src/domain/feed.js'
import { pauseInWords, pauseNow, pauseOf, triesFrom } from '../../src/domain/outage.js'

const START = Date.parse('2026-11-20T08:00:00.000Z')
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const at = (minutes: number): string => new Date(START + minutes * MINUTE_MS).toISOString()
const EARLIER = new Date(START - HOUR_MS)

/** What is known after these failures: minutes, code, and until when Microsoft asked to wait. */
function after(...failures: readonly (readonly [number, ErrorCode, (string | null)?])[]): FeedHealth {
  return failures.reduce<FeedHealth>(
    (health, [minutes, code, told = null]) =>
      failing(health, at(minutes), { code, message: `It is ${code}` }, told, true),
    healthy(at(-15)),
  )
}

const minutesOf = (health: FeedHealth): number | null => {
  const pause = pauseOf(health)
  return pause && (Date.parse(pause.until) - Date.parse(health.failedAt ?? '')) / MINUTE_MS
}

describe('a broken connection', () => {
  it('is tried after 15 and 30 minutes, 1, 2, then every 4 hours, where a person must mend it', () => {
    for (const code of ['sign-in.refused', 'graph.denied', 'settings.wrong-tenant', 'graph.redirected'] as const) {
      const waits = [1, 2, 3, 4, 5, 6, 50].map((failures) =>
        minutesOf(after(...Array.from({ length: failures }, (_, n) => [n * 300, code] as const))),
      )
      expect(waits, code).to.deep.equal([15, 30, 60, 120, 240, 240, 240])
    }
  })

  it('stays on its schedule for an hour where it passes by itself, then slows down to an hour', () => {
    const down = (minutes: number) => minutesOf(after([0, 'graph.unavailable'], [minutes, 'graph.unreachable']))
    expect([0, 59, 60, 120, 239, 240, 30_000].map(down)).to.deep.equal([null, null, 15, 30, 59.75, 60, 60])
  })

  it('waits as long as Microsoft asks, whatever would be ours', () => {
    const short = after([0, 'graph.unavailable'], [600, 'graph.throttled', at(601)])
    expect(pauseOf(short)).to.deep.equal({ until: at(601), asked: true, reason: 'It is graph.throttled' })
    expect(pauseNow(short, new Date(at(600.5)), EARLIER)?.until).to.equal(at(601))
    expect(pauseNow(short, new Date(at(601)), EARLIER)).to.equal(null)
    expect(pauseNow(short, new Date(at(600.5)), new Date(at(600.2))), 'also after a start').not.to.equal(null)
  })

  it('begins anew when something else is in the way, and forgets everything with a success', () => {
    const changed = after([0, 'graph.unavailable'], [30, 'graph.unavailable'], [45, 'sign-in.refused'])
    expect(minutesOf(changed)).to.equal(15)
    expect(changed).to.include({ failures: 1, failingSince: at(0) })
    expect(pauseOf(healthy(at(60)))).to.equal(null)
    expect(minutesOf(failing(healthy(at(60)), at(75), { code: 'graph.denied', message: 'No' }, null, true))).to.equal(
      15,
    )
  })

  it('is not passed over by a tick that comes a moment too early', () => {
    const denied = after([0, 'graph.denied'])
    const startedAt = EARLIER
    expect(pauseNow(denied, new Date(at(13.9)), startedAt)).to.deep.equal(pauseOf(denied))
    expect(pauseNow(denied, new Date(at(14.1)), startedAt)).to.equal(null)
    expect(triesFrom(pauseOf(denied)!).toISOString()).to.equal(at(14))
  })

  it('is tried once by whoever has just been started', () => {
    const denied = after([0, 'graph.denied'])
    expect(pauseNow(denied, new Date(at(1)), new Date(at(0.5)))).to.equal(null)
    const again = failing(denied, at(1.1), denied.reason!, null, true)
    expect(pauseNow(again, new Date(at(2)), new Date(at(0.5)))?.until).to.equal(at(31.1))
  })

  it('is not asked less because somebody tries by hand, nor does one success by hand begin the steps anew', () => {
    const no = { code: 'sign-in.refused', message: 'No' }
    const byHand = [1, 2, 3].reduce((health, minutes) => failing(health, at(minutes), no, null), healthy(at(0)))
    expect(pauseOf(byHand)).to.equal(null)
    const once = failing(byHand, at(15), no, null, true)
    expect(pauseOf(once)?.until).to.equal(at(30))
    expect(pauseOf(failing(once, at(20), no, null))?.until, 'by hand in the pause').to.equal(at(30))
    const works = healthy(at(21), once.scheduled)
    expect(pauseOf(works), 'worth another try').to.equal(null)
    expect(minutesOf(failing(works, at(30), no, null, true))).to.equal(30)
  })

  it('waits for no time that comes from a wrong clock', () => {
    expect(pauseNow(after([60 * 24, 'graph.denied']), new Date(at(0)), EARLIER)).to.equal(null)
  })

  it('of an older version, which did not note since when, counts from its last failure', () => {
    const { failingSince: _, ...old } = after([0, 'graph.unavailable'])
    expect(failing(old as FeedHealth, at(90), { code: 'graph.unavailable', message: 'x' }, null)).to.include({
      failingSince: at(0),
      failures: 2,
    })
    expect(pauseOf(old as FeedHealth)).to.equal(null)
  })

  it('says so in one line', () => {
    const pause = pauseOf(after([0, 'graph.denied']))
    expect(pause && pauseInWords(pause, pause.until)).to.equal(`Paused: It is graph.denied; next try ${at(15)}`)
  })

  it('never waits longer than four hours of its own accord, nor a day when asked, and always has a reason', () => {
    const codes = fc.constantFrom(...(Object.keys(ERROR_KINDS) as ErrorCode[]))
    const step = fc.record({ minutes: fc.nat(600), code: codes, told: fc.option(fc.nat(3000)), fine: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let health = NEW_FEEDS.directory.health
        let minutes = 0
        for (const { minutes: more, code, told, fine } of steps) {
          minutes += more
          const until = told === null ? null : at(minutes + told)
          health =
            fine === 0
              ? healthy(at(minutes))
              : failing(health, at(minutes), { code, message: `It is ${code}` }, until, true)
          const pause = pauseNow(health, new Date(at(minutes)), EARLIER)
          if (pause === null) continue
          const waits = Date.parse(pause.until) - Date.parse(at(minutes))
          expect(waits).to.be.within(1, pause.asked ? 24 * HOUR_MS : needsAPerson(code) ? 4 * HOUR_MS : HOUR_MS)
          expect(pause.reason).to.equal(`It is ${code}`)
        }
      }),
    )
  })
})
