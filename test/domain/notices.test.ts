import { expect } from 'chai'
import fc from 'fast-check'
import type { ErrorCode } from '../../src/domain/errors.js'
import { failing, healthy, NEW_FEEDS, type FeedHealth } from '../../src/domain/feed.js'
import { fresh, look, withHeld, type Alerts, type NoticeEvent, type Telling } from '../../src/domain/notices.js'

const START = Date.parse('2026-11-20T08:00:00.000Z')
const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
const QUIET: Alerts = NEW_FEEDS.alerts
const TO = ['o’brien@contoso.example', 'webhook']

/** An admin's view of a connection, hour by hour. */
class World {
  hours = 0
  health: FeedHealth = NEW_FEEDS.directory.health
  alerts: Alerts = QUIET
  readonly told: { readonly event: NoticeEvent; readonly hours: number }[] = []
  private made = 0

  get telling(): Telling {
    return { now: new Date(START + this.hours * HOUR_MS), newId: () => `notice ${(this.made += 1)}`, to: TO }
  }

  fail(code: ErrorCode, bySchedule = false): void {
    const at = this.telling.now.toISOString()
    this.health = failing(this.health, at, { code, message: `It is ${code}`, remedy: 'Mend it.' }, null, bySchedule)
  }

  succeed(bySchedule = true): void {
    this.health = healthy(this.telling.now.toISOString(), bySchedule ? null : this.health.scheduled)
  }

  /** What was sent has arrived, unless `lost`. */
  look(lost = false): void {
    this.alerts = look(this.alerts, this.health, this.telling)
    if (lost) return
    for (const { event } of this.alerts.owed) this.told.push({ event, hours: this.hours })
    this.alerts = { ...this.alerts, owed: [] }
  }

  get events(): string[] {
    return this.told.map(({ event }) => event.replace('connection.', ''))
  }
}

describe('admins are told', () => {
  let world: World
  beforeEach(() => (world = new World()))

  it('of what a person must mend at the second failure in a row, and nothing of a single one', () => {
    world.succeed()
    world.hours = 0.25
    world.fail('sign-in.refused')
    world.look()
    expect(world.events).to.deep.equal([])
    world.hours = 0.5
    world.fail('sign-in.refused')
    world.look()
    world.look()
    expect(world.events).to.deep.equal(['broken'])
  })

  it('at the first failure where nothing has worked for an hour, so that a daily schedule need not wait a day', () => {
    world.succeed()
    world.hours = 24
    world.fail('graph.denied')
    world.look()
    expect(world.events).to.deep.equal(['broken'])
  })

  it('not of the very first failure: whoever sets a connection up is looking at it', () => {
    world.fail('sign-in.refused')
    world.look()
    expect(world.events).to.deep.equal([])
    world.fail('sign-in.refused')
    world.look()
    expect(world.events).to.deep.equal(['broken'])
  })

  it('of a schedule that goes on failing while commands succeed in between, until it succeeds itself', () => {
    world.succeed()
    for (let n = 0; n < 12; n += 1) {
      world.hours += 0.25
      world.fail('sign-in.refused', true)
      world.look()
      world.hours += 0.1
      world.succeed(false)
      world.look()
    }
    expect(world.told).to.deep.equal([{ event: 'connection.broken', hours: 0.6 }])
    world.hours += 0.25
    world.succeed()
    world.look()
    expect(world.events).to.deep.equal(['broken', 'healthy'])
  })

  it('at once that it works where a single failure of the schedule has been mended by hand', () => {
    world.succeed()
    world.hours = 24
    world.fail('sign-in.refused', true)
    world.look()
    world.hours = 30
    world.succeed(false)
    world.look()
    expect(world.events).to.deep.equal(['broken', 'healthy'])
  })

  it('of the end where commands have taken the place of a schedule that failed', () => {
    world.fail('sign-in.refused', true)
    world.fail('sign-in.refused', true)
    world.look()
    world.succeed(false)
    world.look()
    expect(world.events).to.deep.equal(['broken'])
    world.hours = 48
    world.look()
    expect(world.events.at(-1)).to.equal('healthy')
  })

  it('of what passes by itself when tries an hour apart have failed', () => {
    world.succeed()
    for (const hours of [1, 1.25, 1.5, 1.75]) {
      world.hours = hours
      world.fail('graph.unreachable')
      world.look()
    }
    expect(world.events).to.deep.equal([])
    world.hours = 2
    world.look()
    expect(world.events, 'nobody has tried again').to.deep.equal([])
    world.fail('graph.unavailable')
    world.look()
    expect(world.events).to.deep.equal(['broken'])
  })

  it('again after 1, 3 and 7 days, then every 7 days, and once when it works', () => {
    world.fail('graph.denied')
    world.fail('graph.denied')
    for (; world.hours <= 30 * 24; world.hours += 1) world.look()
    world.succeed()
    world.look()
    world.look()
    expect(world.told.map(({ event, hours }) => [event.replace('connection.', ''), hours / 24])).to.deep.equal([
      ['broken', 0],
      ...[1, 3, 7, 14, 21, 28].map((days) => ['reminder', days]),
      ['healthy', 30 + 1 / 24],
    ])
  })

  it('once where several reminders were slept through', () => {
    world.fail('graph.denied')
    world.fail('graph.denied')
    world.look()
    world.hours = 24 * 22
    world.look()
    world.look()
    expect(world.events).to.deep.equal(['broken', 'reminder'])
    world.hours = 24 * 28
    world.look()
    expect(world.events).to.deep.equal(['broken', 'reminder', 'reminder'])
  })

  it('what was in the way, since when, and when it is tried again', () => {
    world.fail('graph.unavailable')
    world.hours = 2
    world.fail('sign-in.refused', true)
    world.fail('sign-in.refused', true)
    world.look(true)
    const { id, ...notice } = world.alerts.owed[0] ?? expect.fail('nothing is owed')
    expect(id).to.equal('notice 1')
    expect(notice).to.deep.equal({
      event: 'connection.broken',
      at: '2026-11-20T10:00:00.000Z',
      since: '2026-11-20T08:00:00.000Z',
      reason: { code: 'sign-in.refused', message: 'It is sign-in.refused', remedy: 'Mend it.' },
      nextTryAt: '2026-11-20T10:30:00.000Z',
      held: null,
      owed: TO,
    })
    world.succeed()
    world.look(true)
    expect(world.alerts.owed.map(({ event, since, reason }) => [event, since, reason?.code])).to.deep.equal([
      ['connection.healthy', '2026-11-20T08:00:00.000Z', 'sign-in.refused'],
    ])
  })

  it('nothing that a fault of ours quotes', () => {
    const message = 'Something unexpected happened while reading: cannot read "Ana Novák"'
    const at = world.telling.now.toISOString()
    for (let n = 0; n < 2; n += 1) world.health = failing(world.health, at, { code: 'bug', message }, null)
    world.look(true)
    expect(JSON.stringify(world.alerts)).to.contain('"bug"').and.not.to.contain('Ana')
  })

  it('of held removals beside it, until the news is a day old or nobody is to be told any more', () => {
    const held = { holdId: 'h1', count: 2611, causes: [{ cause: 'deleted in Entra', count: 2611 }] }
    world.alerts = withHeld(world.alerts, held, world.telling)
    world.fail('graph.denied')
    world.fail('graph.denied')
    world.look(true)
    expect(world.alerts.owed.map(({ event }) => event)).to.deep.equal(['removals.held', 'connection.broken'])
    expect(world.alerts.owed[0]?.held).to.deep.equal(held)
    expect(world.alerts.holds).to.deep.equal(['h1'])
    const fewer = fresh(world.alerts, { ...world.telling, to: ['webhook', 'somebody-new@contoso.example'] })
    expect(fewer.owed.map(({ owed }) => owed)).to.deep.equal([['webhook'], ['webhook']])
    world.hours = 24
    expect(fresh(world.alerts, world.telling)).to.deep.equal({ ...world.alerts, owed: [] })
    expect(world.alerts.outage).not.to.equal(null)
  })

  it('never twice that it is broken, never of an end without a beginning, and ever more rarely', () => {
    const codes = fc.constantFrom<ErrorCode>('sign-in.refused', 'graph.unavailable', 'graph.throttled', 'bug')
    const step = fc.record({
      hours: fc.double({ min: 0, max: 60, noNaN: true }),
      code: codes,
      fine: fc.nat(7),
      lost: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const any = new World()
        const decided: { event: NoticeEvent; hours: number }[] = []
        for (const { hours, code, fine, lost } of steps) {
          any.hours += hours
          if (fine === 0) any.succeed()
          else any.fail(code)
          const before = any.alerts
          any.look(lost)
          const after = any.alerts.outage
          if (!before.outage && after) decided.push({ event: 'connection.broken', hours: any.hours })
          else if (before.outage && !after) decided.push({ event: 'connection.healthy', hours: any.hours })
          else if (after && after.reminders > (before.outage?.reminders ?? 0))
            decided.push({ event: 'connection.reminder', hours: any.hours })
          expect(any.alerts.owed.length, 'only an end and the next beginning are on their way').to.be.at.most(2)
        }
        let brokenAt: number | null = null
        let reminders = 0
        for (const { event, hours } of decided) {
          if (event === 'connection.broken') {
            expect(brokenAt).to.equal(null)
            brokenAt = hours
            reminders = 0
          } else {
            expect(brokenAt).not.to.equal(null)
            if (event === 'connection.healthy') brokenAt = null
            else
              expect((hours - (brokenAt ?? 0)) * HOUR_MS).to.be.at.least(
                ([1, 3, 7][reminders] ?? 7 * (reminders - 1)) * DAY_MS - 1,
              )
            reminders += 1
          }
        }
        const arrived = any.events.filter((event) => event !== 'reminder')
        for (const [index, event] of arrived.entries())
          if (event === 'broken') expect(arrived[index - 1]).not.to.equal('broken')
      }),
    )
  })
})
