import { expect } from 'chai'
import { mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Asked } from '../../src/domain/ticks.js'
import { freshnessTarget, startSchedule, type ScheduleOptions } from '../../src/jobs/schedule.js'
import type { Log } from '../../src/logging/log.js'

const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
}
const NEVER = '0 0 1 1 *'
const EVERY_SECOND = '* * * * * *'
const OWED: Asked = { tick: null, since: '2026-11-20T04:00:00.000Z' }

function options(over: Partial<ScheduleOptions>): ScheduleOptions {
  return {
    cron: NEVER,
    timezone: null,
    log: quiet,
    pause: () => Promise.resolve(null),
    run: () => Promise.resolve(),
    ...over,
  }
}

describe('schedule', () => {
  it('starts nothing by itself before its tick', async () => {
    let runs = 0
    const schedule = startSchedule(options({ run: () => Promise.resolve(void (runs += 1)) }))
    await sleep(50)
    await schedule.stop()
    expect(runs).to.equal(0)
  })

  it('says which tick a run is for: the time it was scheduled for, not when it began', async () => {
    const asked: Asked[] = []
    const run = (what: Asked): Promise<void> => Promise.resolve(void asked.push(what))
    const schedule = startSchedule(options({ cron: EVERY_SECOND, run }))
    while (asked.length === 0) await sleep(20)
    await schedule.stop()
    expect(asked[0]?.tick).to.match(/T\d\d:\d\d:\d\d\.000Z$/)
    expect(asked[0]?.since).to.equal(asked[0]?.tick)
  })

  describe('on a machine that was suspended over ticks', () => {
    afterEach(() => mock.timers.reset())

    /** The ticks that have a run of a process which is started, notices nothing for a while, and then goes on for an hour. */
    async function ticksOf(
      cron: string,
      { started, suspended, woken }: Record<'started' | 'suspended' | 'woken', string>,
    ) {
      mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse(started) })
      const ticks: (string | null)[] = []
      const run = ({ tick }: Asked): Promise<void> => Promise.resolve(void ticks.push(tick))
      const schedule = startSchedule(options({ cron, timezone: 'UTC', run }))
      const goOn = async (until: string): Promise<void> => {
        for (let left = Date.parse(until) - Date.now(); left > 0; left -= 60_000) {
          mock.timers.tick(Math.min(60_000, left))
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      await goOn(suspended)
      mock.timers.setTime(Date.parse(woken))
      await goOn(new Date(Date.parse(woken) + 3_600_000).toISOString())
      await schedule.stop()
      return ticks
    }

    for (const [late, woken] of [
      ['two seconds', '2026-11-20T04:00:02.300Z'],
      ['five hours', '2026-11-20T09:00:00.000Z'],
    ] as const)
      it(`has the run of a day ${late} late, once`, async () => {
        const times = { started: '2026-11-20T03:00:00.000Z', suspended: '2026-11-20T03:59:30.000Z', woken }
        expect(await ticksOf('0 4 * * *', times)).to.deep.equal(['2026-11-20T04:00:00.000Z'])
      })

    it('has one run for all it has missed, and goes on as ever', async () => {
      const times = {
        started: '2026-11-20T03:59:00.000Z',
        suspended: '2026-11-20T04:10:00.000Z',
        woken: '2026-11-20T08:50:00.000Z',
      }
      expect(await ticksOf('*/30 * * * *', times)).to.deep.equal([
        '2026-11-20T04:00:00.000Z',
        '2026-11-20T08:30:00.000Z',
        '2026-11-20T09:00:00.000Z',
        '2026-11-20T09:30:00.000Z',
      ])
    })
  })

  it('makes up for something between ticks, one at a time, and says when that was not possible', async () => {
    const asked: Asked[] = []
    let ends: () => void = () => undefined
    const busy = new Promise<void>((resolve) => (ends = resolve))
    const run = (what: Asked): Promise<void> => {
      asked.push(what)
      return asked.length === 1 ? busy : Promise.reject(new Error('the store is gone'))
    }
    const schedule = startSchedule(options({ run }))
    const both = [schedule.makeUp(OWED), schedule.makeUp({ ...OWED, since: 'another' })]
    await sleep(20)
    ends()
    expect(await Promise.all(both)).to.deep.equal([true, true])
    expect(asked).to.deep.equal([OWED])
    expect(await schedule.makeUp(OWED)).to.equal(false)
    await schedule.stop()
    expect(await schedule.makeUp(OWED)).to.equal(true)
    expect(asked).to.have.length(2)
  })

  it('never runs two at once: a tick during a run is passed over', async () => {
    let current = 0
    let most = 0
    let runs = 0
    const run = async (): Promise<void> => {
      runs += 1
      most = Math.max(most, (current += 1))
      await sleep(1500)
      current -= 1
    }
    const schedule = startSchedule(options({ cron: EVERY_SECOND, run }))
    while (runs < 2) await sleep(20)
    await schedule.stop()
    expect(most).to.equal(1)
  })

  it('leaves a run out while Microsoft told us to wait', async () => {
    let runs = 0
    const pause = { until: new Date(Date.now() + 60_000).toISOString(), asked: true, reason: 'Wait' }
    const run = (): Promise<void> => Promise.resolve(void (runs += 1))
    const schedule = startSchedule(options({ pause: () => Promise.resolve(pause), run }))
    await schedule.makeUp(OWED)
    await schedule.stop()
    expect(runs).to.equal(0)
  })

  it('knows the first tick after a pause, and gives up on ticks that are too many', async () => {
    const schedule = startSchedule(options({ cron: '*/15 * * * *' }))
    const later = new Date(Date.now() + 4 * 3_600_000)
    expect((schedule.nextRun(later)?.getTime() ?? 0) - later.getTime()).to.be.within(0, 15 * 60_000)
    await schedule.stop()
    const everySecond = startSchedule(options({ cron: EVERY_SECOND }))
    expect(everySecond.nextRun(later)).to.equal(null)
    await everySecond.stop()
  })

  it('goes on after a run that could not begin, and says so', async () => {
    const said: string[] = []
    let tries = 0
    const run = (): Promise<void> => {
      tries += 1
      return Promise.reject(new Error('the store is locked'))
    }
    const log: Log = { ...quiet, error: (message) => void said.push(message) }
    const schedule = startSchedule(options({ cron: EVERY_SECOND, run, log }))
    while (tries < 2) await sleep(20)
    await schedule.stop()
    expect(said).to.have.length(tries)
  })

  it('waits for the run under way when it is stopped', async () => {
    let ended = false
    const run = async (): Promise<void> => {
      await sleep(200)
      ended = true
    }
    const schedule = startSchedule(options({ run }))
    void schedule.makeUp(OWED)
    await sleep(20)
    await schedule.stop()
    expect(ended).to.equal(true)
  })

  it('knows when it runs next', async () => {
    const schedule = startSchedule(options({ cron: '*/15 * * * *' }))
    const next = schedule.nextRun()
    await schedule.stop()
    expect((next?.getTime() ?? 0) - Date.now()).to.be.within(0, 15 * 60_000)
  })

  it('calls data fresh for four ticks, an hour at least', () => {
    expect(freshnessTarget('*/15 * * * *', null)).to.equal(3_600_000)
    expect(freshnessTarget('* * * * *', null)).to.equal(3_600_000)
    expect(freshnessTarget('0 */2 * * *', 'Europe/Zurich')).to.equal(8 * 3_600_000)
  })
})
