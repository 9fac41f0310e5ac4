import { expect } from 'chai'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import selfsigned from 'selfsigned'
import { check } from '../src/app.js'
import { readConfig } from '../src/config/read.js'
import type { Check, CheckReport } from '../src/jobs/checks.js'
import { startSimulator, type Simulator, type SimulatorOptions } from '../src/simulator/server.js'
import { NEW_FEEDS } from '../src/domain/feed.js'
import { openSqlite } from '../src/store/sqlite/open.js'
import { openMailbox, refusal } from './mail/support/smtp-servers.js'
import { begin, created } from './store/support.js'
import { silent } from './support/log.js'
import { aUser, NOW } from './support/people.js'

const NAMES = ['token', 'permissions', 'graph', 'sign-in-log', 'store', 'mail', 'clock']
const OBJECT_ID = '33333333-2222-4333-8444-555555555555'
const MINUTE_MS = 60_000

interface Seen extends CheckReport {
  readonly simulator: Simulator
  readonly line: (name: string) => Check
}

describe('the probes of check', () => {
  let folder: string
  const open: Simulator[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'probes-'))
  })
  afterEach(async () => {
    for (const simulator of open.splice(0)) await simulator.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function look(
    env: Readonly<Record<string, string>> = {},
    options: SimulatorOptions = {},
    prepare: (simulator: Simulator) => unknown = () => undefined,
  ): Promise<Seen> {
    const simulator = await startSimulator({ users: 5, ...options })
    open.push(simulator)
    prepare(simulator)
    const all = { ...simulator.settings(), GIVE_UP_AFTER: '1s', ...env }
    const read = readConfig({ env: all, cwd: folder, tty: false, needs: 'microsoft' })
    if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join(' '))
    const report = await check(
      { config: read.config, secrets: read.secrets, log: silent },
      new AbortController().signal,
    )
    for (const { status, remedy, message } of report.checks) {
      expect(status).to.be.oneOf(['ok', 'warning', 'failed'])
      if (status !== 'ok') expect(remedy, message).to.match(/\S/)
    }
    const line = (name: string): Check => report.checks.find((one) => one.name === name) ?? expect.fail(`no ${name}`)
    return { ...report, simulator, line }
  }

  function expectLine({ line }: Seen, name: string, status: Check['status'], message: RegExp, remedy = /^/): void {
    expect(line(name).message).to.match(message)
    expect(line(name).status).to.equal(status)
    expect(line(name).remedy ?? '').to.match(remedy)
  }

  const granting = (name: string): RegExp =>
    new RegExp(`App registrations → .* → API permissions → .* → ${name}; then Grant admin consent for `)

  it('look at everything, in order, and change nothing', async () => {
    const { checks, exitCode, simulator } = await look()
    expect(exitCode).to.equal(0)
    expect(checks.map(({ name, status, remedy }) => [name, status, remedy])).to.deep.equal(
      NAMES.map((name) => [name, 'ok', null]),
    )
    expect([...simulator.requests.counts.keys()].filter((request) => request.includes('delta'))).to.deep.equal([])
  })

  it('name a missing permission and the page that grants it: 4', async () => {
    const people = await look({}, { roles: ['AuditLog.Read.All'] })
    expect(people.exitCode).to.equal(4)
    expectLine(people, 'permissions', 'failed', /^User\.Read\.All is not granted/, granting('User.Read.All'))
    expectLine(people, 'graph', 'failed', /^We are not allowed to read people$/)
    const log = await look({}, { roles: ['User.Read.All'] })
    expect(log.exitCode).to.equal(4)
    expectLine(log, 'permissions', 'failed', /^AuditLog\.Read\.All is not granted/, granting('AuditLog.Read.All'))
    expectLine(log, 'sign-in-log', 'failed', /not allowed to read the sign-in log/)
    expectLine(log, 'graph', 'ok', /lets us read people/)
    const { checks } = await look({}, { roles: [] })
    expect(checks.filter(({ name, status }) => name === 'permissions' && status === 'failed')).to.have.length(2)
  })

  it('say what narrows the tenant, and what its groups need', async () => {
    await mkdir(join(folder, 'config'))
    const scope = (content: object) => writeFile(join(folder, 'config', 'scope.json'), JSON.stringify(content))
    await scope({ rules: [{ property: 'department', op: 'not-empty' }], userTypes: ['member'] })
    const rules = await look()
    expectLine(rules, 'scope', 'ok', /^Narrowed by Members only, 1 rule$/)
    expect(rules.checks.filter(({ status }) => status !== 'ok')).to.deep.equal([])
    const [here, gone] = ['11111111-2222-4333-8444-555555555555', '22222222-2222-4333-8444-555555555555']
    await scope({ groups: [here, gone] })
    const staff = (simulator: Simulator) => simulator.groups.create({ id: here, displayName: 'Staff-CH 営業' })
    const groups = await look({}, { roles: ['User.Read.All', 'AuditLog.Read.All', 'GroupMember.Read.All'] }, staff)
    expect(groups.exitCode).to.equal(0)
    const lines = groups.checks.filter(({ name }) => name === 'scope').map(({ status, message }) => [status, message])
    expect(lines).to.deep.equal([
      ['warning', `There is no group ${gone}`],
      ['ok', 'Narrowed by 2 groups: “Staff-CH 営業”'],
    ])
    const denied = await look({}, {}, staff)
    expect(denied.exitCode).to.equal(4)
    const missing = /^GroupMember\.Read\.All is not granted/
    expectLine(denied, 'permissions', 'failed', missing, granting('GroupMember.Read.All'))
    expectLine(
      denied,
      'scope',
      'failed',
      /^We are not allowed to read group members$/,
      granting('GroupMember.Read.All'),
    )
  })

  it('warn of those neverRemove protects in name only, once everybody was read', async () => {
    await mkdir(join(folder, 'config'))
    const neverRemove = ['BREAK-glass@contoso.example', ' breakglas@contoso.example', OBJECT_ID]
    await writeFile(join(folder, 'config', 'scope.json'), JSON.stringify({ neverRemove }))
    const before = await look()
    expect(before.checks.map(({ name }) => name)).to.deep.equal(NAMES)
    const store = await openSqlite(join(folder, 'data', 'connector.db'), {
      now: () => new Date(),
      isDeadHere: () => false,
    })
    const { commit } = await begin(store)
    const users = [created(aUser({ userPrincipalName: 'Break-Glass@contoso.example' }))]
    const directory = { ...NEW_FEEDS.directory, completedAt: NOW }
    await commit({ users, feeds: { directory } })
    await store.close()
    const { checks, exitCode } = await look()
    expect(exitCode).to.equal(0)
    const said = checks.filter(({ name }) => name === 'scope')
    expect(said.map(({ status, message }) => [status, message])).to.deep.equal(
      ['breakglas@contoso.example', OBJECT_ID].map((name) => [
        'warning',
        `neverRemove names “${name}”, and we have nobody of that name`,
      ]),
    )
  })

  it('warn of what is granted and not needed: 0', async () => {
    const roles = ['User.ReadWrite.All', 'Group.Read.All', 'AuditLog.Read.All']
    const { exitCode, checks } = await look({}, { roles })
    expect(exitCode).to.equal(0)
    const needless = checks.filter(({ name }) => name === 'permissions')
    expect(needless.map(({ status, message }) => [status, message.split(' ')[0]])).to.have.deep.members([
      ['warning', 'User.ReadWrite.All'],
      ['warning', 'Group.Read.All'],
    ])
    const off = await look({ AHEAD_APP_ID: '' })
    expect(off.exitCode).to.equal(0)
    expectLine(
      off,
      'permissions',
      'warning',
      /^AuditLog\.Read\.All is granted and not needed yet/,
      /AHEAD_APP_ID is set/,
    )
    expectLine(off, 'sign-in-log', 'ok', /^Off: AHEAD_APP_ID is not set/)
  })

  it('warn of a missing licence: 0', async () => {
    const seen = await look({}, {}, (simulator) => (simulator.licence = 'none'))
    expect(seen.exitCode).to.equal(0)
    expectLine(seen, 'sign-in-log', 'warning', /no Entra ID P1/)
  })

  it('look at everything else when the store cannot be used: 5', async () => {
    await writeFile(join(folder, 'a-file'), '')
    const seen = await look({ STORE_URL: 'sqlite:a-file/connector.db' })
    expect(seen.exitCode).to.equal(5)
    expect(seen.checks.map(({ name }) => name)).to.deep.equal(NAMES)
    expectLine(seen, 'store', 'failed', /^We cannot open the store: /)
    expect(seen.checks.filter(({ status }) => status !== 'ok')).to.have.length(1)
  })

  it('say why there is no token, and look at what needs none: 4', async () => {
    const seen = await look({ AZURE_CLIENT_SECRET: 'wrong~secret' })
    expect(seen.exitCode).to.equal(4)
    expectLine(seen, 'token', 'failed', /client secret is wrong$/, /copy the Value column/)
    for (const name of ['permissions', 'graph', 'sign-in-log'])
      expectLine(seen, name, 'warning', /^Not looked at, because there is no token$/)
    for (const name of ['store', 'mail', 'clock']) expectLine(seen, name, 'ok', /\S/)
  })

  it('count whatever else is wrong as unavailable: 5', async () => {
    const seen = await look({}, {}, ({ faults }) =>
      faults.add({ match: { path: 'token' }, times: 9, do: { kind: 'redirect', location: 'https://wifi.example/' } }),
    )
    expect(seen.exitCode).to.equal(5)
    expectLine(seen, 'token', 'failed', /redirected us to wifi\.example/)
  })

  it('do not ask a Graph twice that does not answer: 5', async () => {
    for (const fault of ['hang', { status: 503 }] as const) {
      const seen = await look({}, {}, ({ faults }) => faults.add({ match: { path: '/v1.0/' }, times: 99, do: fault }))
      expect(seen.exitCode).to.equal(5)
      expect(seen.line('graph').status).to.equal('failed')
      expectLine(seen, 'sign-in-log', 'warning', /^Not looked at, because Graph does not answer$/)
      expect(seen.simulator.requests.list('signIns')).to.have.length(0)
    }
  })

  it('tell how far the clock is off, also when that is why nothing works', async () => {
    const ago = await look({}, { now: () => new Date(Date.now() - 12 * MINUTE_MS) })
    expect(ago.exitCode).to.equal(0)
    expectLine(ago, 'clock', 'warning', /clock is 12 minutes ahead$/, /NTP/)
    const ahead = { now: () => new Date(Date.now() + 60 * MINUTE_MS) }
    expectLine(await look({ AZURE_CLIENT_SECRET: 'wrong~secret' }, ahead), 'clock', 'warning', /60 minutes behind$/)
  })

  describe('with a certificate', () => {
    const withCertificate = async (content: string): Promise<Record<string, string>> => {
      await writeFile(join(folder, 'certificate.pem'), content)
      return { AZURE_CLIENT_SECRET: '', AZURE_CLIENT_CERTIFICATE_PATH: 'certificate.pem' }
    }
    const made = (days: number) =>
      selfsigned.generate([{ name: 'commonName', value: 'connector' }], { days, keySize: 2048, algorithm: 'sha256' })

    it('tell in time that it ends: 0', async () => {
      const { private: key, cert } = made(10)
      const { checks, exitCode } = await look(await withCertificate(key + cert), { certificate: cert })
      expect(exitCode).to.equal(0)
      const [token, end] = checks.filter(({ name }) => name === 'token')
      expect(token?.status).to.equal('ok')
      expect(end?.status).to.equal('warning')
      expect(end?.message).to.match(/^Our certificate ends in (9|10) days, on \d{4}-\d\d-\d\d$/)
    })

    it('tell its end also when Microsoft refuses it: 4', async () => {
      const { private: key, cert } = made(5)
      const { checks, exitCode } = await look(await withCertificate(key + cert), { certificate: made(5).cert })
      expect(exitCode).to.equal(4)
      const lines = checks.filter(({ name }) => name === 'token')
      expect(lines.map(({ status }) => status)).to.deep.equal(['failed', 'warning'])
      expect(lines[0]?.message).to.equal('Microsoft does not know our certificate')
    })

    it('say once why it cannot be used: 2', async () => {
      const { checks, exitCode } = await look(await withCertificate('no certificate'))
      expect(exitCode).to.equal(2)
      const lines = checks.filter(({ name }) => name === 'token')
      expect(lines.map(({ status }) => status)).to.deep.equal(['failed'])
      expect(lines[0]?.message).to.include('certificate.pem')
    })
  })

  it('look whether mail could be handed over, without a password in any line', async () => {
    const smtp = { MAIL_URL: 'smtp://ana:hunter2hunter2@127.0.0.1:9', MAIL_FROM: 'hr@contoso.example' }
    const away = await look(smtp)
    expect(away.exitCode).to.equal(5)
    expectLine(away, 'mail', 'failed', /^We cannot reach 127\.0\.0\.1:9$/)
    expect(JSON.stringify(away.checks)).not.to.include('hunter2')
    await mkdir(join(folder, 'outbox'))
    expectLine(await look({ MAIL_URL: 'file:outbox' }), 'mail', 'ok', /^Emails are written to .*outbox$/)
    await writeFile(join(folder, 'a-file'), '')
    const below = await look({ MAIL_URL: 'file:a-file/outbox' })
    expect(below.exitCode).to.equal(5)
    expectLine(below, 'mail', 'failed', /^We cannot write emails to /)
    const graph = await look({ MAIL_URL: 'graph:hr@contoso.example' })
    expect(graph.exitCode).to.equal(4)
    expectLine(graph, 'mail', 'failed', /^Mail\.Send is not granted$/)
    expectLine(graph, 'permissions', 'failed', /^Mail\.Send is not granted: it is needed for sending emails$/)
  })

  it('ask the mail server whether it would let us in, and send nothing', async () => {
    const mailbox = await openMailbox({
      onAuth: ({ password }, _session, done) =>
        password === 'right' ? done(null, { user: 'ana' }) : done(refusal(535, '5.7.8 not you')),
    })
    const smtp = (password: string): Record<string, string> => ({
      MAIL_URL: `smtp://ana:${password}@127.0.0.1:${mailbox.port}`,
      MAIL_FROM: 'hr@contoso.example',
    })
    try {
      expectLine(await look(smtp('right')), 'mail', 'ok', /^Emails go out through 127\.0\.0\.1:\d+$/)
      expectLine(await look({ ...smtp('right'), EMAIL_ENABLED: 'false' }), 'mail', 'warning', /^Email is switched off/)
      const wrong = await look(smtp('hunter2hunter2'))
      expect(wrong.exitCode).to.equal(5)
      expectLine(wrong, 'mail', 'failed', /^The mail system does not let us send as hr@contoso\.example$/, /MAIL_URL/)
      expect(JSON.stringify(wrong.checks)).not.to.include('hunter2')
      expect(mailbox.received).to.deep.equal([])
    } finally {
      await mailbox.close()
    }
  })

  it('warn of a mailbox for delivery reports that cannot be read', async () => {
    const away = await look({ BOUNCES_URL: 'imap://ana:hunter2hunter2@127.0.0.1:9/INBOX' })
    expect(away.exitCode).to.equal(0)
    expectLine(away, 'bounces', 'warning', /./)
    expect(JSON.stringify(away.checks)).not.to.include('hunter2')
    const graph = await look({ BOUNCES_URL: 'graph:hr@contoso.example' })
    expectLine(graph, 'permissions', 'failed', /^Mail\.Read is not granted/)
    expect(graph.line('bounces').status).to.equal('warning')
    const roles = ['User.Read.All', 'AuditLog.Read.All', 'Mail.Read']
    const granted = await look({ BOUNCES_URL: 'graph:hr@contoso.example' }, { roles })
    expectLine(granted, 'bounces', 'ok', /^Delivery reports can be read from /)
    expect(granted.exitCode).to.equal(0)
  })
})
