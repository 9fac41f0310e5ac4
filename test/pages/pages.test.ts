import { expect } from 'chai'
import { LANGUAGES } from '../../src/domain/ahead.js'
import { Client, type Answer } from './client.js'
import { aWorld, BASE, PASSWORD, type World } from './world.js'

describe('every page', () => {
  let world: World
  let browser: Client

  before(async () => void (world = await aWorld()))
  beforeEach(() => {
    browser = new Client(world.url)
    world.failure = null
    world.logged.length = 0
  })
  after(() => world.close())

  it('is kept by nobody, framed by nobody, told to nobody, and loads from nowhere else', async () => {
    const { link } = await world.invited()
    const answers: Answer[] = []
    for (const path of [`/welcome/${link}`, '/welcome/nonsense', '/welcome/password', '/login', '/login/nothing'])
      answers.push(await browser.get(path))
    answers.push(await browser.post('/login', {}, { origin: 'https://elsewhere.example' }))
    for (const { headers, html } of answers) {
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy.split(';')).to.have.members([
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        `form-action 'self' ${world.intranet} https:`,
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ])
      expect(headers.get('cache-control')).to.equal('no-store')
      expect(headers.get('referrer-policy')).to.equal('no-referrer')
      expect(headers.get('x-content-type-options')).to.equal('nosniff')
      expect(headers.get('x-robots-tag')).to.equal('noindex')
      expect(headers.get('content-type')).to.equal('text/html; charset=utf-8')
      expect(html).to.include('<meta name="robots" content="noindex"/>')
      expect(html).not.to.match(/ style=|<style|<script>| on\w+=/)
    }
  })

  it('finds its style, script and pictures at our own address', async () => {
    const { html } = await browser.get('/login')
    const paths = [...html.matchAll(/(?:src|href)="([^"]*\/assets\/[^"]*)"/g)].map(([, path = '']) => path)
    expect(new Set(paths)).to.have.property('size', 3)
    for (const path of paths) {
      const response = await fetch(world.origin + path)
      expect(response.status, path).to.equal(200)
      expect(response.headers.get('content-type')).to.match(/^(?:text\/(?:css|javascript)|image\/svg)/)
    }
  })

  it('sets cookies that scripts, other sites and other paths do not get', async () => {
    const { link } = await world.invited()
    const cookies = [
      ...(await browser.get(`/welcome/${link}?lang=fr`)).cookies,
      ...(await browser.post(`/welcome/${link}`)).cookies,
      ...(await browser.post('/welcome/password', { password: PASSWORD })).cookies,
      ...(await browser.get('/login/microsoft')).cookies,
    ]
    expect(new Set(cookies.map((cookie) => cookie.split('=')[0]))).to.have.property('size', 5)
    for (const cookie of cookies) {
      expect(cookie).to.match(/; Path=\/hr\/connector; (?:Expires=[^;]+; )?HttpOnly; SameSite=Lax$/)
    }
  })

  it('sends cookies over https only where PUBLIC_URL says https, and promises nothing for the host', async () => {
    const secured = await aWorld({ secure: true })
    try {
      const client = new Client(secured.url)
      const { cookies, headers } = await client.get('/login?lang=de')
      expect(cookies.join()).to.match(/; Secure; SameSite=Lax$/)
      expect(headers.get('strict-transport-security')).to.equal(null)
    } finally {
      await secured.close()
    }
  })

  it('takes forms from its own pages only', async () => {
    const asked: [Record<string, string>, number][] = [
      [{}, 422],
      [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, 422],
      [{ 'sec-fetch-site': 'none' }, 422],
      [{ origin: 'null' }, 422],
      [{ origin: 'http://connect.contoso.example' }, 422],
      [{ origin: world.origin }, 422],
      [{ 'sec-fetch-site': 'same-site' }, 403],
      [{ 'sec-fetch-site': 'cross-site', origin: world.origin }, 403],
      [{ origin: 'https://evil.example' }, 403],
      [{ origin: 'nonsense' }, 403],
    ]
    for (const [headers, status] of asked) {
      const answer = await browser.post('/login', {}, headers)
      expect(answer.status, JSON.stringify(headers)).to.equal(status)
    }
    const { link, user } = await world.invited()
    const foreign = await browser.post(`/welcome/${link}`, {}, { 'sec-fetch-site': 'cross-site' })
    expect(foreign).to.include({ status: 403, title: 'Something went wrong on our side – Compass' })
    expect((await world.now(user)).status).to.equal('pending')
  })

  it('reads small forms and nothing else', async () => {
    const send = (type: string, body: string): Promise<Answer> =>
      browser.send('/login', { method: 'POST', headers: { 'content-type': type }, body })
    for (const answer of [await send('application/json', '{}'), await send('text/plain', 'username=a')])
      expect(answer).to.include({ status: 415, title: 'Something went wrong on our side – Compass' })
    const large = await send('application/x-www-form-urlencoded', `password=${'x'.repeat(20_000)}`)
    expect(large.status).to.equal(413)
  })

  it('says that a fault is ours, with a reference that is in the log, and nothing else of it', async () => {
    world.failure = new Error('the secret is hunter2')
    const { status, main, html } = await browser.get('/welcome/anything')
    expect(status).to.equal(500)
    expect(html).not.to.include('hunter2')
    const reference = /this reference: ([\da-f-]{36})/.exec(main)?.[1]
    expect(world.logged).to.have.length(1)
    expect(world.logged[0]?.fields['requestId']).to.be.a('string').and.equal(reference)
  })

  it('is in the language of the person, of a choice, of the browser, in this order', async () => {
    const german = { 'accept-language': 'fr;q=0.2, de-AT, en;q=0.5' }
    expect((await browser.get('/login', german)).title).to.equal('Bei Compass anmelden')
    expect((await browser.get('/login?lang=it', german)).title).to.equal('Accedi a Compass')
    expect((await browser.get('/login', german)).title).to.equal('Accedi a Compass')
    const french = await world.onboarded({ preferredLanguage: 'fr-CH' })
    await browser.post('/login', { username: french.userPrincipalName ?? '', password: PASSWORD })
    expect((await browser.get('/login', german)).html).to.include('<html lang="fr">')
    expect((await browser.get('/login?lang=en', german)).html).to.include('<html lang="en">')
    expect((await browser.get('/login', german)).html).to.include('<html lang="en">')
    expect((await browser.get('/login?lang=xx', german)).html).to.include('<html lang="en">')
  })

  it('offers the other languages by their own names, for the same page', async () => {
    const { link } = await world.invited()
    const { html } = await browser.get(`/welcome/${link}`)
    expect(html).to.include('<span lang="en" aria-current="true">English</span>')
    for (const language of LANGUAGES.filter((one) => one !== 'en')) {
      const tag = new RegExp(
        `<a href="${BASE}/welcome/${link}\\?lang=${language}" lang="${language}" hreflang="${language}">`,
      )
      expect(html).to.match(tag)
    }
  })

  it('lets nobody smuggle markup in', async () => {
    const { html } = await browser.post('/login', { username: '"><script>alert(1)</script>', password: 'x' })
    expect(html).to.include('value="&quot;>&lt;script>alert(1)&lt;/script>"')
    expect((await browser.get('/welcome/"><script>?lang="><script>')).html).not.to.include('<script>')
  })
})

describe('buttons that are pressed too often', () => {
  let world: World

  beforeEach(async () => void (world = await aWorld()))
  afterEach(() => world.close())

  it('owe nothing more for a while, and say the same', async () => {
    const client = new Client(world.url)
    const { user, link } = await world.invited()
    world.advance(8 * 24 * 60 * 60 * 1000)
    const answers = await Promise.all(Array.from({ length: 61 }, () => client.post('/welcome/no-such-link/new')))
    expect(answers.filter(({ status }) => status === 303)).to.have.length(60)
    const over = await client.post(`/welcome/${link}/new`)
    expect(over.status).to.equal(429)
    expect(Number(over.headers.get('retry-after'))).to.be.within(1, 600)
    expect(over.main).to.match(/^Check your email[^]*You can ask again in 10 minutes\.$/)
    expect((await world.now(user)).ahead?.emails).to.have.length(1)
  })

  it('stop a program that guesses, not the person with a link', async () => {
    const client = new Client(world.url)
    for (let i = 0; i < 3; i += 1)
      await Promise.all(Array.from({ length: 100 }, (_, n) => client.post(`/welcome/guess-${i}-${n}`)))
    expect((await client.post('/welcome/guess')).status).to.equal(429)
    const { link } = await world.invited()
    expect((await client.post(`/welcome/${link}`)).location).to.equal(`${BASE}/welcome/password`)
    for (let i = 0; i < 301; i += 1) if ((await client.post('/welcome/password')).status !== 422) expect.fail('refused')
  })
})
