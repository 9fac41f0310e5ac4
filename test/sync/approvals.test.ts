import { expect } from 'chai'
import { decide } from '../../src/holds/decide.js'
import { SmallCompany } from './small-company.js'

const DAY_MS = 86_400_000

describe('an approval', () => {
  let company: SmallCompany
  let ada: string
  beforeEach(async () => {
    company = await SmallCompany.open({ removalLimit: { count: 0, percent: 0 }, holdsExpireMs: DAY_MS })
    ;[ada = ''] = company.addMany(4)
    await company.sync()
    company.directory.delete(ada)
    expect((await company.sync()).run.users).to.include({ held: 1 })
    const now = (): Date => new Date(company.now)
    await decide(company.store, await open(), { verdict: 'approve' }, { by: 'mia', reason: null, now })
  })
  afterEach(() => company.close())

  const open = async (): Promise<string> => {
    const [hold, ...more] = await company.store.holds.list({ all: false, limit: 10 })
    expect(more).to.deep.equal([])
    return hold?.id ?? ''
  }

  it('acts with the next run', async () => {
    company.now += DAY_MS
    expect((await company.sync()).run.users).to.include({ deactivated: 1, held: 0 })
    expect(await company.user(ada)).to.include({ account: 'inactive' })
  })

  it('that no run has acted on in time expires with its hold: nobody is removed, and it is asked about anew', async () => {
    const before = await open()
    company.now += DAY_MS + 1
    expect((await company.sync()).run.users).to.include({ deactivated: 0, held: 1 })
    expect(await company.user(ada)).to.include({ account: 'active' })
    expect(await company.store.holds.get(before)).to.include({ ended: 'expired' })
    expect(await open()).not.to.equal(before)
    company.now += 1
    expect((await company.sync()).run.users).to.include({ deactivated: 0 })
    expect(await company.user(ada)).to.include({ account: 'active' })
  })
})
