import { expect } from 'chai'
import type { Run } from '../../src/domain/run.js'
import { runLeft, stillAsked, toMakeUp, type Asked } from '../../src/domain/ticks.js'
import { aRun } from '../store/support.js'

const at = (time: string): string => `2026-11-20T${time}:00.000Z`
const NOW = new Date(at('04:10'))
const TICK = { tick: at('04:00'), since: at('04:00') }

let runs = 0
function run(from: string, to: string | null, over: Partial<Run> = {}): Run {
  return aRun({
    runId: `run-${(runs += 1)}`,
    trigger: 'schedule',
    startedAt: at(from),
    finishedAt: to && at(to),
    outcome: to === null ? null : 'succeeded',
    ...over,
  })
}
const isDone = (asked: Asked, all: readonly Run[], now: Date): boolean => stillAsked(asked, all, now) === null
const dead = (from: string, to: string): Run => run(from, to, { outcome: 'interrupted' })

describe('a tick of the schedule', () => {
  it('is done by one run that ended by itself, however it ended', () => {
    expect(isDone(TICK, [], NOW)).to.equal(false)
    expect(isDone(TICK, [run('03:00', '03:01')], NOW)).to.equal(false)
    expect(isDone(TICK, [run('04:00', '04:01')], NOW)).to.equal(true)
    expect(isDone(TICK, [run('04:00', '04:01', { outcome: 'failed' })], NOW)).to.equal(true)
    expect(isDone(TICK, [run('04:00', null)], NOW)).to.equal(false)
    expect(isDone(TICK, [dead('04:00', '04:01')], NOW)).to.equal(false)
  })

  it('is not done by a run that failed because the store was away', () => {
    const failed = (code: string): Run =>
      run('04:00', '04:01', { outcome: 'failed', error: { code, message: '', remedy: null, requestId: null } })
    expect(isDone(TICK, [failed('store.unreachable')], NOW)).to.equal(false)
    expect(isDone(TICK, [failed('store.locked')], NOW)).to.equal(false)
    expect(isDone(TICK, [failed('store.corrupt')], NOW), 'stays until a person mends it').to.equal(true)
    expect(isDone(TICK, [failed('graph.unreachable')], NOW)).to.equal(true)
  })

  it('is the later one for whoever waited so long that the run of another one was left', () => {
    const later = dead('04:05', '04:06')
    const done = run('04:00', '04:01', { tick: at('04:00') })
    expect(stillAsked(TICK, [{ ...later, tick: at('04:05') }, done], NOW)?.tick).to.equal(at('04:05'))
    expect(stillAsked(TICK, [{ ...later, tick: at('03:55') }], NOW)?.tick).to.equal(TICK.tick)
    expect(stillAsked({ ...TICK, tick: null }, [{ ...later, tick: at('04:05') }], NOW)?.tick).to.equal(at('04:05'))
  })

  it('is not had twice when what was left is gone on with: that run is for no tick', () => {
    const done = run('04:00', '04:01', { tick: at('04:00') })
    for (const tick of [undefined, at('03:55'), at('04:00')]) {
      const left = { ...dead('04:05', '04:06'), ...(tick === undefined ? {} : { tick }) }
      expect(stillAsked(TICK, [left, done], NOW)).to.deep.equal({ ...TICK, tick: null })
    }
  })

  it('is done by a run that was on meanwhile, by hand too, but not by one about one person or one that undoes', () => {
    expect(isDone(TICK, [run('03:50', '04:02', { trigger: 'manual' })], NOW)).to.equal(true)
    expect(isDone(TICK, [run('03:50', '04:02', { kind: 'single-user' })], NOW)).to.equal(false)
    expect(isDone(TICK, [run('03:50', '04:02', { kind: 'undo' })], NOW)).to.equal(false)
  })

  it('is the same one on machines whose clocks differ by minutes', () => {
    // Gone on with by a machine that is three minutes slow.
    expect(isDone(TICK, [run('03:57', '03:58', { tick: at('04:00') })], NOW)).to.equal(true)
    expect(isDone(TICK, [run('03:57', '03:58', { tick: at('03:45') })], NOW)).to.equal(false)
    expect(isDone(TICK, [run('04:03', '04:04', { tick: at('04:00') })], NOW)).to.equal(true)
  })

  it('is not done by a run from a clock that is wrong by more', () => {
    expect(isDone(TICK, [run('16:00', '16:01', { tick: at('16:00') })], NOW)).to.equal(false)
  })
})

describe('a run that was left', () => {
  it('is the last one by schedule that is on or was cut short, unless another has come after it', () => {
    const left = dead('04:00', '04:02')
    expect(runLeft([left], NOW)).to.equal(left)
    expect(runLeft([run('03:00', '03:01'), left], NOW)).to.equal(left)
    expect(runLeft([run('04:05', '04:06', { trigger: 'manual' }), left], NOW)).to.equal(null)
    expect(runLeft([run('04:05', '04:06', { kind: 'single-user' }), left], NOW)).to.equal(left)
    const on = run('04:00', null)
    expect(runLeft([on, run('04:03', '04:04')], NOW)).to.equal(on)
    expect(runLeft([dead('04:00', '04:02'), run('03:58', '04:03')], NOW), 'begun by a slow clock').to.equal(null)
  })

  it('by hand is the affair of whoever began it', () => {
    expect(runLeft([run('04:00', null, { trigger: 'manual' })], NOW)).to.equal(null)
  })

  it('is gone on with five times at once: then it may be the work that ends processes', () => {
    const five = ['04:01', '04:02', '04:03', '04:04', '04:05'].map((time) => dead('04:00', time))
    expect(runLeft(five, NOW)).to.equal(five[4])
    const six = [...five, dead('04:05', '04:06')]
    expect(runLeft(six, NOW)).to.equal(null)
    expect(isDone(TICK, six, NOW), 'the next tick').to.equal(false)
    expect(toMakeUp(new Date(at('03:10')), six, NOW), 'a new process').to.equal(null)
  })
})

describe('a process that starts', () => {
  const since = new Date(at('03:10'))

  it('makes up for what was missed, once', () => {
    const asked = toMakeUp(since, [run('02:00', '02:01')], NOW)
    expect(asked).to.deep.equal({ tick: null, since: at('03:10') })
    expect(isDone(asked!, [run('04:10', '04:11')], NOW)).to.equal(true)
    expect(toMakeUp(since, [], NOW)).to.deep.equal(asked)
    expect(toMakeUp(since, [run('04:00', '04:01')], NOW)).to.equal(null)
  })

  it('goes on with a run that was left, for the tick it was for', () => {
    const left = run('04:03', null, { tick: at('04:00') })
    expect(toMakeUp(since, [left, run('04:00', '04:01')], NOW)).to.deep.equal({ tick: at('04:00'), since: at('04:03') })
  })
})
