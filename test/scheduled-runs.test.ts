import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../src/config/read.js'
import { ConnectorError } from '../src/domain/errors.js'
import type { Run } from '../src/domain/run.js'
import type { Schedule } from '../src/jobs/schedule.js'
import { startScheduledRuns } from '../src/scheduled-runs.js'
import { aRun } from './store/support.js'
import { recorder, aTenant, type LogLine, type Tenant } from './support/tenant.js'

const NEVER = '0 0 1 1 *'
const TICK = '2026-11-20T04:00:00.000Z'
/** Where a process may have to look again for what was left, after a minute at most. */
const SECOND_LOOK_MS = 110_000

describe('runs by schedule, where several processes share a store', () => {
  let tenant: Tenant
  let stop: AbortController
  let started: Schedule[]
  let log: LogLine[]

  beforeEach(async () => {
    tenant = await aTenant()
    await tenant.sync()
    stop = new AbortController()
    started = []
    log = []
  })
  afterEach(async () => {
    stop.abort()
    for (const one of started) await one.stop()
    await tenant.close()
  })

  async function start(over: { cron?: string; store?: Tenant['app']['store'] } = {}): Promise<Schedule> {
    const env = { ...tenant.env, SYNC_SCHEDULE: over.cron ?? NEVER }
    const read = readConfig({ env, cwd: tenant.directory, tty: false, needs: 'microsoft' })
    if (!read.ok) throw new Error('the settings are wrong')
    const { app } = tenant
    const schedule = await startScheduledRuns(
      { ...app, config: read.config, ...(over.store ? { store: over.store } : {}) },
      {
        log: recorder(log),
        now: () => new Date(),
        signal: stop.signal,
        afterMs: 0,
        pause: () => Promise.resolve(null),
        beforeRun: () => Promise.resolve(),
        onRun: () => Promise.resolve(),
      },
    )
    started.push(schedule)
    return schedule
  }

  /** A run of a process of another machine: what is known of it elsewhere is its lease, which has so long left. */
  async function elsewhere(ttlMs: number, over: Partial<Run> = {}): Promise<{ end: () => Promise<void> }> {
    const { store } = tenant.app
    const lease = await store.lease.take('another-machine:1:x', ttlMs)
    if (!lease.taken) throw new Error('held')
    const { fence } = lease
    const startedAt = new Date().toISOString()
    const run = aRun({ runId: 'elsewhere', trigger: 'schedule', tick: TICK, startedAt, ...over })
    await store.commit({ fence, run })
    return {
      async end() {
        await store.commit({ fence, run: { ...run, outcome: 'succeeded', finishedAt: new Date().toISOString() } })
        await store.lease.release(fence)
      },
    }
  }
  /** Newest first. */
  async function scheduled(): Promise<Run[]> {
    const { runs } = await tenant.app.store.runs.list({ limit: 50 })
    return runs.filter(({ trigger }) => trigger === 'schedule')
  }
  async function until(enough: (runs: readonly Run[]) => boolean): Promise<Run[]> {
    for (;;) {
      const runs = await scheduled()
      if (enough(runs)) return runs
      await sleep(20)
    }
  }

  it('go on with a run whose process died, once, for the tick it was for', async () => {
    await elsewhere(300)
    await Promise.all([start(), start()])
    const two = await until((runs) => runs.length > 1 && runs.every(({ outcome }) => outcome))
    for (const one of started) await one.stop()
    expect(two.map(({ outcome, tick }) => [outcome, tick])).to.deep.equal([
      ['succeeded', TICK],
      ['interrupted', TICK],
    ])
    expect(await scheduled()).to.have.length(2)
  }).timeout(SECOND_LOOK_MS)

  it('stand by without a word while another process is at it, and do nothing when it ends well', async () => {
    const other = await elsewhere(5_000)
    await start()
    while (log.length === 0) await sleep(10)
    await other.end()
    await sleep(5_200)
    expect(log.map(({ message }) => message)).to.deep.equal(['Another process is running this connection; we stand by'])
    expect(await scheduled()).to.have.length(1)
  }).timeout(60_000)

  it('end without waiting for the run of another process', async () => {
    await elsewhere(60_000)
    const schedule = await start()
    while (log.length === 0) await sleep(10)
    await schedule.stop()
    expect(await scheduled()).to.have.length(1)
  })

  it('take a tick over from a process that died with the lease before its run was on record', async () => {
    const { store } = tenant.app
    await store.lease.take('another-machine:1:x', 300)
    const schedule = await start()
    const asked = { tick: TICK, since: new Date().toISOString() }
    expect(await schedule.makeUp(asked)).to.equal(true)
    expect(await scheduled()).to.have.length(1)
  })

  it('look again under the lease: who was suspended between looking and running does nothing twice', async () => {
    const { store } = tenant.app
    const now = new Date().toISOString()
    const asked = { tick: TICK, since: now }
    const other = await elsewhere(60_000)
    // As it was when the first look was taken, before the other process had begun.
    let looks = 0
    const list: typeof store.runs.list = async (query) => {
      const before = await store.runs.list(query)
      if ((looks += 1) === 1) return before
      if (looks > 2) return before
      await other.end()
      return { ...before, runs: before.runs.filter(({ runId }) => runId !== 'elsewhere') }
    }
    const stale = { ...store, runs: { ...store.runs, list } }
    const schedule = await start({ store: stale })
    await schedule.makeUp(asked)
    expect(looks, 'looked before and under the lease').to.be.greaterThan(2)
    expect(await scheduled()).to.have.length(1)
  })

  it('make up for a tick at which the store was not to be had', async () => {
    const { store } = tenant.app
    let isGone = false
    const list: typeof store.runs.list = (query) =>
      isGone
        ? Promise.reject(new ConnectorError('store.unreachable', { message: 'The store does not answer' }))
        : store.runs.list(query)
    const schedule = await start({ store: { ...store, runs: { ...store.runs, list } } })
    isGone = true
    expect(await schedule.makeUp({ tick: TICK, since: new Date().toISOString() })).to.equal(false)
    expect(await scheduled()).to.have.length(0)
    isGone = false
    const [run] = await until((runs) => runs.length > 0 && runs[0]?.outcome !== null)
    expect(run).to.include({ tick: TICK, outcome: 'succeeded' })
  }).timeout(SECOND_LOOK_MS)

  it('make up for a run that the store left in the middle, though it was back for its end', async () => {
    const { store } = tenant.app
    const commit = store.commit.bind(store)
    let commits = 0
    Object.assign(store, {
      commit: (write: Parameters<typeof commit>[0]) =>
        (commits += 1) === 2
          ? Promise.reject(new ConnectorError('store.unreachable', { message: 'The store does not answer' }))
          : commit(write),
    })
    const schedule = await start()
    await schedule.makeUp({ tick: TICK, since: new Date().toISOString() })
    const runs = await until((all) => all[0]?.outcome === 'succeeded')
    expect(runs.map(({ outcome, tick }) => [outcome, tick])).to.deep.equal([
      ['succeeded', TICK],
      ['failed', TICK],
    ])
  }).timeout(SECOND_LOOK_MS)
})
