import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { hasTerminals, type Env, type Folder } from '../support/command.js'
import { aCompany, withCompany, type Company } from './company.js'

interface Line {
  readonly name: string
  readonly status: string
  readonly message: string
  readonly remedy: string | null
}

interface Report {
  readonly code: number | null
  readonly ok: boolean
  readonly checks: readonly Line[]
}

const NAMES = ['settings', 'token', 'permissions', 'graph', 'sign-in-log', 'store', 'mail', 'clock']

async function check({ run }: Folder, env: Env = {}): Promise<Report> {
  const { code, json } = await run(['check', '--json'], env)
  expect(json).to.have.all.keys('ok', 'checks')
  const report = { code, ...(json as unknown as Omit<Report, 'code'>) }
  for (const line of report.checks) expect(line).to.have.all.keys('name', 'status', 'message', 'remedy')
  return report
}

describe('check', () => {
  let company: Company

  before(async () => {
    company = await aCompany()
  })
  after(() => company.close())

  it('prints a line about everything as one JSON document', async () => {
    const { code, ok, checks } = await check(company)
    expect({ code, ok }).to.deep.equal({ code: 0, ok: true })
    expect(checks.map(({ name }) => name)).to.deep.equal(NAMES)
    for (const line of checks) expect(line).to.include({ status: 'ok', remedy: null })
  })

  it('is fine with a warning: a missing licence', async () => {
    company.simulator.licence = 'none'
    const { code, ok, checks } = await check(company)
    company.simulator.licence = 'p1'
    expect({ code, ok }).to.deep.equal({ code: 0, ok: true })
    expect(checks.filter(({ status }) => status !== 'ok').map(({ name, status }) => [name, status])).to.deep.equal([
      ['sign-in-log', 'warning'],
    ])
  })

  it('ends with 4 for a refused sign-in, with 5 for a store that cannot be used', async () => {
    const file = await company.write('a-file', '')
    const [secret, store] = await Promise.all([
      check(company, { AZURE_CLIENT_SECRET: '11111111-2222-4333-8444-555555555555' }),
      check(company, { STORE_URL: `sqlite:${file}/connector.db` }),
    ])
    expect([secret.code, secret.ok]).to.deep.equal([4, false])
    expect(secret.checks.map(({ name, status }) => [name, status]).slice(0, 2)).to.deep.equal([
      ['settings', 'warning'],
      ['token', 'failed'],
    ])
    expect([store.code, store.ok]).to.deep.equal([5, false])
    expect(store.checks.map(({ name }) => name)).to.deep.equal(NAMES)
  })

  it('ends with 2 for settings, one line for each problem, and asks nobody anything', async () => {
    const asked = company.simulator.requests.total
    const bad = { PORT: 'many', AZURE_TENANT_ID: '', LOG_LEVEL: 'loud', AZURE_CLIENT_SECRT: 'misspelt' }
    const { code, ok, checks } = await check(company, bad)
    expect({ code, ok }).to.deep.equal({ code: 2, ok: false })
    expect(checks.map(({ name, status, message }) => [name, status, message.split(' ')[0]])).to.have.deep.members([
      ['settings', 'failed', 'PORT'],
      ['settings', 'failed', 'LOG_LEVEL'],
      ['settings', 'failed', 'AZURE_TENANT_ID'],
      ['settings', 'warning', 'AZURE_CLIENT_SECRT'],
    ])
    expect(company.simulator.requests.total).to.equal(asked)
  })

  it('ends with 2 for a log file that cannot be written, and a .env that cannot be read', async () => {
    const file = await company.write('b-file', '')
    const log = await check(company, { LOG_FILE: `${file}/connector.log` })
    expect(log.code).to.equal(2)
    expect(log.checks.map(({ name, status }) => [name, status])).to.deep.equal([['settings', 'failed']])
    expect(log.checks[0]?.message).to.match(/^LOG_FILE names a file that cannot be written/)
    await withCompany({}, {}, async (other) => {
      mkdirSync(join(other.path, '.env'))
      const { code, checks } = await check(other)
      expect(code).to.equal(2)
      expect(checks[0]?.message).to.match(/\.env cannot be read: it is a folder/)
    })
  })

  it('notices that the store holds the people of another tenant: 2', async () => {
    await company.sync()
    await withCompany({}, { tenantId: '11111111-2222-4333-8444-555555555555' }, async ({ simulator }) => {
      const { code, checks } = await check(company, simulator.settings())
      expect(code).to.equal(2)
      const store = checks.find(({ name }) => name === 'store')
      expect(store?.status).to.equal('failed')
      expect(store?.message).to.match(
        /^This store holds the people of tenant 7d1f0c52-.* signed in to tenant 11111111-/,
      )
    })
  })

  it('warns of a disk that is nearly full', async function () {
    const disk = join(company.path, 'disk')
    mkdirSync(disk)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', disk], { stdio: 'ignore' })
    if (mounted.status !== 0) this.skip()
    try {
      const { code, checks } = await check(company, { STORE_URL: `sqlite:${disk}/connector.db` })
      expect(code).to.equal(0)
      const store = checks.find(({ name }) => name === 'store')
      expect(store?.status).to.equal('warning')
      expect(store?.message).to.match(/holds 0 people, and \d+ MB are left on its disk$/)
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  })

  it('tells a person the same in lines that fit the terminal', async function () {
    if (!hasTerminals()) this.skip()
    await withCompany({}, { roles: ['AuditLog.Read.All'] }, async ({ onTerminal }) => {
      const { code, stdout } = await onTerminal(80, ['check'])
      expect(code).to.equal(4)
      expect(stdout).to.match(/^ok {7}settings {5}All settings can be read\r\n/)
      expect(stdout).to.match(/\r\nfailed {3}permissions {2}User\.Read\.All is not granted: it is needed for/)
      expect(stdout).to.match(/\r\n\r\n2 failed\.\r\n$/)
      for (const text of stdout.split('\r\n')) expect(text).to.have.length.at.most(80)
    })
  })
})
