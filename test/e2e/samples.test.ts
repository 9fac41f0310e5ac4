import { expect } from 'chai'
import { sample, samples } from '../graph/support/samples.js'
import { aTenant, type Tenant } from '../support/tenant.js'

const ADA = 'a1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9101'
const BEN = 'b2c1f8d5-1c2a-4d66-9e1f-4a7c3b8d0202'
const CLEO = 'c3b20ae6-2d3b-4e77-8f20-5b8d4c9e1303'
const GUS = '07764e2a-617f-42bb-8d64-9fc180d25707'

describe('rounds as Microsoft writes them', () => {
  let tenant: Tenant

  beforeEach(async () => {
    tenant = await aTenant({ users: 0, env: { AHEAD_APP_ID: '4345a7b9-9a63-4910-a426-35363201d503' } })
  })
  afterEach(() => tenant.close())

  const serve = (path: RegExp, query: RegExp, file: string): void => {
    const { status, body } = sample(file, tenant.simulator.url)
    tenant.simulator.faults.add({ match: { path, query }, times: 1, do: { status, body } })
  }

  it('an initial round and a round of changes end in what they say, sign-ins included', async () => {
    serve(/delta/i, /select/i, 'first-page')
    serve(/delta/i, /skip-0001/, 'last-page')
    serve(/signIns/i, /appId/i, 'sign-ins-page')
    const first = await tenant.sync()
    expect(first.error).to.equal(null)
    expect(first.run.users).to.include({ read: 4, created: 3, unchanged: 1 })
    expect(await tenant.person(CLEO)).to.include({
      userType: 'Guest',
      mail: 'cleo@fabrikam.example',
      account: 'active',
    })
    expect(await tenant.person(ADA)).to.include({ status: 'onboarded', firstLoginAt: '2026-11-20T06:58:41.619Z' })
    expect(await tenant.person(BEN)).to.include({ status: 'never-logged-in' })

    serve(/delta/i, /delta-0009/, 'changes-page')
    serve(/delta/i, /skip-0008/, 'last-page')
    const second = await tenant.sync()
    expect(second.error).to.equal(null)
    expect(second.run).to.include({ kind: 'incremental', outcome: 'succeeded' })
    expect(second.run.users).to.deep.include({ read: 7, created: 1, updated: 2, unchanged: 4 })
    expect(await tenant.person(BEN)).to.include({ jobTitle: 'Senior Accountant', department: 'Finance' })
    expect(await tenant.person(ADA)).to.include({
      mobilePhone: null,
      officeLocation: null,
      jobTitle: 'Head of Finance',
    })
    expect(await tenant.person(GUS)).to.include({ account: 'active', displayName: 'Gus Moreau' })
  })

  for (const { name = '', headers = {}, ...answer } of samples('dead-links', 'http://127.0.0.1'))
    it(`a dead link (${name}) leads to everybody being read again`, async () => {
      tenant.simulator.directory.create({ displayName: 'Zoë' })
      await tenant.sync()
      const { status, body } = answer
      tenant.simulator.faults.add({ match: { path: /delta/i }, do: { status, headers, body } })
      expect((await tenant.sync()).run).to.include({ kind: 'resync', outcome: 'succeeded' })
    })
})
