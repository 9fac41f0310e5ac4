import { expect } from 'chai'
import { createServer } from 'node:net'
import type { Run } from '../../src/domain/run.js'
import { aFolder, type Folder, type Running } from '../support/command.js'
import { together } from '../support/together.js'
import { withCompany, type Company } from './company.js'

const EVERY_SECOND = { SYNC_SCHEDULE: '* * * * * *', PORT: '0', PUBLIC_URL: 'http://127.0.0.1:8080' }

async function listening(running: Running): Promise<string> {
  return (await running.says(/^Listening on (http:\S+)$/m))[1] ?? ''
}

async function runsOf(folder: Folder): Promise<Run[]> {
  const { json } = await folder.run(['runs', 'list', '--limit', '100', '--json'])
  return (json['runs'] as Run[]).reverse()
}

function expectNoOverlap(runs: readonly Run[]): void {
  for (const [index, run] of runs.entries()) {
    const before = runs[index - 1]
    if (before)
      expect(run.startedAt >= (before.finishedAt ?? '~'), `${run.startedAt} ${before.finishedAt ?? ''}`).to.equal(true)
  }
}

/** Lines of a log in JSON. */
function linesOf(stderr: string): Record<string, unknown>[] {
  return stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** The exposition format of Prometheus: name, labels, value. */
function figures(text: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const line of text
    .trimEnd()
    .split('\n')
    .filter((one) => one !== '' && !one.startsWith('#'))) {
    const [, name = '', labels = '', value = ''] = /^([a-z_:][\w:]*)(\{.*\})? (\S+)$/.exec(line) ?? expect.fail(line)
    found.set(name + labels, Number(value))
  }
  return found
}

describe('serve', () => {
  together({
    'runs on schedule, one run at a time, tells how it is, and stops in order in the middle of a run': () =>
      withCompany(EVERY_SECOND, { users: 60, pageSize: 10 }, async (company) => {
        company.simulator.latencyMs = 250
        const serve = company.start(['serve'])
        const url = await listening(serve)
        expect(await (await fetch(`${url}/healthz`)).json()).to.deep.equal({ status: 'ok' })
        const early = await fetch(`${url}/readyz`)
        expect(early.status).to.equal(503)
        const state = (await early.json()) as Record<string, unknown>
        expect(state).to.have.all.keys('ready', 'reason', 'lastSuccessAt', 'nextRunAt', 'paused')
        expect(state).to.include({ ready: false, lastSuccessAt: null })
        expect(state['reason']).to.match(/^No run has succeeded yet; the target is 60 minutes/)

        await serve.says(/Run finished[^]*Run finished/)
        const late = await fetch(`${url}/readyz`)
        expect(late.status).to.equal(200)
        expect(await late.json()).to.include({ ready: true, reason: null })

        const metrics = await fetch(`${url}/metrics`)
        expect(metrics.headers.get('content-type')).to.match(/^text\/plain/)
        const known = figures(await metrics.text())
        const users = [...known].filter(([name]) => name.startsWith('entra_connector_users{'))
        expect(users.reduce((sum, [, count]) => sum + count, 0)).to.equal(60)
        const ran = 'entra_connector_runs_total{kind="initial",outcome="succeeded",connection="default"}'
        expect(known.get(ran)).to.equal(1)
        expect(known.get('entra_connector_paused{connection="default"}')).to.equal(0)
        const success = 'entra_connector_last_success_timestamp_seconds{feed="directory",connection="default"}'
        expect(known.get(success)).to.be.greaterThan(Date.now() / 1000 - 60)

        await serve.says(/(Run finished[^]*){2}"kind":"incremental"/)
        company.simulator.delta.expireAll('410-location')
        await serve.says(/Reading everybody again/)
        serve.send('SIGTERM')
        const { code, stderr } = await serve.ended
        expect(code, stderr).to.equal(0)
        const lines = linesOf(stderr)
        expect(lines.filter(({ level }) => level === 'error')).to.deep.equal([])
        expect(lines.map(({ message }) => message)).to.include.members(['Listening', 'Stopping'])

        const runs = await runsOf(company)
        expect(runs.map(({ trigger }) => trigger)).to.deep.equal(runs.map(() => 'schedule'))
        for (const run of runs) expect(run).not.to.have.property('tick')
        expect(runs.at(-1)).to.include({ outcome: 'interrupted', kind: 'resync' })
        expectNoOverlap(runs)
      }),

    'shares a store with another one: never two runs at once, and no error for that': () =>
      withCompany(EVERY_SECOND, { users: 60, pageSize: 10 }, async (company) => {
        company.simulator.latencyMs = 200
        const both = [company.start(['serve']), company.start(['serve'])]
        await Promise.race(both.map((one) => one.says(/is running this connection; we stand by/)))
        await Promise.race(both.map((one) => one.says(/Run finished[^]*Run finished/)))
        for (const one of both) one.send('SIGINT')
        for (const { code, stderr } of await Promise.all(both.map(({ ended }) => ended))) {
          expect(code).to.equal(0)
          expect(linesOf(stderr).filter(({ level }) => level === 'error')).to.deep.equal([])
        }
        expectNoOverlap(await runsOf(company))
      }),

    'waits as long as Microsoft asks it to, and asks nothing meanwhile': () =>
      withCompany(EVERY_SECOND, {}, async (company) => {
        const { simulator } = company
        simulator.faults.add({ match: { path: 'delta' }, do: { kind: 'throttle', retryAfter: '3600' } })
        const serve = company.start(['serve'])
        const url = await listening(serve)
        await serve.says(/Run finished/)
        const asked = simulator.requests.total
        await serve.says(/(Microsoft asked us to wait; this run is left out[^]*){2}/)
        expect(simulator.requests.total).to.equal(asked)
        const ready = await fetch(`${url}/readyz`)
        expect(ready.status).to.equal(503)
        expect(await ready.text()).to.match(/No run has succeeded yet; .*: Microsoft asked us to wait until /)
        serve.send('SIGTERM')
        expect((await serve.ended).code).to.equal(0)
        // By hand it is tried once, at once.
        expect((await company.run(['sync'])).code).to.equal(0)
      }),

    'goes on serving when runs fail, and says that it pauses, why, and until when': () =>
      withCompany({ ...EVERY_SECOND, AZURE_CLIENT_SECRET: 'wrong~secret' }, {}, async (company) => {
        const serve = company.start(['serve'])
        const url = await listening(serve)
        const [, nextTryAt = ''] = await serve.says(/"Paused: .* client secret is wrong; next try ([^"]*)"/)
        expect(Date.parse(nextTryAt) - Date.now()).to.be.within(13 * 60_000, 15 * 60_000)
        await serve.says(/The connection is paused; this run is left out/)
        const state = (await (await fetch(`${url}/readyz`)).json()) as Record<string, unknown>
        expect(state).to.include({ ready: false, nextRunAt: nextTryAt })
        expect(state['reason']).to.match(new RegExp(`the client secret is wrong; paused, next try ${nextTryAt}$`))
        const reason = 'Microsoft refused our sign-in: the client secret is wrong'
        expect(state['paused']).to.deep.equal([{ connection: 'default', reason, nextTryAt }])
        const known = figures(await (await fetch(`${url}/metrics`)).text())
        expect(known.get('entra_connector_failures_in_a_row{connection="default"}')).to.equal(1)
        expect(known.get('entra_connector_paused{connection="default"}')).to.equal(1)
        const next = known.get('entra_connector_next_try_timestamp_seconds{connection="default"}')
        expect(next).to.equal(Date.parse(nextTryAt) / 1000)
        expect((await fetch(`${url}/healthz`)).status).to.equal(200)
        serve.send('SIGTERM')
        expect((await serve.ended).code).to.equal(0)
      }),

    'with --no-schedule needs no Microsoft and asks it nothing': async () => {
      const folder = await aFolder({ PORT: '0', PUBLIC_URL: 'https://intranet.contoso.example/connector' })
      const serve = folder.start(['serve', '--no-schedule'])
      const url = await listening(serve)
      for (const path of ['/healthz', '/connector/healthz', '/connector/metrics', '/metrics'])
        expect((await fetch(url + path)).status, path).to.equal(200)
      expect(await (await fetch(`${url}/connector/readyz`)).json()).to.include({ ready: false, nextRunAt: null })
      const { json } = await folder.run(['tokens', 'create', '--scope', 'support', '--name', 'Support', '--json'])
      const headers = { authorization: `Bearer ${String(json['token'])}` }
      const answer = await fetch(`${url}/api/v1/explain?person=ana@contoso.example`, { headers })
      expect(answer.status).to.equal(503)
      expect(await answer.json()).to.deep.include({
        code: 'settings.invalid',
        title: 'No app registration is configured',
        detail: 'Set AZURE_TENANT_ID, AZURE_CLIENT_ID and a credential; .env.example lists them.',
      })
      serve.send('SIGINT')
      expect(await serve.ended).to.include({ code: 0 })
      await folder.remove()
    },

    'starts nothing and ends with 2 when its port is taken': () =>
      withCompany(EVERY_SECOND, {}, async (company: Company) => {
        const other = createServer().listen(0, '127.0.0.1')
        await new Promise((resolve) => other.once('listening', resolve))
        const { port } = other.address() as { port: number }
        const { code, json } = await company.run(['serve', '--json'], { PORT: String(port) })
        other.close()
        expect(code).to.equal(2)
        expect(json['error']).to.include({
          code: 'port.taken',
          message: `We cannot listen on 127.0.0.1:${port}: another program listens there already`,
        })
        expect(company.simulator.requests.total).to.equal(0)
      }),
  })
})
