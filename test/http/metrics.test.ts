import { expect } from 'chai'
import { ConnectorError } from '../../src/domain/errors.js'
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

  it('of a damaged connection are missing, and those of the others are there', async () => {
    const company = await SmallCompany.open({})
    try {
      const damage = () => Promise.reject(new ConnectorError('store.corrupt', { message: 'damaged' }))
      const bad = { ...company.store, connection: 'bad', feed: damage, tally: damage }
      const metrics = createMetrics([bad, company.store], () => Promise.resolve({ isPaused: false, at: null }))
      company.addMany(2)
      await company.sync()
      const lines = (await metrics.text()).split('\n')
      const of = (name: string): number => lines.filter((line) => line.startsWith(`entra_connector_${name}{`)).length
      expect(of('users')).to.be.greaterThan(0)
      expect([of('last_success_timestamp_seconds'), of('failures_in_a_row'), of('emails_owed')]).to.deep.equal([
        2, 1, 2,
      ])
    } finally {
      await company.close()
    }
  })
})
