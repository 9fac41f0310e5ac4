import { expect } from 'chai'
import { EVERYONE } from '../../src/domain/scope.js'
import { decide } from '../../src/holds/decide.js'
import { viewOf } from '../../src/holds/view.js'
import { GROUPS } from './histories/directory.js'
import { SmallCompany } from './small-company.js'

const NONE = { count: 0, percent: 0 }

describe('an approval of one cause', () => {
  let company: SmallCompany
  let ids: string[]
  const open = async (over: Parameters<typeof SmallCompany.open>[0]): Promise<void> => {
    company = await SmallCompany.open({ removalLimit: NONE, ...over })
    company.groups.name = () => Promise.resolve('Staff')
    ids = company.addMany(3)
  }
  afterEach(() => company.close())

  const hold = async () => {
    const [first] = await company.store.holds.list({ all: false, limit: 1 })
    return first!
  }
  const approve = async (cause?: string) => {
    const wish = { verdict: 'approve' as const, ...(cause === undefined ? {} : { cause }) }
    const now = (): Date => new Date(company.now)
    return decide(company.store, (await hold()).id, wish, { by: 'mia', reason: null, now })
  }
  const into = (...groups: readonly (string | undefined)[]): void => {
    const scope = { ...EVERYONE, groups: groups.map((group) => group ?? '') }
    company.settings = { ...company.settings, scope }
  }

  it('to be in none of the assigned groups ends where others are assigned', async () => {
    await open({})
    const [ann = '', bob = '', cem = ''] = ids
    company.group.members.delete(ann)
    company.group.members.delete(cem)
    company.membersOf(1).add(cem)
    await company.sync()
    into(GROUPS[0])
    expect((await company.sync()).run.users).to.include({ held: 2 })
    await approve()
    into(GROUPS[1])
    expect((await company.sync()).run.users).to.include({ deactivated: 0, held: 2 })
    expect(await company.see(ann)).to.include({ account: 'active', removal: 'held: not in an assigned group' })
    expect(await company.see(bob)).to.include({ account: 'active' })
    expect(await company.see(cem)).to.include({ account: 'active', removal: null })
  })

  it('is not one of another group with the same name', async () => {
    await open({ scope: { ...EVERYONE, groups: [...GROUPS] } })
    const [ann = ''] = ids
    const dan = company.add(4, 'Sales', [1])
    await company.sync()
    company.membersOf(0).delete(ann)
    company.membersOf(1).delete(dan)
    await company.sync()
    const names = async () =>
      (await viewOf(company.store, await hold(), new Date(company.now))).causes.map(({ cause }) => cause)
    expect(await names()).to.have.members(GROUPS.slice(0, 2).map((id) => `left group “Staff” (${id})`))
    expect(await approve('left group “Staff”').catch((error: unknown) => error)).to.include({ code: 'hold.unknown' })
    expect(await approve(`left group "staff" (${GROUPS[0]})`)).to.include({ people: 1 })
    expect(await names(), 'what waits is called as before').to.deep.equal([`left group “Staff” (${GROUPS[1]})`])
    expect((await company.sync()).run.users).to.include({ deactivated: 1 })
    expect(await company.user(ann)).to.include({ account: 'inactive' })
    expect(await company.user(dan)).to.include({ account: 'active' })
  })
})
