import { expect } from 'chai'
import type { Run } from '../../src/domain/run.js'
import { openMailbox } from '../mail/support/smtp-servers.js'
import { together } from '../support/together.js'
import { everyone, withCompany, type Company } from './company.js'

const PEOPLE = 120

describe('SIGINT and SIGTERM', () => {
  const slowly = (test: (company: Company) => Promise<void>): Promise<void> =>
    withCompany({ LOG_LEVEL: 'debug' }, { users: PEOPLE, pageSize: 10 }, async (company) => {
      company.simulator.latencyMs = 150
      await test(company)
    })

  async function stopInTheMiddle(signal: NodeJS.Signals): Promise<void> {
    await slowly(async (company) => {
      const { simulator, start, run } = company
      const running = start(['sync', '--json'])
      await running.says(/"Page committed".*"page":2/)
      running.send(signal)
      const stopped = await running.ended
      expect(stopped, stopped.stderr).to.include({ code: 130, signal: null })
      const first = stopped.json as unknown as Run
      expect(first).to.include({ kind: 'initial', outcome: 'interrupted' })
      expect(first.error).to.include({ code: 'run.interrupted' })
      expect(first.users.created).to.be.within(20, PEOPLE - 20)

      simulator.latencyMs = 0
      const next = await run(['sync', '--json'])
      expect(next.code, next.stderr).to.equal(0)
      expect(next.stderr).to.include('Going on with the pass that was interrupted')
      const second = next.json as unknown as Run
      expect(second.users.created + first.users.created).to.equal(PEOPLE)
      expect(await everyone(company)).to.have.length(PEOPLE)
      const { runs } = (await run(['runs', 'list', '--json'])).json as unknown as { runs: Run[] }
      expect(runs.map(({ runId, outcome }) => [runId, outcome])).to.deep.equal([
        [second.runId, 'succeeded'],
        [first.runId, 'interrupted'],
      ])
    })
  }

  together({
    'end a run in order: 130, progress kept, the lease given back, the next run goes on': () =>
      Promise.all([stopInTheMiddle('SIGINT'), stopInTheMiddle('SIGTERM')]),

    'a second one ends at once, and the next run takes over': () =>
      slowly(async ({ simulator, start, run }) => {
        const running = start(['sync', '--json'])
        await running.says(/"Page committed".*"page":1/)
        simulator.faults.add({ match: { path: '/v1.0/' }, times: Infinity, do: 'hang' })
        running.send('SIGSTOP')
        running.send('SIGINT')
        running.send('SIGTERM')
        running.send('SIGCONT')
        // The orderly end may be quicker than the second signal; then it has told of the run.
        const ended = await running.ended
        expect(ended).to.include({ code: 130, signal: null })
        if (ended.stdout !== '') expect(ended.json).to.include({ outcome: 'interrupted' })
        simulator.faults.clear()
        simulator.latencyMs = 0
        const next = await run(['sync', '--json'])
        expect(next.code, next.stderr).to.equal(0)
      }),

    'tells a person that progress is kept': () =>
      slowly(async ({ start }) => {
        const running = start(['sync'])
        await running.says(/"Page committed".*"page":1/)
        running.send('SIGINT')
        const { code, stdout } = await running.ended
        expect(code).to.equal(130)
        expect(stdout).to.match(/^First run interrupted, progress kept in [\d.]+ s · /)
      }),

    'a run that was sending emails is interrupted, too; what was sent is counted, the others stay owed': async () => {
      const mailbox = await openMailbox()
      const mail = {
        MAIL_URL: `smtp://127.0.0.1:${mailbox.port}`,
        MAIL_FROM: 'intranet@contoso.example',
        MAIL_PER_MINUTE: '60',
      }
      await withCompany(mail, {}, async (company) => {
        const { run, start, sync } = company
        await sync()
        const some = (await everyone(company)).slice(0, 5).map(({ id }) => id)
        for (const request of ['enable-ahead-login', 'send-invitation'])
          await run(['users', request, ...some], { EMAIL_ENABLED: 'false' })

        const running = start(['sync', '--json'])
        while (mailbox.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
        running.send('SIGINT')
        const { code, json, stderr } = await running.ended
        expect(code, stderr).to.equal(130)
        const first = json as unknown as Run
        expect(first).to.include({ outcome: 'interrupted' })
        expect(first.error).to.include({ code: 'run.interrupted' })
        expect(first.emails.sent).to.equal(mailbox.received.length)
        expect(first.emails).to.include({ failed: 0, owed: some.length - first.emails.sent })
        expect(first.emails.owed).to.be.greaterThan(0)

        const next = (await sync({}, { EMAIL_ENABLED: 'false' })).run
        expect(next.emails).to.deep.equal({ sent: 0, failed: 0, owed: first.emails.owed })
      })
      await mailbox.close()
    },

    'ends a check with 130, and with one JSON document': () =>
      slowly(async ({ simulator, start }) => {
        simulator.faults.add({ match: { path: '/v1.0/' }, times: Infinity, do: 'hang' })
        const running = start(['check', '--json'])
        while (simulator.requests.list('/v1.0/').length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
        running.send('SIGINT')
        const { code, json } = await running.ended
        expect(code).to.equal(130)
        expect(json['error']).to.include({ code: 'run.interrupted' })
      }),
  })
})
