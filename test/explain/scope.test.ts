import { expect } from 'chai'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Explanation, StepName } from '../../src/explain/facts.js'
import { aTenant, type Tenant } from '../support/tenant.js'

const { signal } = new AbortController()
const ROLES = ['User.Read.All', 'AuditLog.Read.All', 'GroupMember.Read.All']

describe('explain, of the scope', () => {
  let tenant: Tenant
  let staff: string
  let team: string
  const ana = { displayName: 'Ana Novak', userPrincipalName: 'ana@contoso.example', department: 'Sales' }
  let anaId: string

  const scope = async (over: Record<string, unknown>): Promise<void> => {
    await mkdir(join(tenant.directory, 'config'), { recursive: true })
    await writeFile(join(tenant.directory, 'config', 'scope.json'), JSON.stringify(over))
    await tenant.reopen()
  }
  const explain = (who = 'ana@contoso.example'): Promise<Explanation> =>
    tenant.app.explain(who, { connections: ['default'], signal })
  const stepOf = ({ steps }: Explanation, name: StepName) => steps.find(({ step }) => step === name)

  /** A first run, and one that holds whatever happens in between. */
  async function hold(happens: () => unknown): Promise<void> {
    await tenant.sync()
    await tenant.reopen({ REMOVAL_LIMIT_COUNT: '0', REMOVAL_LIMIT_PERCENT: '0' })
    happens()
    await tenant.sync()
  }
  async function reject(): Promise<void> {
    const { holds } = tenant.app.store
    const [open] = await holds.list({ all: false, limit: 1 })
    const at = new Date().toISOString()
    const rejection = { verdict: 'reject', by: 'Mia Keller', at, cause: null, user: null, reason: null } as const
    await holds.put({ ...open!, decisions: [rejection], revision: open!.revision + 1 })
  }

  beforeEach(async () => {
    tenant = await aTenant({ users: 3, roles: ROLES })
    const { directory, groups } = tenant.simulator
    anaId = directory.create(ana).id
    team = groups.create({ displayName: 'Team Ana' }, [anaId]).id
    staff = groups.create({ displayName: 'Staff-CH' }, [{ id: team, type: 'group' }]).id
  })
  afterEach(() => tenant.close())

  it('tells through which chain of groups, and by which rules, somebody is in', async () => {
    const rules = [{ property: 'department', op: 'equals', value: 'sales' }]
    await scope({ groups: [staff], userTypes: ['Member'], rules })
    await tenant.sync()
    const told = await explain()
    expect(stepOf(told, 'in-scope')).to.deep.equal({
      step: 'in-scope',
      outcome: 'yes',
      detail: 'In scope: through Team Ana → Staff-CH; user type is Member; rule: department equals “sales”.',
    })
    expect([told.stopsAt, told.steps.length]).to.deep.equal([null, 10])
  })

  it('tells of somebody in Entra who is in none of the groups', async () => {
    await scope({ groups: [staff] })
    await tenant.sync()
    const told = await explain('zoe.mueller@contoso.example')
    expect(told.stopsAt).to.equal('in-scope')
    expect(told.answer).to.match(
      /^Zoë Müller is not among the people who may use the intranet: not in an assigned group\. If they should/,
    )
    expect(told.steps.map(({ outcome }) => outcome)).to.deep.equal(['yes', 'yes', 'no', 'no'])
    expect(stepOf(told, 'matched')?.detail).to.match(/people who are not in scope are not kept/)
  })

  it('tells the rule that leaves somebody out, and what Entra has instead', async () => {
    await scope({ rules: [{ property: 'department', op: 'in', value: ['IT', 'Finance'] }] })
    await tenant.sync()
    const told = await explain()
    expect(stepOf(told, 'in-scope')?.detail).to.equal(
      'Not in scope: rule: department is one of “IT”, “Finance”, and in Entra it is “Sales”.',
    )
  })

  it('tells of somebody who has left the group they were in scope through, by its name', async () => {
    await scope({ groups: [staff] })
    await tenant.sync()
    tenant.simulator.groups.removeMembers(team, [anaId])
    const soon = await explain()
    expect(soon.stopsAt).to.equal(null)
    expect(soon.answer).to.match(
      /But the next run will take their access away, or ask whether it may: left group “Staff-CH”/,
    )
    expect(stepOf(soon, 'in-scope')).to.include({ outcome: 'no', detail: 'Not in scope: left group “Staff-CH”.' })
    await tenant.sync()
    const told = await explain()
    expect(told.stopsAt).to.equal('in-scope')
    expect(stepOf(told, 'account')?.detail).to.match(/^Inactive \(out of scope\)\. Because: left group “Staff-CH”/)
  })

  it('tells that a removal is held, and until when', async () => {
    await scope({ groups: [staff] })
    await hold(() => tenant.simulator.groups.removeMembers(team, [anaId]))
    const told = await explain()
    expect(told.stopsAt).to.equal(null)
    expect(told.answer).to.match(
      /^Nothing stands in the way.*They keep their access for now: the removal \(left group “Staff-CH”\) waits in hold [0-9a-f-]+ for somebody to decide, until .* UTC\.$/,
    )
    expect(stepOf(told, 'in-scope')).to.include({ outcome: 'no' })
    expect(stepOf(told, 'account')).to.include({ outcome: 'yes' })
  })

  it('tells who has decided over a held removal, before a run has acted on it and after', async () => {
    await scope({ groups: [staff] })
    await hold(() => tenant.simulator.groups.removeMembers(team, [anaId]))
    await reject()
    expect((await explain()).answer).to.match(/Mia Keller has decided that they keep their access/)
    await tenant.sync()
    const told = await explain()
    expect([told.stopsAt, stepOf(told, 'in-scope')?.outcome]).to.deep.equal([null, 'no'])
    expect(told.answer).to.match(/They keep their access: Mia Keller decided so \(left group “Staff-CH”\)\.$/)
  })

  it('tells that somebody deleted keeps what they have while their removal waits', async () => {
    await hold(() => tenant.simulator.directory.softDelete(anaId))
    const told = await explain()
    expect(told.stopsAt).to.equal('found')
    expect(told.answer).to.match(
      /^Ana Novak was deleted in Entra.*Here they keep their access for now: .*waits in hold/,
    )
  })

  it('tells of somebody deleted whose removal was rejected that Microsoft refuses them all the same', async () => {
    await hold(() => tenant.simulator.directory.softDelete(anaId))
    await reject()
    await tenant.sync()
    const told = await explain()
    expect(told.stopsAt).to.equal('found')
    expect(told.answer).to.equal(
      'Ana Novak was deleted in Entra. Microsoft refuses the login as long as that is so. If they should have access, have them restored in Entra within 30 days of the deletion; then Microsoft lets them in again. Here they keep their access: Mia Keller decided so (deleted in Entra).',
    )
  })

  it('tells of somebody held that they drop out, once they are back or never to be removed', async () => {
    await scope({ groups: [staff] })
    await hold(() => tenant.simulator.groups.removeMembers(team, [anaId]))
    await scope({ groups: [staff], neverRemove: ['ana@contoso.example'] })
    expect((await explain()).answer).to.match(
      /They keep their access: they are on the list neverRemove, and the removal \(left group “Staff-CH”\) drops out of hold \S+ with the next run\.$/,
    )
    await scope({ groups: [staff] })
    tenant.simulator.groups.addMembers(team, [anaId])
    const told = await explain()
    expect(told.answer).not.to.contain('for somebody to decide')
    expect(told.answer).to.match(/Entra says so no more, and the removal .* drops out of hold \S+ with the next run\.$/)
    await tenant.sync()
    expect((await tenant.person('ana@contoso.example'))?.removal).to.equal(null)
  })

  it('does not announce the removal of somebody who is never to be removed', async () => {
    await scope({ groups: [staff], neverRemove: ['ana@contoso.example'] })
    await tenant.sync()
    tenant.simulator.groups.removeMembers(team, [anaId])
    const { answer } = await explain()
    expect(answer).to.match(/They keep their access: they are on the list neverRemove/)
    expect(answer).not.to.contain('the next run will take')
  })

  it('tells of somebody disabled and out of scope both, whether we have them or not', async () => {
    await scope({ groups: [staff] })
    await tenant.sync()
    tenant.simulator.groups.removeMembers(team, [anaId])
    tenant.simulator.directory.disable(anaId)
    await tenant.sync()
    const both = /is disabled in Entra\. Whoever looks after accounts there can enable it\. Besides, they are not among/
    expect((await explain()).answer).to.match(both)
    tenant.simulator.directory.create({
      displayName: 'Kim',
      userPrincipalName: 'kim@contoso.example',
      accountEnabled: false,
    })
    expect((await explain('kim@contoso.example')).answer).to.match(both)
  })

  it('tells that somebody is on the list of those who are never removed', async () => {
    await scope({ groups: [staff], neverRemove: ['ANA@contoso.example'] })
    await tenant.sync()
    tenant.simulator.groups.removeMembers(team, [anaId])
    await tenant.sync()
    const told = await explain()
    expect(told.stopsAt).to.equal(null)
    expect(told.answer).to.match(/They keep their access: they are on the list neverRemove \(left group “Staff-CH”\)/)
  })

  it('leaves the scope unknown while groups cannot be read, and tells the rest', async () => {
    await scope({ groups: [staff] })
    await tenant.sync()
    tenant.simulator.faults.add({ match: { path: /memberOf/i }, times: 50, do: { kind: 'forbidden' } })
    const told = await explain()
    expect(stepOf(told, 'in-scope')).to.include({ outcome: 'unknown' })
    expect(stepOf(told, 'in-scope')?.detail).to.match(
      /^An assigned group could not be read: .*Nobody goes out of scope meanwhile/,
    )
    expect(told.steps.map(({ step }) => step)).to.have.length(10)
    expect(told.answer).to.match(
      /^Nothing stands in the way of Ana Novak.*An assigned group could not be read just now/,
    )
  })

  it('tells of a group that does not exist any more', async () => {
    await scope({ groups: [staff] })
    await tenant.sync()
    tenant.simulator.groups.softDelete(staff)
    const told = await explain()
    expect(stepOf(told, 'in-scope')?.detail).to.match(/^Not in scope: group “Staff-CH” was deleted/)
  })
})
