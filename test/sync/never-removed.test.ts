import { expect } from 'chai'
import { EVERYONE } from '../../src/domain/scope.js'
import { explain } from '../../src/explain/gather.js'
import { GROUPS } from './histories/directory.js'
import { SmallCompany } from './small-company.js'

describe('somebody who is never removed by their user name', () => {
  let company: SmallCompany
  let ann: string
  const listed = (neverRemove: readonly string[]): void => {
    company.settings = { ...company.settings, scope: { ...company.settings.scope, neverRemove } }
  }
  beforeEach(async () => {
    company = await SmallCompany.open({ scope: { ...EVERYONE, groups: [GROUPS[0]] } })
    ;[ann = ''] = company.addMany(3)
    await company.sync()
    listed([' P1@contoso.example '])
  })
  afterEach(() => company.close())

  const keptBy = async () => (await company.see(ann)).account
  const told = (messages: readonly string[]): number => messages.filter((text) => text.includes('neverRemove')).length

  it('stays where they are renamed and leave the group at once, and that is said once, with the remedy', async () => {
    company.rename(ann, 'p1@contoso.com')
    company.group.members.delete(ann)
    const { run } = await company.sync()
    expect(await company.see(ann)).to.include({
      account: 'active',
      removal: 'protected: left group aaaaaaaa-0000-4000-8000-00000000000a',
    })
    const lines = []
    for await (const line of company.store.runs.log(run.runId)) lines.push(line)
    const line = lines.find(({ message }) => message.includes('neverRemove'))
    expect(line).to.include({ level: 'warn', about: 'p1@contoso.example' })
    expect(line?.details).to.include({ now: 'p1@contoso.com' })
    expect(line?.details?.['remedy']).to.include(ann)
    expect(told(await company.messages((await company.sync()).run.runId))).to.equal(0)
  })

  it('stays where they are renamed, read alone and deleted some runs later, until the list changes', async () => {
    company.rename(ann, 'p1@contoso.com')
    const { run } = await company.person(ann)
    expect(told(await company.messages(run.runId))).to.equal(1)
    await company.sync()
    company.directory.delete(ann)
    await company.sync()
    expect(await company.see(ann)).to.include({ account: 'active', removal: 'protected: deleted in Entra' })
    listed(['p2@contoso.example'])
    await company.sync()
    expect(await keptBy()).to.equal('inactive')
  })

  it('is not on the list again where their name comes back to it', async () => {
    company.rename(ann, 'p1@contoso.com')
    await company.sync()
    listed([])
    await company.sync()
    listed(['p1@contoso.example'])
    company.directory.delete(ann)
    await company.sync()
    expect(await keptBy()).to.equal('inactive')
  })

  it('is explained as the next run will judge, by the old name and by the new one', async () => {
    const answer = async (): Promise<string> => {
      const { store, source: directory, groups, settings, now } = company
      const { rules, scope, mapping } = settings
      const parts = { store, others: [], directory, groups, rules, scope, mapping, emailEnabled: true }
      const explained = await explain(ann, {
        ...parts,
        now: () => new Date(now),
        signal: new AbortController().signal,
      })
      return explained.steps.map(({ detail }) => detail).join(' ')
    }
    company.rename(ann, 'p1@contoso.com')
    company.group.members.delete(ann)
    expect(await answer()).to.include('on the list neverRemove')
    listed(['p1@contoso.com'])
    expect(await answer()).to.include('on the list neverRemove')
    await company.sync()
    expect(await keptBy()).to.equal('active')
    listed(['p3@contoso.com'])
    expect(await answer()).not.to.include('on the list neverRemove')
  })
})
