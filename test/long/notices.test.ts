import { expect } from 'chai'
import { withCompany } from '../cli/company.js'
import { aReceiver } from '../support/receiver.js'

describe('admins of a broken connection', () => {
  it('are told once by two serve processes on one store, and by runs from cron', async () => {
    const receiver = await aReceiver()
    const events = (): unknown[] => receiver.received.map(({ json }) => json['event'])
    try {
      await withCompany({ AZURE_CLIENT_SECRET: 'wrong~secret' }, {}, async (company) => {
        for (let n = 0; n < 2; n += 1) expect((await company.run(['sync'])).code).to.equal(4)
        const settings = {
          NOTIFY_WEBHOOK_URL: receiver.url,
          NOTIFY_WEBHOOK_SECRET: 'a secret between two machines',
          PORT: '0',
          LOG_FORMAT: 'json',
        }
        const both = [1, 2].map(() => company.start(['serve', '--no-schedule'], settings))
        await Promise.all(both.map((one) => one.says(/Listening on/)))
        await Promise.race(both.map((one) => one.says(/Notification sent/)))
        for (const one of both) one.send('SIGTERM')
        for (const { code, stderr } of await Promise.all(both.map(({ ended }) => ended)))
          expect(code, stderr).to.equal(0)
        expect(events()).to.deep.equal(['connection.broken'])

        const working = { ...settings, AZURE_CLIENT_SECRET: company.simulator.settings().AZURE_CLIENT_SECRET }
        expect((await company.run(['sync'], working)).code).to.equal(0)
        expect((await company.run(['sync'], working)).code).to.equal(0)
        expect(events()).to.deep.equal(['connection.broken', 'connection.healthy'])
      })
    } finally {
      await receiver.close()
    }
  })
})
