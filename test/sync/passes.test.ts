import { expect } from 'chai'
import { EVERYONE, type ScopeConfig } from '../../src/domain/scope.js'
import { GROUPS } from './histories/directory.js'
import { SmallCompany } from './small-company.js'

const GROUP: ScopeConfig = { ...EVERYONE, groups: [GROUPS[0]] }

function departments(...value: string[]): ScopeConfig {
  return { ...EVERYONE, rules: [{ property: 'department', op: 'in', value }] }
}

describe('a pass that was interrupted', () => {
  let company: SmallCompany
  afterEach(() => company.close())

  /** The links the next run reads. */
  const linksOf = async (): Promise<string[]> => {
    const links: string[] = []
    company.source.page = (link, ...rest) => {
      links.push(link)
      return company.directory.source.page(link, ...rest)
    }
    expect((await company.sync()).error).to.equal(null)
    return links
  }

  it('is not gone on with under a wider scope: who is in scope now is read', async () => {
    company = await SmallCompany.open({ scope: departments('Sales') })
    const sales = company.addMany(6)
    const ida = company.add(7, 'IT')
    await company.sync()
    for (const id of sales) company.directory.change(id, { name: 'Z' })
    company.failAfter(1)
    expect((await company.sync()).error?.code).to.equal('graph.unavailable')
    company.heal()
    company.settings = { ...company.settings, scope: departments('Sales', 'IT') }
    expect((await company.sync()).run.kind).to.equal('resync')
    expect(await company.user(ida)).to.include({ account: 'active' })
  })

  it('is begun again under other rules: whoever was read before is judged by those of today', async () => {
    company = await SmallCompany.open()
    const [ada = ''] = company.addMany(6)
    company.directory.change(ada, { enabled: false })
    company.failAfter(1)
    await company.sync()
    company.settings = { ...company.settings, rules: { disabledAccounts: 'inactive', licenseSeats: null } }
    expect(await linksOf()).to.include('full')
    await company.sync()
    expect(await company.user(ada)).to.include({ account: 'inactive', accountReason: 'disabled-in-entra' })
  })

  for (const [what, scope] of [
    ['without rules', EVERYONE],
    ['with a rule', departments('Sales')],
    ['with a group', GROUP],
  ] as const)
    it(`goes on where it stopped, the first one too, ${what}`, async () => {
      company = await SmallCompany.open({ scope })
      company.addMany(20)
      company.failAfter(4)
      await company.sync()
      expect(await linksOf()).to.deep.equal(['next:0:12', 'next:0:15', 'next:0:18'])
    })

  it('has not read who came into a group meanwhile: they are looked up', async () => {
    company = await SmallCompany.open({ scope: GROUP })
    const late = company.add(1, 'Sales', [])
    const left = company.add(2)
    for (let n = 3; n <= 10; n += 1) company.add(n)
    company.failAfter(2)
    await company.sync()
    company.heal()
    company.membersOf(0).add(late)
    company.membersOf(0).delete(left)
    expect((await company.sync()).error).to.equal(null)
    expect(await company.user(late)).to.include({ account: 'active' })
    expect(await company.user(left)).to.include({ account: 'inactive' })
  })
})

describe('a page', () => {
  let company: SmallCompany
  afterEach(() => company.close())

  it('that both removes somebody and names them in part removes them, unless a look-up has them', async () => {
    company = await SmallCompany.open()
    const [ada = '', ben = ''] = company.addMany(6)
    await company.sync()
    for (const id of [ada, ben]) company.directory.delete(id)
    company.source.page = async (...all) => {
      const page = await company.directory.source.page(...all)
      const late = (id: string) => ({ kind: 'patch', entraObjectId: id, profile: { displayName: 'Late' } }) as const
      return { ...page, items: [...page.items, late(ada), late(ben)] }
    }
    company.source.lookUp = async (id, signal) => {
      company.directory.restore(ben)
      return company.directory.source.lookUp(id, signal)
    }
    await company.sync()
    expect(await company.see(ada)).to.include({ account: 'inactive', removal: 'done: deleted in Entra' })
    expect(await company.see(ben)).to.include({ account: 'active', removal: null })
  })
})

describe('members whom a rule keeps out', () => {
  let company: SmallCompany
  let lookedUp: number
  beforeEach(async () => {
    company = await SmallCompany.open({ scope: { ...departments('Sales'), groups: [GROUPS[0]] } })
    company.addMany(20)
    lookedUp = 0
    company.source.lookUp = (...all) => {
      lookedUp += 1
      return company.directory.source.lookUp(...all)
    }
  })
  afterEach(() => company.close())

  const afterOneLeft = async (id: string): Promise<{ kind: string; lookedUp: number }> => {
    lookedUp = 0
    company.membersOf(0).delete(id)
    const { run, error } = await company.sync()
    expect(error).to.equal(null)
    expect((await company.user(id))?.account).to.equal('inactive')
    return { kind: run.kind, lookedUp }
  }

  for (const [many, first] of [
    [600, { kind: 'resync', lookedUp: 1 }],
    [30, { kind: 'incremental', lookedUp: 31 }],
  ] as const)
    it(`are judged once, ${many} of them, and not at every change of who is in the group`, async () => {
      for (let n = 21; n <= 20 + many; n += 1) company.add(n, 'IT')
      await company.sync()
      const [ada = '', ben = ''] = [...company.directory.people.keys()]
      expect(await afterOneLeft(ada)).to.deep.equal(first)
      expect(await afterOneLeft(ben)).to.deep.equal({ kind: 'incremental', lookedUp: 1 })
    })

  it('are judged again when others are in scope, and when one more has come', async () => {
    const ida = company.add(21, 'IT')
    await company.sync()
    await afterOneLeft([...company.directory.people.keys()][0] ?? '')
    const ivo = company.add(22, 'IT', [])
    const sam = company.add(23, 'Sales', [])
    await company.sync()
    for (const id of [ivo, sam]) company.membersOf(0).add(id)
    await company.sync()
    expect(await company.user(sam)).to.include({ account: 'active' })
    company.settings = { ...company.settings, scope: { ...company.settings.scope, rules: [] } }
    await company.sync()
    for (const id of [ida, ivo]) expect(await company.user(id)).to.include({ account: 'active' })
  })
})
