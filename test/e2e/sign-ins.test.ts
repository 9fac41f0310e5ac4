import { expect } from 'chai'
import { exitCodeOf } from '../../src/jobs/runner.js'
import { aTenant, Clock, type Tenant } from '../support/tenant.js'

const HOUR = 3_600_000
const SIGN_INS = /auditLogs\/signIns/i

describe('first logins from the sign-in log', () => {
  let tenant: Tenant
  let clock: Clock

  beforeEach(async () => {
    clock = new Clock()
    tenant = await aTenant({ clock })
  })
  afterEach(() => tenant.close())

  const id = (index: number): string => tenant.simulator.directory.byIndex(index).id
  const ago = (ms: number): Date => new Date(clock.at.getTime() - ms)
  const signIn = (index: number, at: Date, over: Record<string, unknown> = {}): void =>
    void tenant.simulator.signIns.add({ userId: id(index), at, ...over })

  it('make people onboarded, with time, source and evidence', async () => {
    signIn(0, ago(HOUR), { correlationId: 'd79f5bee-0000-4000-8000-000000000003' })
    signIn(0, ago(2 * HOUR))
    const { run } = await tenant.sync()
    expect(run.signIns).to.deep.equal({ outcome: 'succeeded', read: 2, firstLogins: 1, reason: null })
    const user = await tenant.person(id(0))
    expect(user).to.include({ status: 'onboarded', identity: 'entra-id', firstLoginSource: 'sign-in-log' })
    expect(Date.parse(user?.firstLoginAt ?? '')).to.be.closeTo(ago(2 * HOUR).getTime(), 1000)
    expect(Date.parse(user?.lastLoginAt ?? '')).to.be.closeTo(ago(HOUR).getTime(), 1000)
    expect((await tenant.app.store.history(user?.id ?? '')).map(({ from, to }) => [from, to])).to.deep.equal([
      [null, 'never-logged-in'],
      ['never-logged-in', 'onboarded'],
    ])
    expect((await tenant.sync()).run.signIns).to.include({ firstLogins: 0 })
  })

  it('count successful interactive sign-ins to the intranet only', async () => {
    signIn(0, ago(HOUR), { errorCode: 50126 })
    signIn(1, ago(HOUR), { errorCode: 50140 })
    signIn(2, ago(HOUR), { isInteractive: false })
    signIn(3, ago(HOUR), { appId: '9bc3ab49-b65d-410a-85ad-de819febfddc' })
    expect((await tenant.sync()).run.signIns.firstLogins).to.equal(0)
    expect((await tenant.everyone()).every(({ status }) => status === 'never-logged-in')).to.equal(true)
  })

  it('come from each of several application ids', async () => {
    const other = '9bc3ab49-b65d-410a-85ad-de819febfddc'
    await tenant.reopen({ AHEAD_APP_ID: `${tenant.env['AHEAD_APP_ID'] ?? ''}, ${other.toUpperCase()}` })
    signIn(0, ago(HOUR))
    signIn(1, ago(HOUR), { appId: other })
    expect((await tenant.sync()).run.signIns.firstLogins).to.equal(2)
  })

  it('are found when their row turns up late, behind newer ones', async () => {
    await tenant.sync()
    clock.advance(HOUR)
    signIn(1, ago(HOUR / 4))
    expect((await tenant.sync()).run.signIns.firstLogins).to.equal(1)
    tenant.simulator.signIns.add({ userId: id(0), at: ago(HOUR) })
    clock.advance(HOUR / 4)
    expect((await tenant.sync()).run.signIns.firstLogins).to.equal(1)
  })

  it('are found a day late by the reading of 48 hours', async () => {
    await tenant.sync()
    clock.advance(20 * HOUR)
    await tenant.sync()
    tenant.simulator.signIns.add({ userId: id(0), at: ago(15 * HOUR) })
    expect((await tenant.sync()).run.signIns.firstLogins).to.equal(0)
    clock.advance(5 * HOUR)
    expect((await tenant.sync()).run.signIns.firstLogins).to.equal(1)
  })

  it('move the first login only earlier', async () => {
    signIn(0, ago(HOUR))
    await tenant.sync()
    const before = await tenant.person(id(0))
    signIn(0, ago(1.5 * HOUR))
    await tenant.sync()
    const after = await tenant.person(id(0))
    expect((after?.firstLoginAt ?? '') < (before?.firstLoginAt ?? '')).to.equal(true)
    expect(after?.lastLoginAt).to.equal(before?.lastLoginAt)
    expect(await tenant.app.store.history(after?.id ?? '')).to.have.length(2)
  })

  it('of somebody we do not have yet are parked and applied when they appear', async () => {
    const stranger = '5f0c2f0e-7d7e-4b51-9a3d-0a0a0a0a0a0a'
    tenant.simulator.signIns.add({ userId: stranger, at: ago(HOUR) })
    expect((await tenant.sync()).run.signIns).to.include({ read: 1, firstLogins: 0 })
    tenant.simulator.directory.create({ id: stranger, displayName: 'Late Arrival' })
    const { run } = await tenant.sync()
    expect(run.users.created).to.equal(1)
    expect(run.signIns.firstLogins).to.equal(1)
    expect(await tenant.person(stranger)).to.include({ status: 'onboarded', firstLoginSource: 'sign-in-log' })
  })

  it('are off without AHEAD_APP_ID, and nothing is asked', async () => {
    await tenant.reopen({ AHEAD_APP_ID: '' })
    const { run } = await tenant.sync()
    expect(run.signIns).to.deep.equal({ outcome: 'off', read: 0, firstLogins: 0, reason: null })
    expect(tenant.simulator.requests.list(SIGN_INS)).to.have.length(0)
  })

  it('leave the run green without a premium licence, with one clear line, and work once there is one', async () => {
    tenant.simulator.licence = 'none'
    signIn(0, ago(HOUR))
    const result = await tenant.sync()
    expect(result.run.outcome).to.equal('succeeded')
    expect(exitCodeOf(result)).to.equal(0)
    expect(result.run.signIns.outcome).to.equal('unavailable')
    expect(result.run.signIns.reason).to.match(/Entra ID P1/)
    expect(tenant.log.filter(({ message }) => /P1/.test(message))).to.have.length(1)
    tenant.simulator.licence = 'p1'
    expect((await tenant.sync()).run.signIns).to.include({ outcome: 'succeeded', firstLogins: 1 })
  })

  it('are asked for again by the schedule only after a pause, and by hand at once', async () => {
    tenant.simulator.licence = 'none'
    await tenant.sync({ trigger: 'schedule' })
    tenant.simulator.requests.clear()
    const { run } = await tenant.sync({ trigger: 'schedule' })
    expect(run).to.include({ outcome: 'succeeded', error: null })
    expect(run.signIns.outcome).to.equal('unavailable')
    expect(tenant.simulator.requests.list(SIGN_INS)).to.have.length(0)
    await tenant.sync()
    expect(tenant.simulator.requests.list(SIGN_INS)).to.have.length(1)
    clock.advance(7 * HOUR)
    await tenant.sync({ trigger: 'schedule' })
    expect(tenant.simulator.requests.list(SIGN_INS)).to.have.length(2)
  })

  it('that may not be read do not stop the directory, and end in exit 4', async () => {
    const other = await aTenant({ roles: ['User.Read.All'] })
    try {
      const result = await other.sync()
      expect(result.run.users.created).to.equal(12)
      expect(result.run.signIns.outcome).to.equal('failed')
      expect(exitCodeOf(result)).to.equal(4)
      expect(result.error?.remedy).to.match(/AuditLog\.Read\.All/)
      expect((await other.app.store.feed('directory')).health.succeededAt).to.not.equal(null)
    } finally {
      await other.close()
    }
  })

  it('that cannot be read for now leave the directory’s success and end in exit 5', async () => {
    await tenant.reopen({ GIVE_UP_AFTER: '1s' })
    signIn(0, ago(HOUR))
    const fault = tenant.simulator.faults.add({ match: { path: SIGN_INS }, times: 100, do: { status: 503, body: '' } })
    const result = await tenant.sync()
    expect(exitCodeOf(result)).to.equal(5)
    expect(result.run.users.created).to.equal(12)
    fault.remove()
    expect((await tenant.sync()).run.signIns).to.include({ outcome: 'succeeded', firstLogins: 1 })
  })

  it('follow Microsoft’s links to the end, and go on from a dead one without losing anybody', async () => {
    for (let index = 0; index < 12; index += 1) for (let n = 1; n <= 200; n += 1) signIn(index, ago(n * 60_000 + index))
    const fault = tenant.simulator.faults.add({
      match: { path: SIGN_INS, query: /skiptoken/i },
      do: { status: 400, body: { error: { code: 'BadRequest', message: 'Skip token has expired.' } } },
    })
    const { run } = await tenant.sync()
    expect(fault.hits).to.equal(1)
    expect(run.signIns).to.include({ outcome: 'succeeded', firstLogins: 12 })
    const user = await tenant.person(id(0))
    expect(Date.parse(user?.firstLoginAt ?? '')).to.be.closeTo(ago(200 * 60_000).getTime(), 2000)
  })

  it('ask for less when Microsoft keeps less', async () => {
    tenant.simulator.signIns.retentionDays = 7
    tenant.simulator.signIns.refusesBeforeRetention = true
    signIn(0, ago(HOUR))
    expect((await tenant.sync()).run.signIns).to.include({ outcome: 'succeeded', firstLogins: 1 })
  })

  it('need at most five requests in ten seconds', async () => {
    tenant.simulator.signIns.throttling = true
    const { run } = await tenant.sync()
    expect(run.signIns.outcome).to.equal('succeeded')
    expect(run.graph.throttled).to.equal(0)
  })
})
