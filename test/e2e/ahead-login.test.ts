import { expect } from 'chai'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exitCodeOf } from '../../src/jobs/runner.js'
import { readCaught, type Caught } from '../../src/mail/caught.js'
import { newSecret, hashOf } from '../../src/secret.js'
import { aTenant, type Tenant } from '../support/tenant.js'
import { Browser } from './browser.js'

/* From "Migrating" to "Onboarded" through the parts as they are put together: CLI requests, runs, emails, pages, API. */

const ZOE = 'zoe.mueller@contoso.example'
const PASSWORD = 'correct horse battery staple'
const asked = { dryRun: false, by: 'Mia', signal: new AbortController().signal }

describe('ahead login, end to end', () => {
  let tenant: Tenant
  beforeEach(async () => {
    tenant = await aTenant({ env: { MAIL_URL: 'file:outbox', MAIL_FROM: 'Compass <intranet@contoso.example>' } })
    await tenant.sync()
  })
  afterEach(() => tenant.close())

  const status = async (who = ZOE) => (await tenant.person(who))?.status
  const outbox = (): Promise<Caught[]> => readCaught(join(tenant.directory, 'outbox')).catch(() => [])
  const link = async (): Promise<string> => (await outbox()).at(-1)?.link ?? 'no email'
  const invite = async (): Promise<void> => {
    await tenant.app.ask('enable-ahead-login', [ZOE], asked)
    await tenant.app.ask('send-invitation', [ZOE], asked)
  }
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    while (!(await isSo())) await sleep(20)
  }

  it('leads from the email through the button and the password into the intranet, and back in with the password', async () => {
    const { url } = await tenant.serve({ INTRANET_URL: 'http://intranet.contoso.example/home' })
    await invite()
    expect(await status()).to.equal('pending')

    const browser = new Browser()
    for (let i = 0; i < 3; i += 1) expect((await browser.get(await link())).status).to.equal(200)
    expect(await status(), 'looking changes nothing').to.equal('pending')
    for (const damaged of ['%zz', 'x', `${'x'.repeat(400)}%`, 'a/b'])
      expect((await browser.get(`${url}/welcome/${damaged}`)).text, damaged).to.contain('This link does not work')
    const page = await browser.post(await link(), {})
    expect(page.text).to.contain('Wählen Sie ein Passwort')
    expect(await status()).to.equal('onboarding-incomplete')
    expect((await browser.post(`${url}/welcome/password`, { password: 'password1234' })).text).to.contain(
      'weit verbreitet',
    )
    const done = await browser.post(`${url}/welcome/password`, { password: PASSWORD })
    expect(done.text).to.contain('Ihr Passwort ist gespeichert').and.to.contain('http://intranet.contoso.example/home')
    expect(await tenant.person(ZOE)).to.include({ status: 'onboarded', identity: 'ahead-id' })

    const again = new Browser()
    const wrong = await again.post(`${url}/login`, { username: ZOE, password: `${PASSWORD}!` })
    expect(wrong.text).to.contain('User name or password is not right')
    const right = await again.post(
      `${url}/login`,
      { username: ZOE.toUpperCase(), password: PASSWORD },
      { follow: false },
    )
    expect([right.status, right.location]).to.deep.equal([303, 'http://intranet.contoso.example/home'])
  })

  it('sends what is owed at the end of a run, and counts it', async () => {
    await tenant.reopen({ EMAIL_ENABLED: 'false' })
    await invite()
    const off = await tenant.sync()
    expect(off.run.emails).to.deep.equal({ sent: 0, failed: 0, owed: 1 })
    expect(await outbox()).to.deep.equal([])
    await tenant.reopen()
    const preview = await tenant.sync({ dryRun: true })
    expect(preview.run.emails).to.deep.equal({ sent: 0, failed: 0, owed: 1 })
    expect(await outbox()).to.deep.equal([])
    const { run } = await tenant.sync()
    expect(run.emails).to.deep.equal({ sent: 1, failed: 0, owed: 0 })
    expect((await tenant.app.store.runs.get(run.runId))?.emails).to.deep.equal(run.emails)
    expect([await status(), (await outbox()).length]).to.deep.equal(['pending', 1])
  })

  it('sends at once when enabling is to do so', async () => {
    await tenant.reopen({ ONBOARDING_SEND: 'on-enable' })
    const { results, emails } = await tenant.app.ask('enable-ahead-login', [ZOE], asked)
    expect(results[0]).to.include({ ok: true, status: 'pending' })
    expect(emails).to.deep.equal({ sent: 1, failed: 0, owed: 0 })
  })

  it('keeps the directory’s success and everybody’s emails when the mail server is away', async () => {
    const away = { MAIL_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'intranet@contoso.example' }
    await tenant.reopen(away)
    await tenant.app.ask('enable-ahead-login', [ZOE], asked)
    const { results, mail } = await tenant.app.ask('send-invitation', [ZOE], asked)
    expect([results[0]?.ok, results[0]?.status, mail?.code]).to.deep.equal([true, 'migrating', 'mail.unavailable'])
    await tenant.app.ask('back-to-microsoft', [ZOE], asked)
    await tenant.app.ask('enable-ahead-login', [ZOE], asked)
    await tenant.reopen({ ...away, EMAIL_ENABLED: 'false' })
    await tenant.app.ask('send-invitation', [ZOE], asked)
    await tenant.reopen(away)
    const result = await tenant.sync()
    expect([exitCodeOf(result), result.error?.code]).to.deep.equal([5, 'mail.unavailable'])
    expect(result.run.emails).to.deep.equal({ sent: 0, failed: 0, owed: 1 })
    expect((await tenant.app.store.feed('directory')).health.failures).to.equal(0)
    expect(await status()).to.equal('migrating')
  })

  it('stays frozen or not as Entra says, whatever happens to the onboarding', async () => {
    await invite()
    const zoe = (await tenant.person(ZOE))!
    tenant.simulator.directory.disable(zoe.entraObjectId!)
    await tenant.sync()
    expect(await tenant.person(ZOE)).to.include({ account: 'frozen', status: 'pending' })
    const { results } = await tenant.app.ask('send-invitation', [ZOE], asked)
    expect(results[0]?.error?.code).to.equal('account-frozen')
    tenant.simulator.directory.enable(zoe.entraObjectId!)
    await tenant.app.ask('freeze', [ZOE], asked)
    for (let i = 0; i < 2; i += 1) await tenant.sync({ full: true })
    expect(await tenant.person(ZOE)).to.include({ account: 'frozen', accountReason: 'frozen-by-admin' })
    await tenant.app.ask('activate', [ZOE], asked)
    await tenant.sync({ full: true })
    expect(await tenant.person(ZOE)).to.include({ account: 'active', status: 'pending' })
  })

  it('applies a sign-in that was parked while the very person was being created', async () => {
    const { entraObjectId } = (await tenant.person(ZOE))!
    const login = { at: '2026-11-01T08:00:00.000Z', source: 'api', correlationId: null } as const
    await tenant.app.store.write({ park: [{ entraObjectId: entraObjectId!, first: login, last: login }] })
    const { run } = await tenant.sync()
    expect(run.signIns.firstLogins).to.equal(1)
    expect(await tenant.person(ZOE)).to.include({
      status: 'onboarded',
      firstLoginAt: login.at,
      firstLoginSource: 'api',
    })
    expect(await tenant.app.store.parked({ limit: 9 })).to.deep.equal([])
  })

  it('sends the emails people ask for themselves while it serves', async () => {
    const { url } = await tenant.serve()
    await invite()
    const first = await link()
    const browser = new Browser()
    await browser.post(first, {})
    const other = new Browser()
    expect((await other.post(first, {})).text).to.contain('This link has already been used')
    expect((await other.post(`${first}/new`, {})).text).to.contain('Check your email')
    await until(async () => (await outbox()).length === 2)
    await until(async () => (await status()) === 'pending')
    const late = await browser.post(`${url}/welcome/password`, { password: PASSWORD })
    expect(late.text).to.match(/Your time to choose a password is over|Die Zeit zum Wählen des Passworts ist um/)
    expect((await browser.post(await link(), {})).text).to.contain('Wählen Sie ein Passwort')
  })

  it('lets people in with Microsoft at once, whoever was hired a minute ago included', async () => {
    const { url } = await tenant.serve()
    const person = tenant.simulator.directory.create({ displayName: 'Nina Neu', accountEnabled: true })
    expect(await tenant.person(person.id)).to.equal(undefined)
    const { status: answered, text } = await new Browser().microsoft(url, person.userPrincipalName)
    expect([answered, text.includes('Nina Neu') || text.includes('logged in')]).to.deep.equal([200, true])
    const nina = (await tenant.person(person.id))!
    expect(nina).to.include({ status: 'onboarded', account: 'active', firstLoginSource: 'microsoft-login' })
    const history = await tenant.app.store.history(nina.id)
    expect(history.map(({ to, cause }) => [to, cause])).to.deep.equal([
      ['never-logged-in', 'sign-in'],
      ['onboarded', 'sign-in'],
    ])
    await invite()
    expect((await new Browser().microsoft(url, ZOE)).text).to.contain('/login')
  })

  it('takes logins and delivery reports from those who have a token', async () => {
    const { url } = await tenant.serve()
    const token = newSecret()
    const about = { id: 'a-token', name: 'intranet', scope: 'intranet', createdAt: new Date().toISOString() } as const
    await tenant.app.store.tokens.create({ ...about, revokedAt: null }, hashOf(token))
    const post = (path: string, body: string, type: string, bearer = token): Promise<Response> =>
      fetch(`${url}/api/v1/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': type },
        body,
      })
    const logins = JSON.stringify({ logins: [{ user: ZOE, at: '2026-11-02T08:00:00Z' }] })
    expect((await post('logins', logins, 'application/json', 'x')).status).to.equal(401)
    const answer = await post('logins', logins, 'application/json')
    expect([answer.status, await answer.json()]).to.deep.equal([
      200,
      { results: [{ user: ZOE, ok: true, parked: false, error: null }] },
    ])
    expect(await status()).to.equal('onboarded')

    await invite()
    const email = (await tenant.person(ZOE))!.ahead!.emails.at(-1)!
    const report = [
      'From: MAILER-DAEMON@mx.contoso.example',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      'MIME-Version: 1.0',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'It did not arrive.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.contoso.example',
      '',
      `Final-Recipient: rfc822; ${ZOE}`,
      'Action: failed',
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 5.1.1 no such user',
      '--b',
      'Content-Type: text/rfc822-headers',
      '',
      `Message-ID: <${email.id}@contoso.example>`,
      '--b--',
      '',
    ].join('\r\n')
    expect((await post('bounces', report, 'message/rfc822')).status).to.equal(202)
    const zoe = (await tenant.person(ZOE))!
    expect([zoe.status, zoe.statusReason?.code]).to.deep.equal(['failed', 'address-rejected'])
    expect(zoe.statusReason?.message).to.contain('no such user')
  })
})
