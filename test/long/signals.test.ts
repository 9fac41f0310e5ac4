import { expect } from 'chai'
import { openSqlite } from '../../src/store/sqlite/open.js'
import type { Command } from '../../src/simulator/control.js'
import { runOf, type Ended } from './support/command-process.js'
import { inLanes, openLanes, type Lane } from './support/lane.js'
import { inFile } from './support/trial-store.js'
import { moments, reach, type Moment } from './support/moments.js'
import { KINDS, SCHEDULED, type Kind, type Trial } from './support/trial.js'
import { expectUndisturbed } from './support/verdict.js'

/** Slow enough for a signal to come in time on a busy machine. */
const LATENCY_MS = 25
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

interface Stop {
  /** Ordered from the tenant before the run starts. */
  readonly orders: readonly Command[]
  readonly at: Moment
  readonly signals: readonly (typeof SIGNALS)[number][]
}

describe('a run stopped by SIGTERM or Ctrl-C', () => {
  let lanes: readonly Lane[] = []
  const slowly: Command = { op: 'latency', latencyMs: LATENCY_MS }

  before('prepare tenants and stores', async () => {
    lanes = await openLanes(2, inFile, 5)
  })
  after(() => Promise.all(lanes.map((lane) => lane.close())))

  for (const kind of KINDS)
    it(`exits with 130 wherever it is, and the next one goes on from there (${kind})`, async () => {
      const seed = KINDS.indexOf(kind) + 1
      const pages = kind === 'incremental' ? 15 : 35
      const all = [
        ...moments('GET users/delta', { count: 4, last: pages, delayMs: [0, 20], seed }).map(notBeforeThe(3)),
        ...(kind === 'resync' ? moments('GET users/{id}', { count: 3, last: 30, delayMs: [0, 20], seed }) : []),
      ]
      const stops = all.map((at, nth): Stop => ({
        orders: [slowly],
        at,
        signals: SIGNALS.slice(nth % 2, (nth % 2) + 1),
      }))
      await inLanes(lanes, stops, (lane, stop) => stopped(lane, kind, stop))
    })

  const waits: readonly (readonly [what: string, fault: Omit<Fault, 'op'>])[] = [
    ['a token', { match: { path: '/oauth2/v2.0/token' }, do: 'hang' }],
    ['a page', { match: { path: '/users/delta', nth: 5 }, do: 'hang' }],
    ['the rest of a page', { match: { path: '/users/delta', nth: 5 }, do: 'hang-body' }],
    [
      'the end of a throttling',
      { match: { path: '/users/delta', nth: 5 }, do: { kind: 'throttle', retryAfter: '60' } },
    ],
    ['a page of sign-ins', { match: { path: '/auditLogs/signIns', nth: 2 }, do: 'hang' }],
  ]
  for (const [what, fault] of waits)
    it(`does not wait for ${what}`, () =>
      inLanes(lanes, SIGNALS, (lane, signal) => {
        const at: Moment = { after: 'fault', nth: 1, delayMs: 20 }
        return stopped(lane, 'initial', { orders: [{ op: 'fault', ...fault }], at, signals: [signal] })
      }))

  it('ends at the second signal at the latest, and the next one goes on all the same', () =>
    inLanes(lanes, SIGNALS, (lane, signal) => {
      const at: Moment = { after: 'GET users/delta', nth: 8, delayMs: 0 }
      return stopped(lane, 'incremental', { orders: [slowly], at, signals: [signal, signal] })
    }))

  async function stopped({ simulator, trial: start, undisturbed }: Lane, kind: Kind, stop: Stop): Promise<void> {
    for (const order of [{ op: 'clearRequests' } as const, ...stop.orders]) await simulator.order(order)
    const trial = await start(kind)
    const command = trial.start()
    await reach(stop.at, simulator, command)
    for (const signal of stop.signals) command.child.kill(signal)
    const ended = await command.ended
    const story = `${kind}, ${JSON.stringify(stop)}\n${ended.stderr.slice(-600)}`
    for (const order of [{ op: 'latency', latencyMs: 0 }, { op: 'clearFaults' }] as const) await simulator.order(order)

    expect(ended.code, story).to.equal(130)
    if (stop.signals.length === 1) await expectOrderlyEnd(trial, ended, story)
    const { runs } = await trial.left()
    const dead = runs.filter(({ outcome }) => outcome === null).map(({ runId }) => runId)
    const next = await trial.start(SCHEDULED).ended
    expect(next.code, `${story}\nthen ${next.stdout}\n${next.stderr.slice(-600)}`).to.be.oneOf([0, 3])
    await expectUndisturbed(trial, { expected: undisturbed[kind], dead, readOnce: true, story })
    await trial.remove()
  }
})

type Fault = Extract<Command, { op: 'fault' }>

/** A moment not before the n-th request, when a page is committed for sure: a full pass not begun is not gone on with. */
function notBeforeThe(least: number): (moment: Moment) => Moment {
  return (moment) => ({ ...moment, nth: Math.max(moment.nth, least) })
}

async function expectOrderlyEnd(trial: Trial, ended: Ended, story: string): Promise<void> {
  const run = runOf(ended)
  expect(run.outcome, story).to.equal('interrupted')
  expect(run.error?.code, story).to.equal('run.interrupted')
  const { runs } = await trial.left()
  expect(
    runs.map(({ runId, outcome }) => [runId, outcome]),
    story,
  ).to.deep.equal([[run.runId, 'interrupted']])
  expect(await isLeaseFree(await trial.store.copy()), `lease given back: ${story}`).to.equal(true)
}

/** As seen from another machine, which cannot know that the process is gone. */
async function isLeaseFree(path: string): Promise<boolean> {
  const store = await openSqlite(path, { now: () => new Date(), isDeadHere: () => false })
  const { taken } = await store.of('default').lease.take('another:1:machine', 1000)
  await store.close()
  return taken
}
