import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../src/app.js'
import { readConfig } from '../src/config/read.js'
import { ConnectorError } from '../src/domain/errors.js'
import { startDaemon, type Daemon } from '../src/daemon.js'
import { silent } from './support/log.js'
import { aTenant, Clock, type Tenant } from './support/tenant.js'

const HOUR_MS = 60 * 60 * 1000
describe('the daemon', () => {
  let tenant: Tenant
  let clock: Clock
  let daemon: Daemon | null
  let stop: AbortController

  beforeEach(async () => {
    clock = new Clock()
    tenant = await aTenant({ clock })
    stop = new AbortController()
    daemon = null
  })
  afterEach(async () => {
    stop.abort()
    await daemon?.close()
    await tenant.close()
  })

  async function start(cron: string, schedule: boolean, others: readonly Connection[] = []): Promise<Daemon> {
    const env = { ...tenant.env, SYNC_SCHEDULE: cron, PORT: '0' }
    const read = readConfig({ env, cwd: tenant.directory, tty: false, needs: 'microsoft' })
    if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join(' '))
    const { config, secrets } = read
    const parts = { log: silent, signal: stop.signal, now: clock.now }
    daemon = await startDaemon(
      [{ ...tenant.app, config, secrets }, ...others.map((app) => ({ ...app, config, secrets }))],
      parts,
      { schedule },
    )
    return daemon
  }
  const ready = async ({ url }: Daemon): Promise<{ status: number; reason: string | null }> => {
    const response = await fetch(`${url}/readyz`)
    return { status: response.status, reason: ((await response.json()) as { reason: string | null }).reason }
  }

  it('is ready from the first success until the next ones are overdue', async () => {
    const started = await start('0 4 * * *', false)
    expect((await ready(started)).status).to.equal(503)
    await tenant.sync()
    expect(await ready(started)).to.deep.equal({ status: 200, reason: null })
    clock.advance(95 * HOUR_MS)
    expect((await ready(started)).status).to.equal(200)
    clock.advance(2 * HOUR_MS)
    const { status, reason } = await ready(started)
    expect(status).to.equal(503)
    expect(reason).to.match(/^No run has succeeded since \d{4}-.*; the target is 5760 minutes$/)
  })

  it('says why nothing succeeds', async () => {
    tenant.simulator.tokens.failNext(1, 'expired-secret')
    await tenant.sync()
    expect((await ready(await start('0 4 * * *', false))).reason).to.match(
      /^No run has succeeded yet; .*: Microsoft refused our sign-in: the client secret has expired$/,
    )
  })

  it('makes up for a missed run once, whoever was read alone since', async () => {
    await tenant.sync()
    clock.advance(30 * HOUR_MS)
    await tenant.sync({ who: 'zoe.mueller@contoso.example' })
    await start('0 4 * * *', true)
    while (
      (await tenant.app.store.runs.list({ limit: 9 })).runs.filter(
        ({ trigger, outcome }) => trigger === 'schedule' && outcome,
      ).length === 0
    )
      await new Promise((resolve) => setTimeout(resolve, 20))
    const { runs } = await tenant.app.store.runs.list({ limit: 9 })
    expect(runs.map(({ kind, trigger }) => [kind, trigger])).to.deep.equal([
      ['incremental', 'schedule'],
      ['single-user', 'manual'],
      ['initial', 'manual'],
    ])
  })

  it('leaves a tick out that another process has done', async () => {
    const real = await aTenant()
    const read = readConfig({
      env: { ...real.env, SYNC_SCHEDULE: '* * * * * *', PORT: '0' },
      cwd: real.directory,
      tty: false,
      needs: 'microsoft',
    })
    if (!read.ok) throw new Error('the settings are wrong')
    const { config, secrets } = read
    const connection = { ...real.app, config, secrets }
    const parts = { log: silent, signal: stop.signal }
    const daemons = await Promise.all([1, 2].map(() => startDaemon([connection], parts, { schedule: true })))
    const ticks = async (): Promise<string[]> => {
      const { runs } = await real.app.store.runs.list({ limit: 50 })
      return runs.flatMap(({ outcome, tick }) => (outcome && tick ? [tick] : []))
    }
    while ((await ticks()).length < 4) await new Promise((resolve) => setTimeout(resolve, 50))
    for (const one of daemons) await one.close()
    const all = await ticks()
    expect(all).to.deep.equal([...new Set(all)])
    await real.close()
  })

  it('makes up for nothing when nothing was missed', async () => {
    await tenant.sync()
    clock.advance(HOUR_MS)
    const started = await start('0 4 * * *', true)
    expect(started.nextRun()).to.be.an.instanceOf(Date)
    await started.close()
    daemon = null
    expect((await tenant.app.store.runs.list({ limit: 9 })).runs).to.have.length(1)
  })

  it('starts for the others when the record of one connection is damaged, and says of which, until it is mended', async () => {
    await tenant.sync()
    let isDamaged = true
    const { store } = tenant.app
    const damaged = new ConnectorError('store.corrupt', { message: 'the run r1 is damaged' })
    const runs: typeof store.runs = {
      ...store.runs,
      list: (query) => (isDamaged ? Promise.reject(damaged) : store.runs.list(query)),
    }
    const bad = { ...store, connection: 'bad', runs }
    const started = await start('0 4 * * *', true, [{ ...tenant.app, store: bad }])
    expect(await ready(started)).to.deep.equal({ status: 503, reason: 'Connection bad: the run r1 is damaged' })
    expect((await fetch(`${started.url}/metrics`)).status).to.equal(200)
    isDamaged = false
    while ((await ready(started)).status !== 200) await sleep(100)
  })

  it('says so when what is known of a connection is damaged', async () => {
    const feed = () => Promise.reject(new ConnectorError('store.corrupt', { message: 'the feed is damaged' }))
    const started = await start('0 4 * * *', true, [
      { ...tenant.app, store: { ...tenant.app.store, connection: 'bad', feed } },
    ])
    const { status, reason } = await ready(started)
    expect(status).to.equal(503)
    expect(reason).to.include('Connection bad: the feed is damaged')
    expect((await fetch(`${started.url}/metrics`)).status).to.equal(200)
  })
})
