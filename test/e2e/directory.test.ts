import { expect } from 'chai'
import { exitCodeOf } from '../../src/jobs/runner.js'
import { aTenant, type Tenant } from '../support/tenant.js'

describe('directory sync', () => {
  let tenant: Tenant

  beforeEach(async () => {
    tenant = await aTenant()
  })
  afterEach(() => tenant.close())

  it('reads everybody at first, then only what changed', async () => {
    const first = await tenant.sync()
    expect(first.error).to.equal(null)
    expect(first.run).to.include({ kind: 'initial', outcome: 'succeeded', trigger: 'manual', dryRun: false })
    expect(first.run.users).to.include({ read: 12, created: 12 })

    tenant.simulator.requests.clear()
    const second = await tenant.sync()
    expect(second.run).to.include({ kind: 'incremental', outcome: 'succeeded' })
    expect(second.run.users).to.include({ read: 0, created: 0, updated: 0 })
    expect(tenant.simulator.requests.list(/users\/.*delta/i)).to.have.length(1)
  })

  it('keeps each person as the directory has them', async () => {
    await tenant.sync()
    for (const person of tenant.simulator.directory.all()) {
      const user = await tenant.person(person.id)
      expect(user, person.displayName ?? person.id).to.include({
        displayName: person.displayName ?? null,
        userPrincipalName: person.userPrincipalName,
        mail: person.mail ?? null,
        jobTitle: person.jobTitle ?? null,
        userType: person.userType ?? null,
        presence: person.accountEnabled === false ? 'disabled' : 'enabled',
      })
    }
  })

  it('creates, updates, freezes, removes and brings back, each counted once', async () => {
    await tenant.sync()
    const { directory } = tenant.simulator
    const [a, b, c, d] = [...directory.all()].filter(({ accountEnabled }) => accountEnabled !== false)
    if (!a || !b || !c || !d) throw new Error('too few people')
    directory.update(a.id, { department: 'Überraschungen' })
    directory.disable(b.id)
    directory.softDelete(c.id)
    directory.create({ displayName: '李雷 🙂' })
    const { run } = await tenant.sync()
    expect(run.users).to.deep.include({ read: 4, created: 1, updated: 1, frozen: 1, deactivated: 1, skipped: 0 })
    expect(await tenant.person(c.id)).to.include({ account: 'inactive', accountReason: 'deleted-in-entra' })

    directory.restore(c.id)
    directory.enable(b.id)
    expect((await tenant.sync()).run.users).to.include({ read: 2, reactivated: 2 })
    expect(await tenant.person(d.id)).to.include({ account: 'active', revision: 1 })
  })

  it('writes no user row when nothing changed, not even in a full resync', async () => {
    await tenant.sync()
    const before = await tenant.everyone()
    const { run } = await tenant.sync({ full: true })
    expect(run).to.include({ kind: 'resync', outcome: 'succeeded' })
    expect(run.users).to.include({ read: 12, unchanged: 12 })
    expect(await tenant.everyone()).to.deep.equal(before)
  })

  it('takes empty pages, repeated objects and tombstones in an initial round as what they are', async () => {
    const { delta, directory } = tenant.simulator
    delta.emptyPagesBefore(2)
    delta.repeatObjects = 3
    delta.tombstonesInInitial = true
    directory.softDelete(directory.byIndex(3).id)
    const { run } = await tenant.sync()
    expect(run).to.include({ kind: 'initial', outcome: 'succeeded' })
    expect((await tenant.everyone()).length).to.equal(11)
    const { read, ...others } = run.users
    expect(Object.values(others).reduce((a, b) => a + b, 0)).to.equal(read)
  })

  it('shows a dry run’s plan and writes nothing', async () => {
    const { run } = await tenant.sync({ dryRun: true })
    expect(run).to.include({ dryRun: true, kind: 'initial', outcome: 'succeeded' })
    expect(run.users.created).to.equal(12)
    expect(await tenant.everyone()).to.deep.equal([])
    expect((await tenant.app.store.runs.list({ limit: 5 })).runs).to.deep.equal([])

    await tenant.sync()
    tenant.simulator.directory.softDelete(tenant.simulator.directory.byIndex(0).id)
    const preview = await tenant.sync({ dryRun: true, full: true })
    expect(preview.run.users).to.include({ deactivated: 1, unchanged: 11 })
    expect((await tenant.everyone()).filter(({ account }) => account === 'inactive')).to.deep.equal([])
    expect((await tenant.sync()).run.users).to.include({ deactivated: 1 })
  })

  it('reads and applies one person by object id, our id or UPN in any letter case', async () => {
    await tenant.sync()
    const { directory } = tenant.simulator
    const person = directory.byIndex(2)
    directory.update(person.id, { jobTitle: 'Astronaut' })
    const byUpn = await tenant.sync({ who: person.userPrincipalName.toUpperCase() })
    expect(byUpn.run).to.include({ kind: 'single-user', outcome: 'succeeded' })
    expect(byUpn.run.users).to.include({ read: 1, updated: 1 })
    expect(byUpn.run.signIns.outcome).to.equal('off')
    const ours = await tenant.person(person.id)
    directory.update(person.id, { jobTitle: null })
    expect((await tenant.sync({ who: ours?.id ?? '' })).run.users).to.include({ updated: 1 })
    expect((await tenant.sync({ who: person.id.toUpperCase() })).run.users).to.include({ unchanged: 1 })
  })

  it('applies one person’s deletion, and refuses somebody nobody knows', async () => {
    await tenant.sync()
    const person = tenant.simulator.directory.byIndex(1)
    tenant.simulator.directory.softDelete(person.id)
    expect((await tenant.sync({ who: person.id })).run.users).to.include({ read: 1, deactivated: 1 })
    const nobody = await tenant.sync({ who: 'nobody@contoso.example' })
    expect(nobody.error?.code).to.equal('user.unknown')
    expect(exitCodeOf(nobody)).to.equal(1)
  })

  it('freezes or deactivates disabled people as DISABLED_ACCOUNTS says, and follows a change of it at the next run', async () => {
    const person = tenant.simulator.directory.byIndex(4)
    tenant.simulator.directory.disable(person.id)
    await tenant.sync()
    expect(await tenant.person(person.id)).to.include({ account: 'frozen' })
    await tenant.reopen({ DISABLED_ACCOUNTS: 'inactive' })
    const { run } = await tenant.sync()
    expect(run.users.deactivated).to.be.greaterThan(0)
    expect(await tenant.person(person.id)).to.include({ account: 'inactive', accountReason: 'disabled-in-entra' })
  })

  it('gives seats while there are any; whoever waits is shown, and gets one when it comes free', async () => {
    await tenant.reopen({ LICENSE_SEATS: '10' })
    const first = await tenant.sync()
    expect(first.run.users.created).to.equal(12)
    const waiting = (await tenant.everyone()).filter(({ accountReason }) => accountReason === 'no-seat')
    expect(waiting).to.have.length(2)

    const leaver = (await tenant.everyone()).find(({ account }) => account === 'active')
    tenant.simulator.directory.softDelete(leaver?.entraObjectId ?? '')
    const { run } = await tenant.sync()
    expect(run.users).to.include({ deactivated: 1, reactivated: 1, read: 2 })
    await tenant.reopen({})
    expect((await tenant.sync()).run.users).to.include({ reactivated: 1 })
    expect((await tenant.everyone()).filter(({ accountReason }) => accountReason === 'no-seat')).to.deep.equal([])
  })

  it('refuses to compare its people with another tenant’s', async () => {
    await tenant.sync()
    const other = await aTenant({ tenantId: '00000000-1111-4222-8333-444444444444' })
    try {
      const { STORE_URL: _, ...settings } = other.env
      await tenant.reopen(settings)
      const result = await tenant.sync({ full: true })
      expect(result.error?.code).to.equal('settings.wrong-tenant')
      expect(exitCodeOf(result)).to.equal(2)
      expect((await tenant.everyone()).every(({ account }) => account !== 'inactive')).to.equal(true)
    } finally {
      await other.close()
    }
  })
})
