import { expect } from 'chai'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hashOf, newSecret } from '../../src/secret.js'
import { readCaught } from '../../src/mail/caught.js'
import type { Connection } from '../../src/app.js'
import { anInstallation, type Installation } from '../support/installation.js'
import { parse } from '../mail/support/messages.js'
import { Browser } from './browser.js'

/* Two tenants in one installation, with the very same people: what is done in one must not be seen in the other. */

const ZOE = 'zoe.mueller@contoso.example'
const NORTHERN = 'correct horse battery staple'
const SOUTHERN = 'velvet otter plum jam'
const asked = { dryRun: false, by: 'Mia', signal: new AbortController().signal }

describe('two connections', () => {
  let both: Installation
  beforeEach(async () => {
    both = await anInstallation()
  })
  afterEach(() => both.close())

  const zoeOf = async ({ store }: Connection) => (await store.find(ZOE))[0]!
  const linkOf = async (name: 'north' | 'south'): Promise<string> =>
    (await readCaught(join(both.directory, `outbox-${name}`))).at(-1)?.link ?? 'no email'
  const invite = async (name: 'north' | 'south'): Promise<void> => {
    await both[name].ask('enable-ahead-login', [ZOE], asked)
    await both[name].ask('send-invitation', [ZOE], asked)
  }
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    while (!(await isSo())) await sleep(20)
  }

  it('hold the same person each, with a life of their own', async () => {
    await both.sync('north')
    expect((await both.south.store.list({ limit: 9 })).users).to.deep.equal([])
    await both.sync('south')
    const [north, south] = [await zoeOf(both.north), await zoeOf(both.south)]
    expect(north.entraObjectId).to.equal(south.entraObjectId)
    expect(north.id).not.to.equal(south.id)
    expect(await both.south.store.find(north.id)).to.deep.equal([])

    both.simulators.north.directory.disable(north.entraObjectId!)
    await both.sync('north')
    await both.sync('south')
    await both.north.ask('enable-ahead-login', [ZOE], asked)
    expect(await zoeOf(both.north)).to.include({ account: 'frozen', status: 'never-logged-in' })
    expect(await zoeOf(both.south)).to.deep.equal(south)
    expect((await both.north.store.runs.list({ limit: 9 })).runs).to.have.length(2)
    expect((await both.south.store.runs.list({ limit: 9 })).runs.map(({ connection }) => connection)).to.deep.equal([
      'south',
      'south',
    ])
  })

  it('keep parked sign-ins apart', async () => {
    await both.sync('south')
    const { entraObjectId } = await zoeOf(both.south)
    const login = { at: '2026-11-01T08:00:00.000Z', source: 'api', correlationId: null } as const
    await both.north.store.write({ park: [{ entraObjectId: entraObjectId!, first: login, last: login }] })
    expect((await both.sync('south')).run.signIns.firstLogins).to.equal(0)
    expect((await zoeOf(both.south)).status).to.equal('never-logged-in')
    expect((await both.sync('north')).run.signIns.firstLogins).to.equal(1)
    expect((await zoeOf(both.north)).status).to.equal('onboarded')
  })

  it('run at the same time, and neither twice', async () => {
    for (const simulator of Object.values(both.simulators)) simulator.latencyMs = 100
    const north = both.sync('north')
    const southward = both.sync('south')
    await until(async () => (await both.north.store.runs.list({ limit: 1 })).runs.length === 1)
    const again = await both.sync('north').catch((error: unknown) => error)
    expect(again).to.include({ code: 'lease.held' })
    expect([(await north).run.outcome, (await southward).run.outcome]).to.deep.equal(['succeeded', 'succeeded'])
  })

  it('name their own setting, and themselves, in what is to be done about a refused secret', async () => {
    const over = { south: { notifyEmail: "o'brien@contoso.example" } }
    await both.serve({ over, env: { MAIL_FROM: 'intranet@contoso.example' } })
    both.simulators.south.tokens.failNext(2, 'expired-secret')
    const { run } = await both.sync('south')
    await both.sync('south')
    expect(run.error?.remedy).to.match(
      /put its Value into the variable SECRET_OF_SOUTH \(clientSecret of connection south in config\/connections\.json\), restart `serve`, then run `entra-connector check --connection south`\.$/,
    )
    expect(run.error?.remedy).not.to.contain('AZURE_')
    const outbox = join(both.directory, 'outbox-south')
    const [file = 'none'] = await readdir(outbox)
    const { text } = await parse(await readFile(join(outbox, file)))
    expect(text)
      .to.contain('SECRET_OF_SOUTH')
      .and.contain('To try at once, run `entra-connector sync --connection south`.')
  })

  describe('at one address', () => {
    beforeEach(async () => {
      await both.sync('north')
      await both.sync('south')
    })

    it('let a link, a password and a session belong to one of them', async () => {
      const over = {
        north: { intranetUrl: 'http://north.example/home', intranetName: 'Northstar' },
        south: { intranetUrl: 'http://south.example/home', intranetName: 'Southpaw' },
      }
      const { url } = await both.serve({ over })
      await invite('north')
      await invite('south')
      const look = await new Browser().get(await linkOf('south'))
      expect(look.text).to.contain('Southpaw').and.not.to.contain('Northstar')

      const southerner = new Browser()
      await southerner.post(await linkOf('south'), {})
      expect((await zoeOf(both.south)).status).to.equal('onboarding-incomplete')
      expect((await zoeOf(both.north)).status).to.equal('pending')
      const done = await southerner.post(`${url}/welcome/password`, { password: SOUTHERN })
      expect(done.text).to.contain('http://south.example/home').and.not.to.contain('Northstar')
      const northerner = new Browser()
      await northerner.post(await linkOf('north'), {})
      await northerner.post(`${url}/welcome/password`, { password: NORTHERN })

      const enter = (password: string, browser = new Browser()) =>
        browser.post(`${url}/login`, { username: ZOE, password }, { follow: false })
      expect((await enter(NORTHERN)).location).to.equal('http://north.example/home')
      expect((await enter(SOUTHERN)).location).to.equal('http://south.example/home')
      expect((await enter('neither of the two')).status).to.equal(422)
      // Before anybody is known, nobody's names are told.
      const login = await new Browser().get(`${url}/login`)
      expect(login.text).not.to.match(/Northstar|Southpaw/)

      await both.north.ask('freeze', [ZOE], asked)
      const paused = await enter(NORTHERN)
      expect([paused.location, paused.text.includes('Northstar')]).to.deep.equal([null, true])
      expect((await enter(SOUTHERN)).location).to.equal('http://south.example/home')
      const still = await southerner.get(`${url}/login`)
      expect(still.text).to.contain('http://south.example/home')
      await southerner.post(`${url}/login/logout`, { everywhere: 'yes' })
      expect((await southerner.get(`${url}/login`)).text).to.contain('name="password"')
      expect((await zoeOf(both.north)).ahead?.sessions).to.have.length(2)
    })

    it('owe whoever forgot the password an email of each', async () => {
      const { url } = await both.serve()
      await invite('north')
      await invite('south')
      for (const name of ['north', 'south'] as const) {
        const browser = new Browser()
        await browser.post(await linkOf(name), {})
        await browser.post(`${url}/welcome/password`, { password: name === 'north' ? NORTHERN : SOUTHERN })
      }
      const links = [await linkOf('north'), await linkOf('south')]
      await new Browser().post(`${url}/login/forgotten`, { username: ZOE })
      await until(async () => (await linkOf('north')) !== links[0] && (await linkOf('south')) !== links[1])
    })

    it('offer Microsoft for each, and take people back where they began', async () => {
      const over = { north: { organisationName: 'North AG' }, south: { organisationName: 'South GmbH' } }
      const { url } = await both.serve({ over })
      const page = await new Browser().get(`${url}/login`)
      expect(page.text).to.contain('href="/login/microsoft?connection=north"').and.to.contain(': North AG')
      expect(page.text).to.contain('href="/login/microsoft?connection=south"').and.to.contain(': South GmbH')
      for (const nowhere of ['', '?connection=', '?connection=west', '?connection=north&connection=south'])
        expect((await new Browser().get(`${url}/login/microsoft${nowhere}`)).url, nowhere).to.equal(`${url}/login`)

      await new Browser().microsoft(url, ZOE, 'south')
      expect(await zoeOf(both.south)).to.include({ status: 'onboarded', firstLoginSource: 'microsoft-login' })
      expect((await zoeOf(both.north)).status).to.equal('never-logged-in')

      // The way back of one connection with the cookie of the other.
      const answer = await fetch(`${url}/login/microsoft?connection=north`, { redirect: 'manual' })
      const cookie = /connector-microsoft=([^;]+)/.exec(answer.headers.getSetCookie().join(';'))?.[1] ?? ''
      expect(cookie).to.match(/^north\.[\w-]{43}$/)
      const authorize = new URL(answer.headers.get('location') ?? '')
      authorize.searchParams.set('login_hint', ZOE)
      const back = (await fetch(authorize, { redirect: 'manual' })).headers.get('location') ?? ''
      for (const forged of [cookie.replace('north', 'south'), cookie.replace('north.', ''), 'north.x', 'west.x'])
        expect((await fetch(back, { headers: { cookie: `connector-microsoft=${forged}` } })).status, forged).to.equal(
          400,
        )
      expect((await zoeOf(both.north)).status).to.equal('never-logged-in')
    })

    it('have one API, in which a token sees its own connection only', async () => {
      const { url } = await both.serve()
      const token = newSecret()
      const about = { id: 'a-token', name: 'intranet', scope: 'admin', createdAt: new Date().toISOString() } as const
      await both.south.store.tokens.create({ ...about, revokedAt: null }, hashOf(token))
      const ask = (path: string, init: RequestInit = {}) =>
        fetch(`${url}/api/v1/${path}`, {
          ...init,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        })
      const { users } = (await (await ask('users?limit=100')).json()) as { users: { connection: string }[] }
      expect(new Set(users.map(({ connection }) => connection))).to.deep.equal(new Set(['south']))
      const [north, south] = [await zoeOf(both.north), await zoeOf(both.south)]
      expect((await ask(`users/${north.id}`)).status).to.equal(404)
      expect((await ask(`users/${north.entraObjectId ?? ''}`)).status).to.equal(200)
      const body = JSON.stringify({ logins: [{ user: north.entraObjectId, at: '2026-11-02T08:00:00Z' }] })
      await ask('logins', { method: 'POST', body })
      expect((await zoeOf(both.south)).status).to.equal('onboarded')
      expect(await zoeOf(both.north)).to.deep.equal(north)
      await both.south.store.tokens.revoke('a-token', new Date().toISOString())
      expect((await ask(`users/${south.id}`)).status).to.equal(401)
    })

    it('are told apart in the figures', async () => {
      const { url } = await both.serve()
      const figures = await (await fetch(`${url}/metrics`)).text()
      for (const name of ['north', 'south']) {
        expect(figures).to.match(new RegExp(`^entra_connector_users\\{.*connection="${name}"\\} \\d+$`, 'm'))
        expect(figures).to.match(new RegExp(`^entra_connector_emails_owed\\{connection="${name}"\\} 0$`, 'm'))
      }
      expect(figures).to.match(/^process_cpu_seconds_total \d/m)
      const ready = await fetch(`${url}/readyz`)
      expect([ready.status, ((await ready.json()) as { reason: unknown }).reason]).to.deep.equal([200, null])
    })
  })

  it('run on schedule in one process, and one that cannot stops nobody else', async () => {
    const { url } = await both.serve({
      schedule: true,
      over: { south: { clientId: '99999999-8888-7777-6666-555555555555' } },
    })
    await until(async () => (await both.north.store.runs.list({ limit: 1 })).runs[0]?.outcome === 'succeeded')
    await until(async () => (await both.south.store.runs.list({ limit: 1 })).runs[0]?.outcome === 'failed')
    const ready = await fetch(`${url}/readyz`)
    const state = (await ready.json()) as Record<string, unknown>
    expect(ready.status).to.equal(503)
    expect(state).to.have.all.keys('ready', 'reason', 'lastSuccessAt', 'nextRunAt', 'paused')
    expect(state['reason'])
      .to.match(/^Connection south: No run has succeeded yet/)
      .and.not.to.match(/north/)
    expect(state['lastSuccessAt']).to.equal(null)
    expect((await both.north.store.list({ limit: 99 })).users).not.to.deep.equal([])
    expect((await both.south.store.list({ limit: 99 })).users).to.deep.equal([])
  })

  it('answer under addresses of their own, by host and by path', async () => {
    await both.sync('north')
    await both.sync('south')
    const over = {
      north: (port: number) => ({
        publicUrl: `http://localhost:${port}`,
        organisationName: 'North AG',
        intranetName: 'Northstar',
      }),
      south: (port: number) => ({ publicUrl: `http://localhost:${port}/south`, intranetName: 'Southpaw' }),
    }
    const { url } = await both.serve({ over })
    const there = url.replace('127.0.0.1', 'localhost')
    await invite('south')
    const link = await linkOf('south')
    expect(link).to.contain('/south/welcome/')
    expect((await new Browser().get(link)).text).to.contain('Southpaw')
    expect((await new Browser().get(link.replace('/south/', '/'))).text).to.contain('This link does not work')
    expect((await new Browser().get(`${there}/login`)).text)
      .to.contain('Northstar')
      .and.not.to.contain('?connection=')
    expect((await new Browser().get(`${there}/south/login`)).text).to.contain('Southpaw')
    const browser = new Browser()
    await browser.post(link, {})
    await browser.post(`${there}/south/welcome/password`, { password: SOUTHERN })
    expect((await zoeOf(both.south)).status).to.equal('onboarded')
    const enter = (base: string) => new Browser().post(`${base}/login`, { username: ZOE, password: SOUTHERN })
    expect((await enter(there)).status).to.equal(422)
    expect((await enter(`${there}/south`)).status).to.equal(200)
    await new Browser().microsoft(there, ZOE)
    expect((await zoeOf(both.north)).status).to.equal('onboarded')
    for (const path of ['/healthz', '/south/healthz', '/south/metrics'])
      expect((await fetch(there + path)).status, path).to.equal(200)
  })
})
