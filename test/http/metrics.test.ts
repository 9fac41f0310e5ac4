import { expect } from 'chai'
import { createMetrics } from '../../src/http/metrics.js'
import { SmallCompany } from '../sync/small-company.js'

describe('the figures', () => {
  it('say how many changes a full read has found that Microsoft had not reported, once it was made', async () => {
    const company = await SmallCompany.open({ reconcileMs: 1000 })
    try {
      const metrics = createMetrics([company.store], () => Promise.resolve({ isPaused: false, at: null }))
      const missed = async (): Promise<string | undefined> =>
        (await metrics.text()).split('\n').find((line) => line.startsWith('entra_connector_missed_changes{'))
      const [ada = ''] = company.addMany(2)
      await company.sync()
      expect(await missed()).to.equal(undefined)
      company.missInRounds(ada)
      company.directory.change(ada, { name: 'Ada' })
      company.now += 1000
      await company.sync()
      expect(await missed()).to.equal('entra_connector_missed_changes{connection="default"} 1')
    } finally {
      await company.close()
    }
  })
})
