import { expect } from 'chai'
import { aTenant, type Tenant } from '../support/tenant.js'

describe('somebody with the user name of a former account', () => {
  let tenant: Tenant
  beforeEach(async () => {
    tenant = await aTenant({ users: 6 })
  })
  afterEach(() => tenant.close())

  it('is a record of their own, and the run says whose name it was', async () => {
    await tenant.sync()
    const { directory } = tenant.simulator
    const { id, userPrincipalName } = directory.byIndex(2)
    const former = await tenant.person(id)
    directory.softDelete(id)
    directory.purge(id)
    const again = directory.create({ userPrincipalName, displayName: "Zoë O'Hara 李" })
    const { run } = await tenant.sync()
    expect(run.users).to.include({ created: 1, deactivated: 1 })
    const told = tenant.log.find(({ message }) => message.startsWith('Somebody new has the user name'))
    expect(told?.fields).to.include({ about: userPrincipalName, former: former?.id })
    expect(await tenant.person(again.id)).to.include({ account: 'active', firstLoginAt: null })
    expect(await tenant.person(id)).to.include({ account: 'inactive', id: former?.id })
  })

  it('is not told of on the first read, nor where nobody had the name', async () => {
    await tenant.sync()
    tenant.simulator.directory.create({ displayName: 'New' })
    await tenant.sync()
    expect(tenant.log.filter(({ message }) => message.startsWith('Somebody new'))).to.deep.equal([])
  })
})
