import { expect } from 'chai'
import type { ConnectionStore } from '../../src/store/port.js'
import { SmallCompany } from './small-company.js'

describe('a run that is stopped after its pages were read', () => {
  let company: SmallCompany
  let ada: string
  beforeEach(async () => {
    company = await SmallCompany.open()
    ;[ada = ''] = company.addMany(30)
    await company.sync()
  })
  afterEach(() => company.close())

  /** Stopped from the moment the store is asked for people in that way. */
  const stoppedAt = (name: 'list' | 'removals'): ConnectionStore => {
    const asked = company.store[name].bind(company.store) as (query: never) => never
    return {
      ...company.store,
      [name]: (query: never) => {
        company.stopping.abort()
        return asked(query)
      },
    }
  }

  const expectGoneOnWith = async (name: 'list' | 'removals'): Promise<void> => {
    const { run, error } = await company.sync(false, stoppedAt(name))
    expect(error).to.include({ code: 'run.interrupted' })
    expect(run).to.include({ outcome: 'interrupted' })
    expect(run.users).to.include({ deactivated: 0 })
    company.stopping = new AbortController()
    expect((await company.sync()).run.users).to.include({ deactivated: 1 })
  }

  it('is interrupted while everybody is evaluated again, and the next one does it', async () => {
    company.directory.change(ada, { enabled: false })
    await company.sync()
    company.settings = { ...company.settings, rules: { disabledAccounts: 'inactive', licenseSeats: null } }
    await expectGoneOnWith('list')
  })

  it('is interrupted while removals are settled, and the next one does it', async () => {
    company.directory.delete(ada)
    await expectGoneOnWith('removals')
  })
})
