import { expect } from 'chai'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodeOf } from '../../src/jobs/runner.js'
import { aTenant, type Tenant } from '../support/tenant.js'

const HOUSE = '11111111-2222-4333-8444-555555555501'
const TEAM = '11111111-2222-4333-8444-555555555502'
const OTHER = '11111111-2222-4333-8444-555555555503'

describe('a scope', () => {
  let tenant: Tenant

  /** Thirty people; the house has the first ten and, through a team within it, the next ten. */
  async function open(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const roles = ['User.Read.All', 'GroupMember.Read.All', 'AuditLog.Read.All']
    tenant = await aTenant({ users: 30, pageSize: 7, roles, env })
    const { groups } = tenant.simulator
    groups.create({ id: TEAM, displayName: 'Team “Bär”' }, ids(10, 20))
    groups.create({ id: HOUSE, displayName: 'Staff-CH' }, [...ids(0, 10), TEAM])
  }
  afterEach(() => tenant.close())

  const id = (n: number): string => tenant.simulator.directory.byIndex(n).id
  const ids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => id(from + n))

  async function narrow(scope: unknown, env: Readonly<Record<string, string>> = {}): Promise<void> {
    await mkdir(join(tenant.directory, 'config'), { recursive: true })
    if (scope === null) await rm(join(tenant.directory, 'config', 'scope.json'), { force: true })
    else await writeFile(join(tenant.directory, 'config', 'scope.json'), JSON.stringify(scope))
    await tenant.reopen(env)
  }

  async function withAccess(): Promise<string[]> {
    const people = await tenant.everyone()
    return people.filter(({ account }) => account !== 'inactive').map(({ entraObjectId }) => entraObjectId ?? '')
  }

  it('by groups keeps the people of groups within them and nobody else; without nesting, direct members only', async () => {
    await open()
    await narrow({ groups: [HOUSE] })
    const first = await tenant.sync()
    expect(exitCodeOf(first)).to.equal(0)
    expect(first.run.users).to.include({ read: 30, created: 20, unchanged: 10 })
    expect(await withAccess()).to.have.members(ids(0, 20))
    expect((await tenant.sync()).run.users).to.deep.include({ read: 0 })

    await narrow({ groups: [HOUSE], nested: false })
    const second = await tenant.sync()
    expect(second.run.users).to.include({ deactivated: 10, held: 0 })
    expect(await withAccess()).to.have.members(ids(0, 10))
  })

  it('lets whoever joins a group in, and out whoever leaves it, although Entra reports no change of them', async () => {
    await open()
    await narrow({ groups: [HOUSE] })
    await tenant.sync()
    tenant.simulator.groups.addMembers(TEAM, [id(25)])
    tenant.simulator.groups.removeMembers(TEAM, [id(12)])
    tenant.simulator.groups.removeMembers(HOUSE, [id(3)])
    const { run } = await tenant.sync()
    expect(run.users).to.deep.include({ read: 3, created: 1, deactivated: 2 })
    const gone = await tenant.person(id(3))
    expect(gone).to.include({ account: 'inactive', accountReason: 'out-of-scope' })
    const last = (await tenant.app.store.history(gone?.id ?? '')).at(-1)
    expect(last?.evidence).to.include({ removal: 'left group “Staff-CH”', proof: 'groups' })

    tenant.simulator.groups.addMembers(HOUSE, [id(3)])
    expect((await tenant.sync()).run.users).to.deep.include({ read: 1, reactivated: 1 })
  })

  it('does not believe a group that has become smaller when the people in it say otherwise', async () => {
    await open()
    await narrow({ groups: [HOUSE] })
    await tenant.sync()
    tenant.simulator.groups.removeMembers(HOUSE, [id(0)])
    tenant.simulator.faults.add({
      do: 'empty-page',
      match: { route: 'groups/{id}/transitiveMembers' },
      times: 1,
    })
    const { run } = await tenant.sync()
    expect(run.users).to.include({ deactivated: 1, held: 0 })
    expect(await withAccess()).to.have.members(ids(1, 20))
  })

  it('is left as it is while a group cannot be read: nobody goes, nobody new comes, and the run says so', async () => {
    await open()
    await narrow({ groups: [HOUSE, OTHER] })
    tenant.simulator.groups.create({ id: OTHER, displayName: 'Other' }, [id(28)])
    const broken = {
      do: { kind: 'forbidden' },
      match: { route: 'groups/{id}/transitiveMembers' },
      times: Infinity,
    } as const
    tenant.simulator.faults.add(broken)
    const first = await tenant.sync()
    expect(exitCodeOf(first)).to.equal(4)
    expect(first.run.users).to.include({ created: 0, unchanged: 30 })
    tenant.simulator.faults.clear()
    const second = await tenant.sync()
    expect(exitCodeOf(second)).to.equal(0)
    expect(await withAccess()).to.have.members([...ids(0, 20), id(28)])

    tenant.simulator.faults.add(broken)
    tenant.simulator.groups.removeMembers(HOUSE, ids(0, 10))
    tenant.simulator.directory.update(id(1), { jobTitle: 'Boss' })
    const third = await tenant.sync()
    expect(exitCodeOf(third)).to.equal(4)
    expect(third.run.users).to.deep.include({ read: 1, updated: 1 })
    expect(await withAccess()).to.have.lengthOf(21)
  })

  it('that lost a group for good asks before it lets anybody go, however few they are', async () => {
    await open()
    await narrow({ groups: [HOUSE, OTHER] })
    tenant.simulator.groups.create({ id: OTHER, displayName: 'Other' }, [id(28), id(29)])
    await tenant.sync()
    tenant.simulator.groups.softDelete(OTHER)
    const { run, error } = await tenant.sync()
    expect(run.users).to.deep.include({ read: 2, held: 2 })
    expect(exitCodeOf({ run, error })).to.equal(6)
    expect((await tenant.person(id(28)))?.removal).to.deep.include({
      state: 'held',
      cause: { about: `group-deleted:${OTHER}`, text: 'group “Other” was deleted', ask: true },
    })
    tenant.simulator.groups.restore(OTHER)
    expect(exitCodeOf(await tenant.sync())).to.equal(0)
    expect((await tenant.person(id(28)))?.removal).to.equal(null)
    expect((await tenant.app.store.holds.list({ all: true, limit: 9 })).map(({ ended }) => ended)).to.deep.equal([
      'closed',
    ])
  })

  it('that becomes narrower takes nobody’s access above the limits before somebody has agreed; wider, it reads all', async () => {
    await open({ REMOVAL_LIMIT_COUNT: '5' })
    await tenant.sync()
    await narrow({ groups: [TEAM] }, { REMOVAL_LIMIT_COUNT: '5' })
    const preview = await tenant.sync({ dryRun: true })
    expect(preview.run.users).to.include({ held: 20, deactivated: 0 })
    expect(await withAccess()).to.have.lengthOf(30)
    const { run } = await tenant.sync()
    expect(run.users).to.deep.include({ held: 20, deactivated: 0 })
    expect(run.graph.requests, 'nobody is read again').to.be.lessThan(10)
    expect(await withAccess()).to.have.lengthOf(30)

    await narrow(null, { REMOVAL_LIMIT_COUNT: '5' })
    const again = await tenant.sync()
    expect(again.run.kind).to.equal('resync')
    expect((await tenant.everyone()).every(({ removal }) => removal === null)).to.equal(true)
  })

  it('by user type and rules sees changes of the properties they name', async () => {
    await open()
    for (const n of [0, 1, 2]) tenant.simulator.directory.update(id(n), { userType: 'Guest' })
    for (const n of [3, 4]) tenant.simulator.directory.update(id(n), { city: 'Genève' })
    await narrow({ userTypes: ['member'], rules: [{ property: 'city', op: 'not-equals', value: 'genève' }] })
    await tenant.sync()
    const inside = ids(5, 30).filter((one) => tenant.simulator.directory.find(one)?.userType !== 'Guest')
    expect(await withAccess()).to.have.members(inside)
    const [who = ''] = inside
    tenant.simulator.directory.update(who, { city: 'GENÈVE' })
    tenant.simulator.directory.update(id(3), { city: 'Bern' })
    await tenant.sync()
    expect((await tenant.person(who))?.accountReason).to.equal('out-of-scope')
    expect((await tenant.person(id(3)))?.account).to.equal('active')
  })

  it('never removes people on its list, deleted or out of it, until they are taken off the list', async () => {
    await open()
    await tenant.sync()
    const upn = tenant.simulator.directory.byIndex(0).userPrincipalName.toUpperCase()
    await narrow({ neverRemove: [upn, id(1)] })
    for (const n of [0, 1, 2]) tenant.simulator.directory.softDelete(id(n))
    expect((await tenant.sync()).run.users).to.deep.include({ read: 3, deactivated: 1, unchanged: 2 })
    expect((await tenant.sync({ full: true })).run.users).to.include({ deactivated: 0 })
    expect((await tenant.person(id(0)))?.removal?.state).to.equal('protected')
    await narrow({ neverRemove: [id(1)] })
    await tenant.sync()
    expect((await tenant.person(id(0)))?.account).to.equal('inactive')
    expect((await tenant.person(id(1)))?.account).to.equal('active')
  })

  it('and a mapping apply to one person, too', async () => {
    await open()
    await mkdir(join(tenant.directory, 'config'), { recursive: true })
    await writeFile(
      join(tenant.directory, 'config', 'mapping.json'),
      JSON.stringify({ mail: { from: ['otherMails[0]', 'mail'], case: 'upper', trim: true } }),
    )
    tenant.simulator.directory.update(id(5), { otherMails: [' ana@home.example '] })
    await narrow({ groups: [HOUSE] })
    await tenant.sync({ who: id(5) })
    await tenant.sync({ who: id(25) })
    expect((await tenant.everyone()).map(({ entraObjectId, mail }) => [entraObjectId, mail])).to.deep.equal([
      [id(5), 'ANA@HOME.EXAMPLE'],
    ])
    await tenant.sync()
    tenant.simulator.directory.update(id(5), { otherMails: [] })
    tenant.simulator.groups.removeMembers(HOUSE, [id(6)])
    await tenant.sync({ who: id(6) })
    await tenant.sync()
    expect((await tenant.person(id(5)))?.mail).to.equal(
      tenant.simulator.directory.byIndex(5).mail?.toUpperCase() ?? null,
    )
    expect((await tenant.person(id(6)))?.accountReason).to.equal('out-of-scope')
  })
})
