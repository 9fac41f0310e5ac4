import { expect } from 'chai'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startDaemon } from '../../src/daemon.js'
import { hashOf, newSecret } from '../../src/secret.js'
import { aReceiver, expectSigned, type Receiver } from '../support/receiver.js'
import { aTenant, Clock, recorder, type Tenant } from '../support/tenant.js'
import { headerOf, parse } from '../mail/support/messages.js'
import { openMailbox, type Mailbox } from '../mail/support/smtp-servers.js'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const SECRET = 'a secret between two machines'
const ADMINS = ["o'brien@contoso.example", 'bereitschaft@büro.example']

describe('admins of a broken connection', () => {
  let tenant: Tenant
  let clock: Clock
  let receiver: Receiver
  let mailbox: Mailbox
  let env: Readonly<Record<string, string>>

  beforeEach(async () => {
    clock = new Clock()
    receiver = await aReceiver()
    mailbox = await openMailbox()
    env = {
      NOTIFY_EMAIL: ADMINS.join(', '),
      NOTIFY_WEBHOOK_URL: receiver.url,
      NOTIFY_WEBHOOK_SECRET: SECRET,
      MAIL_URL: `smtp://127.0.0.1:${mailbox.port}`,
      MAIL_FROM: 'Intranet 連絡 <intranet@contoso.example>',
      SYNC_TIMEZONE: 'Europe/Zurich',
    }
    tenant = await aTenant({ clock, env })
  })
  afterEach(async () => {
    await tenant.close()
    await receiver.close()
    await mailbox.close()
  })

  const events = (): unknown[] => receiver.received.map(({ json }) => json['event'])

  /** Two runs a quarter of an hour apart; the first one after a success of long ago. */
  async function breakDown(): Promise<void> {
    tenant.simulator.tokens.failNext(2, 'expired-secret')
    for (let n = 0; n < 2; n += 1) {
      clock.advance(15 * MINUTE_MS)
      expect((await tenant.sync({ trigger: 'schedule' })).run.outcome).to.equal('failed')
    }
  }

  it('are told once by email and webhook, reminded, and told once when it is healthy again; restarts add nothing', async () => {
    await tenant.sync()
    await breakDown()
    expect(events()).to.deep.equal(['connection.broken'])
    expect(mailbox.received.map(({ to }) => to)).to.have.length(2)
    for (let n = 0; n < 2; n += 1) {
      await tenant.reopen(env)
      tenant.simulator.tokens.failNext(1, 'expired-secret')
      await tenant.sync()
      expect(await tenant.app.notify(new AbortController().signal)).to.equal(true)
    }
    expect(events()).to.deep.equal(['connection.broken'])

    for (const days of [1, 2, 4]) {
      clock.advance(days * DAY_MS)
      await tenant.app.notify(new AbortController().signal)
      await tenant.app.notify(new AbortController().signal)
    }
    expect(events()).to.deep.equal(['connection.broken', ...Array<string>(3).fill('connection.reminder')])
    await tenant.reopen(env)
    await tenant.sync()
    await tenant.sync()
    expect(events().slice(4)).to.deep.equal(['connection.healthy'])
    expect(mailbox.received).to.have.length(10)
    for (const request of receiver.received) expectSigned(request, SECRET)
    expect(new Set(receiver.received.map(({ json }) => json['id'])).size).to.equal(5)
  })

  it('are told of a schedule that cannot sign in although every command can', async () => {
    await tenant.sync()
    for (let n = 0; n < 3; n += 1) {
      clock.advance(15 * MINUTE_MS)
      tenant.simulator.tokens.failNext(1, 'expired-secret')
      await tenant.sync({ trigger: 'schedule' })
      expect((await tenant.sync()).run.outcome).to.equal('succeeded')
    }
    expect(events()).to.deep.equal(['connection.broken'])
    await tenant.sync({ trigger: 'schedule' })
    expect(events()).to.deep.equal(['connection.broken', 'connection.healthy'])
  })

  it('read what is in the way, since when, what to do and when it is tried next, and no secret', async () => {
    await tenant.sync()
    const start = clock.now()
    await breakDown()
    const { json } = receiver.received[0] ?? expect.fail('nothing was received')
    const since = new Date(start.getTime() + 15 * MINUTE_MS).toISOString()
    const nextTryAt = new Date(start.getTime() + 60 * MINUTE_MS).toISOString()
    expect(json).to.include({ connection: 'default', since, nextTryAt, at: clock.now().toISOString() })
    const reason = json['reason'] as Readonly<Record<string, string>>
    expect(reason).to.include({
      code: 'sign-in.refused',
      message: 'Microsoft refused our sign-in: the client secret has expired',
    })
    expect(reason['remedy']).to.match(/Certificates & secrets → Client secrets → New client secret/)
    expect(reason['requestId']).to.match(/^[\da-f-]{36}$/)

    for (const { raw, to } of mailbox.received) {
      const mail = await parse(raw)
      expect(mail.subject).to.equal('Connection default is broken')
      expect(mail.from?.value[0]).to.include({ name: 'Intranet 連絡', address: 'intranet@contoso.example' })
      expect(headerOf(mail, 'Auto-Submitted')).to.equal('auto-generated')
      expect(mail.text, to).to.match(/^Microsoft refused our sign-in: the client secret has expired\.\n\n/)
      expect(mail.text).to.contain('Everyone keeps their data and access. Nobody was removed.')
      expect(mail.text).to.match(/What to do: Entra admin center → .* New client secret/)
      expect(mail.text).to.match(/Next try: .* (CET|CEST|GMT\+[12]) at the earliest\./)
      expect(mail.text).to.contain(`request ${reason['requestId'] ?? ''}`)
      const words = (text: string): string => text.replace(/\s+/g, ' ').trim()
      const unescaped = String(mail.html)
        .replace(/<[^>]*>/g, ' ')
        .replace(/&amp;/g, '&')
        .replace(/&gt;/g, '>')
      expect(words(unescaped)).to.contain(words(mail.text ?? ''))
      expect(String(mail.html)).not.to.match(/<(a|img|script)\b/)
    }
    const ids = await Promise.all(mailbox.received.map(async ({ raw }) => (await parse(raw)).messageId))
    expect(new Set(ids).size).to.equal(2)
    const everything = JSON.stringify([receiver.received, mailbox.received, tenant.log])
    for (const secret of [SECRET, tenant.env['AZURE_CLIENT_SECRET'] ?? '', 'eyJ', 'key=1'])
      expect(everything.replaceAll('/hooks/o%E2%80%99brien?key=1', ''), secret).not.to.contain(secret)
  })

  it('are told of held removals once, also where the run was stopped before it could tell', async () => {
    env = { ...env, REMOVAL_LIMIT_COUNT: '2' }
    await tenant.reopen(env)
    await tenant.sync()
    for (const n of [1, 2, 3]) tenant.simulator.directory.softDelete(tenant.simulator.directory.byIndex(n).id)
    const stop = new AbortController()
    const onProgress = ({ phase }: { phase: string }) => phase === 'removals' && stop.abort()
    const { run } = await tenant.sync({ signal: stop.signal, onProgress })
    expect([run.users.held, events()]).to.deep.equal([3, []])
    await tenant.reopen(env)
    expect((await tenant.sync()).run.users.held).to.equal(0)
    await tenant.sync()
    expect(receiver.received.map(({ json }) => [json['event'], json['count']])).to.deep.equal([['removals.held', 3]])
    expect(mailbox.received).to.have.length(2)
  })

  it('get no email while all email is switched off, but the webhook goes out; dry runs tell nobody', async () => {
    await tenant.reopen({ ...env, EMAIL_ENABLED: 'false' })
    await breakDown()
    tenant.simulator.tokens.failNext(1, 'expired-secret')
    await tenant.sync({ dryRun: true })
    expect(events()).to.deep.equal(['connection.broken'])
    expect(mailbox.received).to.deep.equal([])
  })

  it('get files where emails are files, one for each', async () => {
    await tenant.reopen({ ...env, MAIL_URL: 'file:outbox' })
    await breakDown()
    const files = await readdir(join(tenant.directory, 'outbox'))
    expect(files).to.have.length(2)
    const to = await Promise.all(
      files.map(async (name) => (await parse(await readFile(join(tenant.directory, 'outbox', name)))).to),
    )
    expect(JSON.stringify(to)).to.contain("o'brien@contoso.example")
  })

  it('are told later where nothing takes the news, and the run ends as it would have', async () => {
    await mailbox.close()
    await tenant.reopen({ ...env, NOTIFY_WEBHOOK_URL: '' })
    await breakDown()
    const said = tenant.log.filter(({ message }) => message === 'A notification could not be sent')
    expect(said).to.have.length(2)
    await tenant.reopen(env)
    await tenant.app.notify(new AbortController().signal)
    expect(events(), 'was not owed then').to.deep.equal([])
    await tenant.sync({ trigger: 'schedule' })
    expect(events()).to.deep.equal(['connection.healthy'])
  }).timeout(30_000)

  it('have an API that goes on serving what was read last, and is ready until that is too old', async () => {
    await tenant.sync()
    const daemon = await tenant.serve(env)
    await breakDown()
    expect((await fetch(`${daemon.url}/readyz`)).status).to.equal(200)
    const token = newSecret()
    const about = { id: 'token', name: 'Intranet', scope: 'intranet', createdAt: clock.now().toISOString() } as const
    await tenant.app.store.tokens.create({ ...about, revokedAt: null }, hashOf(token))
    const answer = await fetch(`${daemon.url}/api/v1/users?limit=100`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(answer.status).to.equal(200)
    expect(((await answer.json()) as { users: unknown[] }).users).to.have.length(12)
    clock.advance(60 * MINUTE_MS)
    expect((await fetch(`${daemon.url}/readyz`)).status).to.equal(503)
  })

  it('are told by one of two processes that run on schedule', async () => {
    await tenant.sync()
    tenant.simulator.tokens.failNext(99, 'app-disabled')
    await tenant.sync()
    clock.advance(2 * 60 * MINUTE_MS)
    const stop = new AbortController()
    const connection = { ...tenant.app, config: { ...tenant.app.config, http: { ...tenant.app.config.http, port: 0 } } }
    const parts = { log: recorder(tenant.log), signal: stop.signal, now: clock.now }
    const daemons = await Promise.all([1, 2].map(() => startDaemon([connection], parts, { schedule: true })))
    while (receiver.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    for (const daemon of daemons) await daemon.close()
    expect(events()).to.deep.equal(['connection.broken'])
  })
})
