import { expect } from 'chai'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConnectorError } from '../../src/domain/errors.js'
import { NO_COUNTS } from '../../src/domain/run.js'
import { exitCodeOf, runOnce, type RunRequest, type RunResult } from '../../src/jobs/runner.js'
import type { Log } from '../../src/logging/log.js'
import { openStore } from '../../src/store/open.js'
import type { ConnectionStore, Store } from '../../src/store/port.js'

const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
}

describe('a run', () => {
  let folder: string
  let opened: Store
  let store: ConnectionStore

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runner-'))
    opened = await openStore({ kind: 'sqlite', path: join(folder, 'store.db') }, { now: () => new Date() })
    store = opened.of('default')
  })
  afterEach(async () => {
    await opened.close()
    await rm(folder, { recursive: true, force: true })
  })

  const request = (over: Partial<RunRequest> = {}): RunRequest => ({
    store,
    trigger: 'manual',
    dryRun: false,
    holder: 'another-machine:1:x',
    log: quiet,
    now: () => new Date(),
    signal: new AbortController().signal,
    graph: () => ({ requests: 0, throttled: 0, retried: 0 }),
    signIns: 'off',
    work: () => Promise.resolve(null),
    ...over,
  })
  const leaseIsFree = async (): Promise<boolean> => {
    const lease = await store.lease.take('probe:1:x', 1000)
    if (lease.taken) await store.lease.release(lease.fence)
    return lease.taken
  }

  it('that does its work succeeds, is on record, and gives the lease back', async () => {
    const result = await runOnce(request())
    expect(result.run).to.include({ outcome: 'succeeded', error: null })
    expect(exitCodeOf(result)).to.equal(0)
    expect(await store.runs.get(result.run.runId)).to.deep.equal(result.run)
    expect(await leaseIsFree()).to.equal(true)
  })

  it('is refused while another one is on, at once, and says since when', async () => {
    let release: () => void = () => undefined
    const busy = new Promise<void>((resolve) => (release = resolve))
    const first = runOnce(request({ work: () => busy.then(() => null) }))
    const refused = await runOnce(request()).catch((error: unknown) => error)
    release()
    await first
    expect(refused).to.be.instanceOf(ConnectorError)
    expect(refused).to.include({ code: 'lease.held' })
    expect((refused as ConnectorError).exitCode).to.equal(7)
  })

  it('that fails keeps the error in its record, and gives the lease back', async () => {
    const broken = new ConnectorError('graph.denied', {
      message: 'We are not allowed to read people',
      remedy: 'Grant it',
    })
    const result = await runOnce(request({ work: () => Promise.reject(broken) }))
    expect(exitCodeOf(result)).to.equal(4)
    expect((await store.runs.get(result.run.runId))?.error).to.deep.equal({
      code: 'graph.denied',
      message: 'We are not allowed to read people',
      remedy: 'Grant it',
      requestId: null,
    })
    expect(await leaseIsFree()).to.equal(true)
  })

  it('that is told to stop ends as interrupted, exit 130, with the lease given back', async () => {
    const stop = new AbortController()
    const work: RunRequest['work'] = async ({ signal }) => {
      stop.abort()
      await Promise.resolve()
      throw new ConnectorError('run.interrupted', { message: `stopped: ${signal.aborted}` })
    }
    const result = await runOnce(request({ signal: stop.signal, work }))
    expect(result.run.outcome).to.equal('interrupted')
    expect(exitCodeOf(result)).to.equal(130)
    expect(await leaseIsFree()).to.equal(true)
  })

  it('with a fault of ours is told as such, never silently', async () => {
    const result = await runOnce(request({ work: () => Promise.reject(new TypeError('x is undefined')) }))
    expect(result.error?.code).to.equal('bug')
    expect(exitCodeOf(result)).to.equal(1)
  })

  it('whose process died is called interrupted by the next one, and keeps what it had counted', async () => {
    let dead = ''
    const lease = await store.lease.take('another-machine:1:x', 1)
    if (!lease.taken) throw new Error('held')
    const { run } = await runOnce(request({ dryRun: true }))
    dead = run.runId
    await store.commit({
      fence: lease.fence,
      run: { ...run, outcome: null, finishedAt: null, dryRun: false, users: { ...run.users, read: 7 } },
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    await runOnce(request())
    expect(await store.runs.get(dead)).to.include({ outcome: 'interrupted' })
    expect((await store.runs.get(dead))?.users.read).to.equal(7)
  })

  it('that ends well but could not do a part of it ends with that part’s code', async () => {
    const denied = new ConnectorError('graph.denied', { message: 'We are not allowed to read the sign-in log' })
    const result = await runOnce(request({ work: () => Promise.resolve(denied) }))
    expect(result.run.outcome).to.equal('failed')
    expect(exitCodeOf(result)).to.equal(4)
  })

  it('that holds removals ends with 6, whatever else could not be done; stopped, it ends as that', async () => {
    const held = (error: ConnectorError, thrown = false): Promise<RunResult> =>
      runOnce(
        request({
          work: (writer) => {
            writer.run = { ...writer.run, users: { ...NO_COUNTS, read: 26, held: 26 } }
            return thrown ? Promise.reject(error) : Promise.resolve(error)
          },
        }),
      )
    const away = new ConnectorError('mail.unavailable', { message: 'The mail server is away' })
    const denied = new ConnectorError('graph.denied', { message: 'We are not allowed to read the sign-in log' })
    for (const error of [away, denied]) {
      const result = await held(error)
      expect(result.run).to.include({ outcome: 'held' })
      expect(result.run.error?.code).to.equal(error.code)
      expect(exitCodeOf(result)).to.equal(6)
      expect(await store.runs.get(result.run.runId)).to.deep.equal(result.run)
    }
    const stopped = await held(new ConnectorError('run.interrupted', { message: 'Stopped' }), true)
    expect([stopped.run.outcome, exitCodeOf(stopped)]).to.deep.equal(['interrupted', 130])
  })

  it('whose lease was taken over writes nothing more and ends with exit 7', async () => {
    const work: RunRequest['work'] = async (writer) => {
      const stolen = new Date(Date.now() + 60_000)
      const other = await openStore({ kind: 'sqlite', path: join(folder, 'store.db') }, { now: () => stolen })
      await other.of('default').lease.take('thief:1:x', 15_000)
      await other.close()
      await writer.commit({})
      return null
    }
    const result = await runOnce(request({ work }))
    expect(result.error?.code).to.equal('lease.lost')
    expect(exitCodeOf(result)).to.equal(7)
  })
})
