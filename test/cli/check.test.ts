import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import type { SimulatorOptions } from '../../src/simulator/server.js'
import { each, hasTerminals, type Env } from '../support/command.js'
import { withCompany, type Company } from './company.js'

interface Line {
  readonly name: string
  readonly status: string
  readonly message: string
  readonly remedy: string | null
}

interface Seen {
  readonly code: number | null
  readonly ok: boolean
  readonly checks: readonly Line[]
  /** What Microsoft was asked, by kind of request. */
  readonly asked: ReadonlyMap<string, number>
}

interface Case {
  readonly env?: Env
  readonly options?: SimulatorOptions
  readonly prepare?: (company: Company) => unknown
  /** More of the environment, made in the folder. */
  readonly made?: (company: Company) => Promise<Env>
}

const NAMES = ['settings', 'token', 'permissions', 'graph', 'sign-in-log', 'store', 'mail', 'clock']
const OTHER = '11111111-2222-4333-8444-555555555555'
const MINUTE_MS = 60_000

function certificate(days: number): { pem: string; public: string } {
  const made = generate([{ name: 'commonName', value: 'connector' }], { days, keySize: 2048, algorithm: 'sha256' })
  return { pem: made.private + made.cert, public: made.cert }
}

const ending = certificate(10)

async function withCertificate({ write }: Company, content: string): Promise<Env> {
  return { AZURE_CLIENT_SECRET: '', AZURE_CLIENT_CERTIFICATE_PATH: await write('certificate.pem', content) }
}

const CASES = {
  good: {},
  'no people permission': { options: { roles: ['AuditLog.Read.All'] } },
  'no log permission': { options: { roles: ['User.Read.All'] } },
  'no permission at all': { options: { roles: [] } },
  'log not wanted': { env: { AHEAD_APP_ID: '' } },
  'too much granted': { options: { roles: ['User.ReadWrite.All', 'Group.Read.All', 'AuditLog.Read.All'] } },
  'no licence': { prepare: ({ simulator }) => (simulator.licence = 'none') },
  'broken store': { made: async ({ write }) => ({ STORE_URL: `sqlite:${await write('x', '')}/connector.db` }) },
  'wrong secret': { env: { AZURE_CLIENT_SECRET: 'wrong~secret' } },
  'wrong clock': { options: { now: () => new Date(Date.now() - 12 * MINUTE_MS) } },
  'wrong clock and secret': {
    env: { AZURE_CLIENT_SECRET: 'wrong~secret' },
    options: { now: () => new Date(Date.now() + 60 * MINUTE_MS) },
  },
  'certificate ends': {
    options: { certificate: ending.public },
    made: (company) => withCertificate(company, ending.pem),
  },
  'certificate is none': { made: (company) => withCertificate(company, 'no certificate') },
  'graph hangs': {
    prepare: ({ simulator }) => simulator.faults.add({ match: { path: '/v1.0/' }, times: 99, do: 'hang' }),
  },
  'graph is down': {
    prepare: ({ simulator }) => simulator.faults.add({ match: { path: '/v1.0/' }, times: 99, do: { status: 503 } }),
  },
  'authority redirects': {
    prepare: ({ simulator }) =>
      simulator.faults.add({
        match: { path: 'token' },
        times: 99,
        do: { kind: 'redirect', location: 'https://wifi.example/' },
      }),
  },
  'mail server away': { env: { MAIL_URL: 'smtp://ana:hunter2hunter2@127.0.0.1:9', MAIL_FROM: 'hr@contoso.example' } },
  'mail not granted': { env: { MAIL_URL: 'graph:hr@contoso.example' } },
  'mail folder below a file': { made: async ({ write }) => ({ MAIL_URL: `file:${await write('x', '')}/outbox` }) },
  'bad settings': { env: { PORT: 'many', AZURE_TENANT_ID: '', LOG_LEVEL: 'loud', AZURE_CLIENT_SECRT: 'misspelt' } },
  'bad log file': { made: async ({ write }) => ({ LOG_FILE: `${await write('x', '')}/connector.log` }) },
  'bad .env': { prepare: ({ path }) => mkdirSync(join(path, '.env')) },
} satisfies Readonly<Record<string, Case>>
type CaseName = keyof typeof CASES

describe('check', () => {
  const seen = new Map<string, Seen>()

  before(async function () {
    this.timeout(120_000)
    await each(Object.entries<Case>(CASES), 4, async ([name, { env = {}, options = {}, prepare, made }]) => {
      await withCompany({ GIVE_UP_AFTER: '7d', ...env }, options, async (company) => {
        prepare?.(company)
        const { code, json } = await company.run(['check', '--json'], (await made?.(company)) ?? {})
        expect(json, name).to.have.all.keys('ok', 'checks')
        const { ok, checks } = json as unknown as Seen
        seen.set(name, { code, ok, checks, asked: new Map(company.simulator.requests.counts) })
      })
    })
  })

  const of = (name: CaseName): Seen => seen.get(name) ?? expect.fail(`${name} was not run`)
  const line = (name: CaseName, check: string): Line =>
    of(name).checks.find((one) => one.name === check) ?? expect.fail(`${name} has no line about ${check}`)

  function expectLine(name: CaseName, check: string, status: string, message: RegExp, remedy?: RegExp): void {
    const found = line(name, check)
    expect(found.status, `${name}: ${found.message}`).to.equal(status)
    expect(found.message).to.match(message)
    if (remedy) expect(found.remedy).to.match(remedy)
  }

  function expectEnd(name: CaseName, code: number): void {
    expect({ name, code: of(name).code, ok: of(name).ok }).to.deep.equal({ name, code, ok: code === 0 })
  }

  it('looks at everything, in order, with nothing to do when all is well', () => {
    expectEnd('good', 0)
    const { checks, asked } = of('good')
    expect(checks.map(({ name }) => name)).to.deep.equal(NAMES)
    for (const one of checks) {
      expect(one).to.have.all.keys('name', 'status', 'message', 'remedy')
      expect(one).to.include({ status: 'ok', remedy: null })
    }
    expect([...asked.keys()].filter((request) => request.includes('delta'))).to.deep.equal([])
  })

  it('has a status it knows and a remedy for all that is not well, whatever is wrong', () => {
    for (const [name, { checks }] of seen)
      for (const { status, remedy, message } of checks) {
        expect(status, name).to.be.oneOf(['ok', 'warning', 'failed'])
        if (status !== 'ok') expect(remedy, `${name}: ${message}`).to.match(/\S/)
      }
  })

  it('names a missing permission and the page that grants it: exit 4', () => {
    expectEnd('no people permission', 4)
    const granting = (name: string): RegExp =>
      new RegExp(
        `^Entra admin center → Entra ID → App registrations → .* → API permissions → .* → ${name}; then Grant admin consent for `,
      )
    expectLine(
      'no people permission',
      'permissions',
      'failed',
      /^User\.Read\.All is not granted/,
      granting('User.Read.All'),
    )
    expectLine('no people permission', 'graph', 'failed', /^We are not allowed to read people$/)
    expectEnd('no log permission', 4)
    expectLine(
      'no log permission',
      'permissions',
      'failed',
      /^AuditLog\.Read\.All is not granted/,
      granting('AuditLog.Read.All'),
    )
    expectLine('no log permission', 'sign-in-log', 'failed', /not allowed to read the sign-in log/)
    expectLine('no log permission', 'graph', 'ok', /lets us read people/)
    expectEnd('no permission at all', 4)
    expect(
      of('no permission at all').checks.filter(({ name, status }) => name === 'permissions' && status === 'failed'),
    ).to.have.length(2)
  })

  it('warns of what is granted and not needed: exit 0', () => {
    expectEnd('too much granted', 0)
    const needless = of('too much granted').checks.filter(({ name }) => name === 'permissions')
    expect(needless.map(({ status, message }) => [status, message.split(' ')[0]])).to.have.deep.members([
      ['warning', 'User.ReadWrite.All'],
      ['warning', 'Group.Read.All'],
    ])
    expectEnd('log not wanted', 0)
    expectLine('log not wanted', 'permissions', 'warning', /^AuditLog\.Read\.All is granted and not needed/)
    expectLine('log not wanted', 'sign-in-log', 'ok', /^Off: AHEAD_APP_ID is not set/)
  })

  it('warns of a missing licence: exit 0', () => {
    expectEnd('no licence', 0)
    expectLine('no licence', 'sign-in-log', 'warning', /no Entra ID P1/)
  })

  it('ends with 5 for a store that cannot be used, and looks at everything else', () => {
    expectEnd('broken store', 5)
    expect(of('broken store').checks.map(({ name }) => name)).to.deep.equal(NAMES)
    expectLine('broken store', 'store', 'failed', /^We cannot open the store: /)
    expect(of('broken store').checks.filter(({ status }) => status !== 'ok')).to.have.length(1)
  })

  it('ends with 2 for settings, one line for each problem', () => {
    expectEnd('bad settings', 2)
    const { checks, asked } = of('bad settings')
    expect(checks.map(({ name, status, message }) => [name, status, message.split(' ')[0]])).to.have.deep.members([
      ['settings', 'failed', 'PORT'],
      ['settings', 'failed', 'LOG_LEVEL'],
      ['settings', 'failed', 'AZURE_TENANT_ID'],
      ['settings', 'warning', 'AZURE_CLIENT_SECRT'],
    ])
    expect(asked.size).to.equal(0)
    expectEnd('bad log file', 2)
    expectLine('bad log file', 'settings', 'failed', /^LOG_FILE names a file that cannot be written/)
    expectEnd('bad .env', 2)
    expectLine('bad .env', 'settings', 'failed', /\.env cannot be read/)
  })

  it('says why there is no token, and still looks at what needs none', () => {
    expectEnd('wrong secret', 4)
    expectLine('wrong secret', 'token', 'failed', /client secret is wrong$/, /copy the Value column/)
    for (const name of ['permissions', 'graph', 'sign-in-log'])
      expectLine('wrong secret', name, 'warning', /^Not looked at, because there is no token$/)
    for (const name of ['store', 'mail', 'clock']) expectLine('wrong secret', name, 'ok', /\S/)
    expectEnd('authority redirects', 5)
    expectLine('authority redirects', 'token', 'failed', /redirected us to wifi\.example/)
  })

  it('tells how far the clock is off, also when that is why nothing works', () => {
    expectEnd('wrong clock', 0)
    expectLine('wrong clock', 'clock', 'warning', /clock is 12 minutes ahead$/, /NTP/)
    expectLine('wrong clock and secret', 'clock', 'warning', /clock is 60 minutes behind$/)
  })

  it('tells when the certificate ends, and why one cannot be used', () => {
    expectEnd('certificate ends', 0)
    const lines = of('certificate ends').checks.filter(({ name }) => name === 'token')
    expect(lines.map(({ status }) => status)).to.deep.equal(['ok', 'warning'])
    expect(lines[1]?.message).to.match(/^Our certificate ends in (9|10) days, on \d{4}-\d\d-\d\d$/)
    expectEnd('certificate is none', 2)
    expectLine('certificate is none', 'token', 'failed', /certificate\.pem/)
  })

  it('does not wait for a Graph that does not answer: exit 5', () => {
    for (const name of ['graph hangs', 'graph is down'] as const) {
      expectEnd(name, 5)
      expect(line(name, 'graph').status).to.equal('failed')
      expectLine(name, 'sign-in-log', 'warning', /^Not looked at, because Graph does not answer$/)
    }
  })

  it('looks whether mail could be handed over, without its password in any line', () => {
    expectEnd('mail server away', 5)
    expectLine('mail server away', 'mail', 'failed', /^We cannot reach the mail server 127\.0\.0\.1:9$/)
    expect(JSON.stringify(of('mail server away').checks)).not.to.include('hunter2')
    expectEnd('mail folder below a file', 5)
    expectLine('mail folder below a file', 'mail', 'failed', /^We cannot write emails to /)
    expectEnd('mail not granted', 4)
    expectLine('mail not granted', 'mail', 'failed', /^Mail\.Send is not granted$/)
    expectLine(
      'mail not granted',
      'permissions',
      'failed',
      /^Mail\.Send is not granted: it is needed for sending emails$/,
    )
  })

  it('notices that the store holds the people of another tenant: exit 2', () =>
    withCompany({}, {}, async (company) => {
      await company.run(['sync'])
      await withCompany({}, { tenantId: OTHER }, async ({ simulator }) => {
        const { code, json } = await company.run(['check', '--json'], simulator.settings())
        expect(code).to.equal(2)
        const store = (json as unknown as Seen).checks.find(({ name }) => name === 'store')
        expect(store).to.include({ status: 'failed' })
        expect(store?.message).to.match(
          /^This store holds the people of tenant 7d1f0c52-.*, and we are signed in to tenant 11111111-/,
        )
      })
    }))

  it('warns of a disk that is nearly full', function () {
    return withCompany({}, {}, async (company) => {
      const disk = join(company.path, 'disk')
      mkdirSync(disk)
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', disk], { stdio: 'ignore' }).status !== 0)
        this.skip()
      try {
        const { code, json } = await company.run(['check', '--json'], { STORE_URL: `sqlite:${disk}/connector.db` })
        expect(code).to.equal(0)
        const store = (json as unknown as Seen).checks.find(({ name }) => name === 'store')
        expect(store).to.include({ status: 'warning' })
        expect(store?.message).to.match(/holds 0 people, and \d+ MB are left on its disk$/)
      } finally {
        spawnSync('umount', [disk])
      }
    })
  })

  it('tells a person the same in lines that fit the terminal', async function () {
    if (!hasTerminals()) this.skip()
    await withCompany({}, { roles: ['AuditLog.Read.All'] }, async (company) => {
      const { code, stdout } = await company.onTerminal(80, ['check'])
      expect(code).to.equal(4)
      expect(stdout).to.match(/^ok {7}settings {5}All settings can be read\r\n/)
      expect(stdout).to.match(/\r\nfailed {3}permissions {2}User\.Read\.All is not granted: it is needed for/)
      expect(stdout).to.match(/\r\n\r\n2 failed\.\r\n$/)
      for (const text of stdout.split('\r\n')) expect(text).to.have.length.at.most(80)
    })
  })
})
