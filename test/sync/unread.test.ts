import { expect } from 'chai'
import { ConnectorError } from '../../src/domain/errors.js'
import type { DirectoryItem } from '../../src/domain/directory.js'
import type { MappingConfig } from '../../src/domain/mapping.js'
import { EVERYONE, type ScopeConfig } from '../../src/domain/scope.js'
import type { RunResult } from '../../src/jobs/runner.js'
import { MOST_NEW_MEMBERS } from '../../src/sync/new-members.js'
import { GROUPS } from './histories/directory.js'
import { SmallCompany } from './small-company.js'

const SALES: ScopeConfig = { ...EVERYONE, rules: [{ property: 'department', op: 'in', value: ['Sales'] }] }
const SALES_STAFF: ScopeConfig = { ...SALES, groups: [GROUPS[0]] }
const TITLES: MappingConfig = { jobTitle: { from: ['department'], trim: false, case: null } }

describe('somebody of whom nobody has read what a rule asks for', () => {
  let company: SmallCompany
  let ada: string
  let ben: string

  async function open(settings: Parameters<typeof SmallCompany.open>[0] = {}, people = 6): Promise<void> {
    company = await SmallCompany.open(settings)
    ;[ada = '', ben = ''] = company.addMany(people)
    expect((await company.sync()).error).to.equal(null)
  }
  afterEach(() => company.close())

  const setting = (scope: ScopeConfig, mapping: MappingConfig = {}): void => {
    company.settings = { ...company.settings, scope, mapping }
  }
  const withPages = (change: (items: readonly DirectoryItem[]) => readonly DirectoryItem[]): void => {
    company.source.page = async (...all) => {
      const page = await company.directory.source.page(...all)
      return { ...page, items: change(page.items) }
    }
  }
  const without = (id: string): void => withPages((items) => items.filter((one) => one.entraObjectId !== id))
  const active = async (): Promise<number> => (await company.store.list({ account: 'active', limit: 1 })).users.length
  const accountOf = async (id: string): Promise<unknown> => (await company.user(id))?.account
  const runs = async (): Promise<RunResult> => {
    const result = await company.sync()
    expect(result.error).to.equal(null)
    return result
  }
  const lookUps = (): string[] => {
    const asked: string[] = []
    const { lookUp } = company.source
    company.source.lookUp = (id, signal) => {
      asked.push(id)
      return lookUp(id, signal)
    }
    return asked
  }

  it('stays where their entry cannot be read, and is looked up', async () => {
    await open()
    setting(SALES)
    const broken = { kind: 'unreadable', entraObjectId: ada, problem: 'mail is a number' } as const
    withPages((items) => items.map((one) => (one.entraObjectId === ada ? broken : one)))
    company.source.lookUp = () => Promise.resolve({ found: 'live', item: broken })
    await runs()
    expect(await company.see(ada)).to.deep.equal({ account: 'active', removal: null, proof: null })
    company.heal()
    company.directory.change(ada, { name: 'Ada' })
    await runs()
    expect(await company.user(ada)).to.deep.include({ account: 'active', source: { department: 'Sales' } })
  })

  it('stays where the pass leaves them out and the look-up fails; the next run asks again, and decides', async () => {
    await open()
    setting(SALES)
    company.directory.change(ben, { department: 'HR' })
    withPages((items) => items.filter((one) => one.entraObjectId !== ada && one.entraObjectId !== ben))
    for (const id of [ada, ben]) company.directory.failing.add(id)
    await runs()
    for (const id of [ada, ben]) expect(await accountOf(id)).to.equal('active')
    company.heal()
    company.directory.failing.clear()
    expect((await runs()).run.kind).to.equal('incremental')
    expect([await accountOf(ada), await accountOf(ben)]).to.deep.equal(['active', 'inactive'])
    const asked = lookUps()
    await runs()
    expect(asked).to.deep.equal([])
  })

  for (const [what, happens] of [
    ['a new member of the group', () => company.add(9)],
    ['a fragment', () => company.directory.change(ada, { name: 'Ada' })],
  ] as const)
    it(`stays when the run is undone that brought the rule, whatever comes then: ${what}`, async () => {
      await open({ scope: { ...EVERYONE, groups: [GROUPS[0]] } })
      setting(SALES_STAFF)
      const { run } = await runs()
      const { undone } = await company.undo(run.runId)
      expect(undone?.refused).to.deep.equal([])
      happens()
      expect((await runs()).run.users.deactivated).to.equal(0)
      expect(await accountOf(ada)).to.equal('active')
    })

  it('is read, with all who came in a pass that was cut short under a scope without the rule', async () => {
    await open({ scope: SALES_STAFF })
    const ida = company.add(7)
    for (let n = 10; n < 16; n += 1) company.add(n)
    setting(EVERYONE)
    company.failAfter(3)
    expect((await company.sync()).error).to.be.an.instanceOf(ConnectorError)
    expect(await company.user(ida)).to.include({ account: 'active', source: null })
    company.heal()
    setting(SALES_STAFF)
    expect((await runs()).run.kind).to.equal('resync')
    company.add(8)
    await runs()
    expect(await company.user(ida)).to.deep.include({ account: 'active', source: { department: 'Sales' } })
  })

  /** As undoing left them before. */
  const forgetAll = async (): Promise<void> => {
    const { users } = await company.store.list({ limit: 1000 })
    const changes = users.map((before) => ({
      before,
      after: { ...before, source: null, revision: before.revision + 1 },
      entries: [],
    }))
    await company.store.write({ users: changes })
  }

  it('in a store that has forgotten it is looked up, once', async () => {
    await open({ scope: SALES_STAFF })
    await forgetAll()
    const asked = lookUps()
    company.directory.change(ada, { name: 'Ada' })
    company.membersOf(0).delete(ben)
    expect((await runs()).run.users.deactivated).to.equal(1)
    expect(new Set(asked).size).to.equal(6)
    expect(await company.user(ada)).to.deep.include({ account: 'active', source: { department: 'Sales' } })
    const { length } = asked
    company.membersOf(0).add(ben)
    await runs()
    expect(asked.length).to.equal(length + 1)
  })

  it('is read with everybody where there are many of them', async () => {
    await open({ scope: SALES_STAFF }, MOST_NEW_MEMBERS + 3)
    await forgetAll()
    const asked = lookUps()
    company.membersOf(0).delete(ben)
    await runs()
    expect(asked).to.deep.equal([ben])
    const { run } = await runs()
    expect(run).to.include({ kind: 'resync' })
    expect(run.users.deactivated).to.equal(0)
    expect((await company.user(ada))?.source).to.deep.equal({ department: 'Sales' })
    expect((await runs()).run.kind).to.equal('incremental')
    expect(await active()).to.equal(1)
  })

  it('keeps the mapped fields they have', async () => {
    await open()
    setting(EVERYONE, TITLES)
    await runs()
    expect(await company.user(ada)).to.include({ jobTitle: 'Sales' })
    setting(EVERYONE, { ...TITLES, officeLocation: { from: ['city', 'department'], trim: false, case: null } })
    without(ada)
    company.directory.failing.add(ada)
    await runs()
    expect(await company.user(ada)).to.include({ jobTitle: 'Sales', officeLocation: null, account: 'active' })
    withPages((items) =>
      items.map((one) =>
        one.kind === 'patch' ? { ...one, profile: { ...one.profile, officeLocation: 'Bern' } } : one,
      ),
    )
    company.directory.change(ada, { name: 'Ada' })
    await runs()
    expect(await company.user(ada)).to.include({ jobTitle: 'Sales', officeLocation: null })
  })
})
