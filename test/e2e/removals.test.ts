import { expect } from 'chai'
import { exitCodeOf } from '../../src/jobs/runner.js'
import { aTenant, type Tenant } from '../support/tenant.js'

describe('removals', () => {
  let tenant: Tenant

  beforeEach(async () => {
    tenant = await aTenant()
    await tenant.sync()
  })
  afterEach(() => tenant.close())

  const inactive = async (): Promise<string[]> =>
    (await tenant.everyone())
      .filter(({ account }) => account === 'inactive')
      .map(({ entraObjectId }) => entraObjectId ?? '')

  for (const fault of ['empty-page', 'shrunken', 'early-delta-link'] as const)
    it(`deactivate nobody who is alive when a resync meets ${fault}`, async () => {
      const served = tenant.simulator.faults.add({ match: { path: /users\/.*delta/i }, do: fault })
      const { run, error } = await tenant.sync({ full: true })
      expect(served.hits).to.equal(1)
      expect(error).to.equal(null)
      expect(run.users).to.include({ deactivated: 0, read: 12, unchanged: 12 })
      expect(await inactive()).to.deep.equal([])
    })

  it('deactivate nobody when every page of a resync is empty, because everybody is looked up', async () => {
    tenant.simulator.faults.add({ match: { path: /users\/.*delta/i }, do: 'early-delta-link' })
    tenant.simulator.faults.add({ match: { path: /users\/.*delta/i }, times: 100, do: 'empty-page' })
    tenant.simulator.requests.clear()
    await tenant.sync({ full: true })
    expect(await inactive()).to.deep.equal([])
    expect(tenant.simulator.requests.list(/\/users\/[0-9a-f-]{36}$/i).length).to.be.at.least(7)
  })

  it('that are held stop nothing else: changes, sign-ins and emails go on', async () => {
    await tenant.reopen({ REMOVAL_LIMIT_COUNT: '0', REMOVAL_LIMIT_PERCENT: '0', EMAIL_ENABLED: 'false' })
    const { directory, signIns } = tenant.simulator
    const id = (n: number): string => directory.byIndex(n).id
    const asked = { dryRun: false, by: 'Mia', signal: new AbortController().signal }
    await tenant.app.ask('enable-ahead-login', [id(3)], asked)
    await tenant.app.ask('send-invitation', [id(3)], asked)
    expect(await tenant.app.store.owed()).to.equal(1)
    await tenant.reopen({ REMOVAL_LIMIT_COUNT: '0', REMOVAL_LIMIT_PERCENT: '0' })
    directory.softDelete(id(0))
    directory.update(id(1), { jobTitle: 'Cook' })
    signIns.add({ userId: id(2), at: new Date(Date.now() - 3_600_000) })
    const result = await tenant.sync()
    expect(exitCodeOf(result)).to.equal(6)
    const { users, signIns: read, emails } = result.run
    expect(users).to.include({ held: 1, deactivated: 0, updated: 1 })
    expect(read).to.include({ outcome: 'succeeded', firstLogins: 1 })
    expect(emails).to.deep.equal({ sent: 1, failed: 0, owed: 0 })
    expect((await tenant.person(id(2)))?.status).to.equal('onboarded')
    expect((await tenant.person(id(0)))?.account).to.equal('active')
  })

  it('need a direct look-up that says deleted or gone', async () => {
    const { directory } = tenant.simulator
    const deleted = directory.byIndex(1).id
    const purged = directory.byIndex(2).id
    directory.softDelete(deleted)
    directory.softDelete(purged)
    directory.purge(purged)
    const { run } = await tenant.sync({ full: true })
    expect(run).to.include({ kind: 'resync', outcome: 'succeeded' })
    expect(run.users).to.include({ read: 12, deactivated: 2, unchanged: 10 })
    expect((await inactive()).sort()).to.deep.equal([deleted, purged].sort())
    const user = await tenant.person(deleted)
    const history = await tenant.app.store.history(user?.id ?? '')
    expect(history.at(-1)).to.deep.include({ from: 'active', to: 'inactive', cause: 'run' })
    expect(history.at(-1)?.evidence).to.include({ proof: 'look-up' })
  })

  it('wait for the next run when the look-up fails, and the run says so', async () => {
    const { directory, faults } = tenant.simulator
    const id = directory.byIndex(1).id
    directory.softDelete(id)
    const fault = faults.add({ match: { path: `/users/${id}` }, times: 20, do: { status: 500, body: 'oops' } })
    const first = await tenant.sync({ full: true })
    expect(fault.hits).to.be.greaterThan(0)
    expect(first.run).to.include({ outcome: 'succeeded-with-skips' })
    expect(first.run.users).to.include({ skipped: 1, deactivated: 0 })
    expect(exitCodeOf(first)).to.equal(3)
    expect(await inactive()).to.deep.equal([])

    fault.remove()
    const second = await tenant.sync()
    expect(second.run).to.include({ kind: 'incremental', outcome: 'succeeded' })
    expect(await inactive()).to.deep.equal([id])
  })

  it('stop asking after ten failures in a row; everybody left stays, is counted, and is asked about next time', async () => {
    const { directory, faults } = tenant.simulator
    for (const person of [...directory.all()]) directory.softDelete(person.id)
    const refused = { status: 403, body: { error: { code: 'Authorization_RequestDenied', message: 'No.' } } }
    const fault = faults.add({ match: { path: /\/users\/[0-9a-f-]{36}$/i }, times: 1000, do: refused })
    const { run } = await tenant.sync({ full: true })
    expect(run.users).to.include({ read: 12, skipped: 12, deactivated: 0 })
    expect(await inactive()).to.deep.equal([])
    fault.remove()
    expect((await tenant.sync()).run.users).to.include({ deactivated: 12, skipped: 0 })
  })

  it('do not believe a look-up whose refusal no directory wrote', async () => {
    const { directory, faults } = tenant.simulator
    const id = directory.byIndex(1).id
    directory.softDelete(id)
    faults.add({ match: { path: `/users/${id}` }, times: 20, do: { status: 404, body: '<html>no such page</html>' } })
    const { run } = await tenant.sync({ full: true })
    expect(run.users).to.include({ skipped: 1, deactivated: 0 })
  })

  it('never concern people whom the directory never had', async () => {
    const { run } = await tenant.sync({ full: true })
    expect(run.users.deactivated).to.equal(0)
  })

  it('come from a tombstone at once, and only once', async () => {
    const { directory } = tenant.simulator
    const id = directory.byIndex(5).id
    directory.softDelete(id)
    expect((await tenant.sync()).run.users).to.include({ read: 1, deactivated: 1 })
    directory.purge(id)
    expect((await tenant.sync()).run.users).to.include({ read: 1, unchanged: 1 })
  })
})
