import { expect } from 'chai'
import { get, readRound, start, stopAll } from './caller.js'

/** What rules about people may read besides the usual, each with a value of the shape it has in Graph. */
const VALUES = {
  otherMails: ["o'hara+1@partner.example", 'zoë@büro.example'],
  proxyAddresses: ['SMTP:ada@contoso.example', 'smtp:a.b@contoso.example'],
  businessPhones: ['+41 44 000 00 00'],
  imAddresses: ['ada@contoso.example'],
  streetAddress: 'Bahnhofstraße 1;\nHinterhof',
  city: 'Łódź',
  state: 'Zürich',
  postalCode: '8001',
  country: '日本',
  usageLocation: 'CH',
  faxNumber: '0',
  companyName: 'Contoso "AG"',
  department: '',
  officeLocation: 'مكتب 7',
  employeeType: 'Contractor',
  employeeHireDate: '2026-12-01T00:00:00Z',
  externalUserState: 'PendingAcceptance',
  externalUserStateChangeDateTime: '2026-11-01T00:00:00Z',
  onPremisesSyncEnabled: true,
  onPremisesSamAccountName: 'ADA$',
  onPremisesDomainName: 'contoso.local',
  onPremisesImmutableId: 'aGVsbG8=',
  assignedLicenses: [{ skuId: '11111111-2222-4333-8444-555555555555', disabledPlans: [] }],
}

describe('the properties of simulated people', () => {
  afterEach(stopAll)

  it('can each be selected, change, and come with the next round', async () => {
    const sim = await start({ users: 3 })
    const { id } = sim.directory.byIndex(2)
    const select = Object.keys(VALUES).join(',')
    const first = await readRound(sim, `/users/delta?$select=${select}`)
    sim.directory.update(id, VALUES)
    const second = await readRound(sim, first.deltaLink)
    expect(second.items).to.deep.equal([{ id, ...VALUES }])
    for (const [name, value] of Object.entries(VALUES)) {
      const { body } = await get(sim, `/users/${id}?$select=${name.toUpperCase()}`)
      expect(body[name], name).to.deep.equal(value)
    }
    sim.directory.update(id, { state: null, city: null })
    expect((await readRound(sim, second.deltaLink)).items[0]).to.include({
      id,
      state: null,
      city: null,
      country: '日本',
    })
  })

  it('include the fifteen extension attributes, of which each changes for itself', async () => {
    const sim = await start({ users: 3 })
    const { id } = sim.directory.byIndex(0)
    const path = `/users/${id}?$select=onPremisesExtensionAttributes`
    const attributes = async (): Promise<Record<string, unknown>> =>
      (await get(sim, path)).body['onPremisesExtensionAttributes'] as Record<string, unknown>
    expect(Object.values(await attributes())).to.deep.equal(Array.from({ length: 15 }, () => null))
    const first = await readRound(sim, '/users/delta?$select=onPremisesExtensionAttributes')
    expect(first.items[0]).to.deep.equal({ id })
    sim.directory.update(id, {
      onPremisesExtensionAttributes: { extensionAttribute1: 'sales', extensionAttribute15: '🦊' },
    })
    sim.directory.update(id, { onPremisesExtensionAttributes: { extensionAttribute1: null } })
    const second = await readRound(sim, first.deltaLink)
    expect(second.items).to.deep.equal([{ id, onPremisesExtensionAttributes: await attributes() }])
    expect(await attributes()).to.include({ extensionAttribute1: null, extensionAttribute15: '🦊' })
    sim.directory.update(id, { onPremisesExtensionAttributes: { extensionAttribute15: '🦊' } })
    expect((await readRound(sim, second.deltaLink)).items).to.deep.equal([])
  })
})
