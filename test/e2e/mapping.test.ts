import { expect } from 'chai'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { aTenant, type Tenant } from '../support/tenant.js'

describe('another mapping over properties that are kept', () => {
  let tenant: Tenant
  before(async () => {
    tenant = await aTenant({ users: 12, pageSize: 5 })
    await mkdir(join(tenant.directory, 'config'))
  })
  after(() => tenant.close())

  const map = async (how: 'upper' | 'lower'): Promise<void> => {
    const mapping = { displayName: { from: ['displayName'], case: how } }
    await writeFile(join(tenant.directory, 'config', 'mapping.json'), JSON.stringify(mapping))
    await tenant.reopen()
  }
  const names = async (): Promise<(string | null)[]> =>
    (await tenant.everyone()).map(({ displayName }) => displayName).sort()
  const reads = (): number => tenant.simulator.requests.list(/\/users\/.*delta/i).length

  it('shows in a preview, and is applied by one request for what is new', async () => {
    await map('upper')
    expect((await tenant.sync()).run).to.deep.include({ kind: 'initial', outcome: 'succeeded' })
    const upper = await names()
    expect(upper).to.deep.equal(upper.map((name) => name?.toUpperCase()))

    await map('lower')
    tenant.simulator.requests.clear()
    const { run: previewed } = await tenant.sync({ dryRun: true })
    expect(previewed).to.deep.include({ kind: 'incremental', dryRun: true })
    expect(await names()).to.deep.equal(upper)
    const { run } = await tenant.sync()
    expect(run.kind).to.equal('incremental')
    expect(run.users).to.deep.equal(previewed.users)
    const changed = upper.filter((name) => name !== name?.toLowerCase()).length
    expect(run.users).to.include({ read: changed, updated: changed })
    expect(await names()).to.have.members(upper.map((name) => name?.toLowerCase()))
    expect(reads(), 'one for the preview, one for the run').to.equal(2)
    expect((await tenant.sync()).run.users.read).to.equal(0)
  })
})
