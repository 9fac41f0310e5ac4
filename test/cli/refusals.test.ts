import { expect } from 'chai'
import type { Run } from '../../src/domain/run.js'
import { exitCodeOf } from '../../src/jobs/runner.js'
import type { Simulator } from '../../src/simulator/server.js'
import { each, type Env } from '../support/command.js'
import { aCompany, withCompany } from './company.js'

interface Case {
  readonly name: string
  /** Looked at through the command itself, not only through the run and its exit code. */
  readonly asCommand?: true
  readonly env?: Env
  readonly prepare?: (simulator: Simulator) => void
  readonly exit: number
  readonly code: string
  readonly message: RegExp
  readonly remedy: RegExp
}

const OTHER = '11111111-2222-4333-8444-555555555555'
const REFUSED = { exit: 4, code: 'sign-in.refused' }
const DOWN = { exit: 5, code: 'graph.unreachable' }
const always = { times: Infinity }

const CASES: readonly Case[] = [
  {
    ...REFUSED,
    name: 'a wrong secret',
    asCommand: true,
    env: { AZURE_CLIENT_SECRET: 'wrong~secret' },
    message: /^Microsoft refused our sign-in: the client secret is wrong$/,
    remedy: /Often the Secret ID was pasted.*Certificates & secrets → New client secret, copy the Value column/,
  },
  {
    ...REFUSED,
    name: "the secret's ID instead of its value",
    asCommand: true,
    env: { AZURE_CLIENT_SECRET: OTHER },
    message: /the client secret is wrong$/,
    remedy: /^This looks like the secret's ID\. Entra shows the Value once/,
  },
  {
    ...REFUSED,
    name: 'an expired secret',
    prepare: ({ tokens }) => tokens.failNext(9, 'expired-secret'),
    message: /the client secret has expired$/,
    remedy: /New client secret; put its Value into AZURE_CLIENT_SECRET/,
  },
  {
    ...REFUSED,
    name: 'a tenant that does not exist',
    env: { AZURE_TENANT_ID: OTHER },
    message: new RegExp(`^Tenant ${OTHER} was not found in this cloud$`),
    remedy: /Entra ID → Overview → Tenant ID/,
  },
  {
    ...REFUSED,
    name: 'an application that is not in the tenant',
    env: { AZURE_CLIENT_ID: OTHER },
    message: /^This application does not exist in tenant 7d1f0c52/,
    remedy: /Application \(client\) ID with AZURE_CLIENT_ID/,
  },
  {
    ...REFUSED,
    name: 'an application that is switched off',
    prepare: ({ tokens }) => tokens.failNext(9, 'app-disabled'),
    message: /^The application is switched off in this tenant$/,
    remedy: /Enterprise apps → .* → Properties → Enabled for users to sign-in\? → Yes/,
  },
  {
    name: 'an application without consent',
    asCommand: true,
    exit: 4,
    code: 'graph.denied',
    prepare: ({ tokens }) => (tokens.roles = []),
    message: /^We are not allowed to read people$/,
    remedy: /API permissions → Microsoft Graph → Application permissions → User\.Read\.All; then Grant admin consent/,
  },
  {
    name: 'a missing permission for the sign-in log',
    exit: 4,
    code: 'graph.denied',
    prepare: ({ tokens }) => (tokens.roles = ['User.Read.All']),
    message: /^We are not allowed to read the sign-in log$/,
    remedy: /Application permissions → AuditLog\.Read\.All/,
  },
  {
    ...DOWN,
    name: 'a Graph that cannot be reached',
    asCommand: true,
    env: {
      GRAPH_BASE_URL: 'https://graph.microsoft.com',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      NO_PROXY: '127.0.0.1',
      GIVE_UP_AFTER: '1s',
    },
    message: /^We cannot reach graph\.microsoft\.com$/,
    remedy: /name resolution, firewall, HTTPS_PROXY and NO_PROXY/,
  },
  {
    ...DOWN,
    name: 'the sign-in service at a closed port',
    env: { AZURE_AUTHORITY_HOST: 'http://127.0.0.1:9', GIVE_UP_AFTER: '1s' },
    message: /^We cannot reach 127\.0\.0\.1:9$/,
    remedy: /name resolution, firewall/,
  },
  {
    name: 'a Graph that is down',
    exit: 5,
    code: 'graph.unavailable',
    env: { GIVE_UP_AFTER: '1s' },
    prepare: ({ faults }) => faults.add({ match: { path: '/v1.0/' }, ...always, do: { kind: 'html', status: 503 } }),
    message: /^Microsoft Graph is unavailable for now$/,
    remedy: /Nothing to do; we try again by ourselves/,
  },
  {
    name: 'a wait longer than anybody waits',
    exit: 5,
    code: 'graph.throttled',
    prepare: ({ faults }) =>
      faults.add({ match: { path: '/v1.0/' }, ...always, do: { kind: 'throttle', retryAfter: '3600' } }),
    message: /^Microsoft asked us to wait until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/,
    remedy: /Nothing to do/,
  },
  {
    name: 'a redirect',
    asCommand: true,
    exit: 1,
    code: 'graph.redirected',
    prepare: ({ faults }) =>
      faults.add({ match: { path: 'delta' }, do: { kind: 'redirect', location: 'https://wifi.example/login?next=1' } }),
    message: /redirected us to wifi\.example\. Redirects are never followed$/,
    remedy: /GRAPH_BASE_URL and the proxy/,
  },
  {
    name: 'a link to another server',
    exit: 1,
    code: 'graph.foreign-link',
    prepare: ({ faults }) =>
      faults.add({ match: { path: 'delta' }, do: { kind: 'foreign-next-link', origin: 'https://graph.evil.example' } }),
    message: /^We stopped: an answer pointed to a server that is not Microsoft Graph \(graph\.evil\.example\)$/,
    remedy: /GRAPH_BASE_URL/,
  },
  {
    name: 'pages that are cut short',
    exit: 5,
    code: 'graph.incomplete-answer',
    env: { GIVE_UP_AFTER: '1s' },
    prepare: ({ faults }) => faults.add({ match: { path: 'delta' }, ...always, do: 'missing-value' }),
    message: /^An answer from Microsoft was incomplete$/,
    remedy: /Nothing to do/,
  },
]

interface Seen {
  readonly exit: number | null
  readonly run: Run
  readonly stderr: string
}

describe('what Microsoft may answer instead of people', () => {
  let results: Seen[]

  before(async function () {
    this.timeout(60_000)
    results = await each(CASES, 4, look)
  })

  async function look({ env = {}, prepare, asCommand }: Case): Promise<Seen> {
    const company = await aCompany(env)
    try {
      prepare?.(company.simulator)
      if (!asCommand) {
        const result = await company.sync()
        return { exit: exitCodeOf(result), run: result.run, stderr: '' }
      }
      const { code, json, stderr } = await company.run(['sync', '--json'])
      return { exit: code, run: json as unknown as Run, stderr }
    } finally {
      await company.close()
    }
  }

  const seen = (part: string): Seen =>
    results[CASES.findIndex(({ name }) => name.includes(part))] ?? expect.fail(`no result of ${part}`)

  for (const { name, exit, code, message, remedy } of CASES)
    it(`ends a run with ${exit} and says what to do about ${name}`, () => {
      const { run, ...ended } = seen(name)
      expect(ended.exit, ended.stderr).to.equal(exit)
      expect(run.outcome).to.equal('failed')
      expect(run.error).to.have.all.keys('code', 'message', 'remedy', 'requestId')
      expect(run.error?.code).to.equal(code)
      expect(run.error?.message).to.match(message)
      expect(run.error?.remedy).to.match(remedy)
    })

  it('stops nothing else: the directory is read without the sign-in log', () => {
    const { users, signIns } = seen('for the sign-in log').run
    expect(users).to.include({ read: 30, created: 30 })
    expect(signIns).to.include({ outcome: 'failed', reason: 'We are not allowed to read the sign-in log' })
  })

  it('carries the request id where Graph gave one', () => {
    expect(seen('without consent').run.error?.requestId).to.match(/^[\da-f-]{36}$/)
  })

  it('warns of a secret that looks like an ID before anything is sent', () => {
    const [first = ''] = seen("the secret's ID").stderr.split('\n')
    expect(JSON.parse(first)).to.include({ level: 'warn', setting: 'AZURE_CLIENT_SECRET' })
  })

  it('keeps people of different tenants apart', async () => {
    await withCompany({}, {}, async (company) => {
      await company.sync()
      await withCompany({}, { tenantId: OTHER }, async ({ simulator }) => {
        const { code, json } = await company.run(['sync', '--json'], simulator.settings())
        expect(code).to.equal(2)
        expect((json as unknown as Run).error).to.include({ code: 'settings.wrong-tenant' })
        expect((json as unknown as Run).users.read).to.equal(0)
      })
    })
  })

  it('is told a person as a block: headline, what is safe, what to do, details', async () => {
    await withCompany({ AZURE_CLIENT_SECRET: 'wrong~secret' }, {}, async ({ run }) => {
      const { stdout, stderr } = await run(['sync'], { LOG_LEVEL: 'error', LOG_FORMAT: 'pretty' })
      expect(stdout).to.match(/^First run failed in .*\nNobody was read\.\n/)
      const block = stderr.slice(stderr.indexOf('\nMicrosoft refused') + 1)
      expect(block).to.match(
        /^Microsoft refused our sign-in: the client secret is wrong\n {2}Everyone keeps their data and access\. Nobody was removed\.\n {2}What to do: .*\n {2}Details: AADSTS7000215 · HTTP 401 · request [\da-f-]{36} · correlation [\da-f-]{36} · .*Z: AADSTS7000215: .*\n$/,
      )
    })
  })
})
