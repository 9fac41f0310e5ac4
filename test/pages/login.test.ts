import { expect } from 'chai'
import { ConnectorError } from '../../src/domain/errors.js'
import { Client } from './client.js'
import { aWorld, BASE, PASSWORD, type World } from './world.js'

describe('the login pages', () => {
  let world: World
  let browser: Client

  before(async () => void (world = await aWorld()))
  beforeEach(() => void (browser = new Client(world.url)))
  after(() => world.close())

  const enter = (username: string, password = PASSWORD): ReturnType<Client['post']> =>
    browser.post('/login', { username, password })

  it('let the right password in, and lead to the intranet', async () => {
    const { userPrincipalName } = await world.onboarded()
    expect(await enter(userPrincipalName ?? '')).to.include({ status: 303, location: `${world.intranet}/` })
    const inside = await browser.get('/login')
    expect(inside).to.include({ status: 200, title: 'You are logged in – Compass' })
    expect(inside.html).to.include(`action="${BASE}/login/logout"`)
  })

  it('refuse an unknown name, a wrong password and an account without one in the same words', async () => {
    const { userPrincipalName } = await world.onboarded()
    const { user } = await world.invited()
    const names = ['nobody@contoso.example', userPrincipalName ?? '', user.userPrincipalName ?? '']
    const answers = []
    for (const name of names) {
      const { status, title, html } = await enter(name, 'not the right words')
      expect(html).to.include(`value="${name}"`).and.not.include('not the right words')
      answers.push({ status, title, html: html.replaceAll(name, '') })
    }
    expect(answers[0]).to.include({ status: 422, title: 'Error: Log in to Compass' })
    expect(answers[0]?.html).to.include('User name or password is not right. Check both, or reset your password.')
    expect(answers[1]).to.deep.equal(answers[0])
    expect(answers[2]).to.deep.equal(answers[0])
  })

  it('say which field is empty, with a link to each', async () => {
    const { status, html, main } = await enter(' ', '')
    expect(status).to.equal(422)
    expect(main).to.match(/^There is a problem\nEnter your user name or email\n\s*Enter a password\n/)
    for (const id of ['username', 'password']) {
      expect(html).to.include(`<a href="#${id}">`).and.include(`id="${id}-error"`)
      expect(html).to.match(new RegExp(`<input id="${id}"[^>]* aria-describedby="${id}-error" aria-invalid="true"`))
    }
  })

  it('say how long to wait after too many attempts', async () => {
    for (let i = 0; i < 6; i += 1) await enter('somebody', 'not the right words')
    const { status, main } = await enter('somebody')
    expect(status).to.equal(429)
    expect(main).to.match(/Too many attempts\. Try again in \d+ minutes?, or reset your password by email\./)
  })

  it('tell only the holder of the right password that the account is paused', async () => {
    const user = await world.onboarded()
    await world.change(user, { account: 'frozen' })
    expect((await enter(user.userPrincipalName ?? '', 'not the right words')).status).to.equal(422)
    const paused = await enter(user.userPrincipalName ?? '')
    expect(paused).to.include({ status: 403, title: 'Your account is paused – Compass' })
    expect(paused.cookies).to.deep.equal([])
  })

  it('log out here, or everywhere', async () => {
    const { userPrincipalName } = await world.onboarded()
    const browsers = [0, 1, 2].map(() => new Client(world.url))
    for (const one of browsers) await one.post('/login', { username: userPrincipalName ?? '', password: PASSWORD })
    const isIn = async (one?: Client): Promise<boolean> =>
      (await one?.get('/login'))?.title.startsWith('You are') ?? false
    const [first, second, third] = browsers
    expect((await first?.post('/login/logout'))?.location).to.equal(`${BASE}/login`)
    expect(await Promise.all(browsers.map(isIn))).to.deep.equal([false, true, true])
    await second?.post('/login/logout', { everywhere: 'yes' })
    expect(await isIn(third)).to.equal(false)
  })

  it('exchange a cookie that has been in use for hours', async () => {
    const { userPrincipalName } = await world.onboarded()
    await enter(userPrincipalName ?? '')
    const before = browser.jar.get('connector-login')
    world.advance(5 * 60 * 60 * 1000)
    expect((await browser.get('/login')).cookies).to.have.length(1)
    expect(browser.jar.get('connector-login')).to.be.a('string').and.not.equal(before)
    expect((await browser.get('/login')).title).to.match(/^You are/)
  })

  it('answer a forgotten password the same whether or not there is such a person', async () => {
    const { userPrincipalName } = await world.onboarded()
    for (const username of [userPrincipalName ?? '', 'nobody']) {
      const asked = await browser.post('/login/forgotten', { username })
      expect(asked).to.include({ status: 303, location: `${BASE}/login/sent`, html: '' })
    }
    expect((await browser.get('/login/sent')).title).to.equal('Check your email – Compass')
    const empty = await browser.post('/login/forgotten', { username: '' })
    expect(empty).to.include({ status: 422, title: 'Error: Forgotten your password? – Compass' })
    expect(empty.main).to.include('Enter your user name or email')
  })

  it('lead to Microsoft with a cookie for the way back, which is used up there', async () => {
    const out = await browser.get('/login/microsoft')
    expect(out).to.include({ status: 302, location: `${world.intranet}/authorize?state=s` })
    expect(out.cookies.join()).to.match(
      /connector-microsoft=the-browser; Max-Age=600; Path=\/hr\/connector; HttpOnly; SameSite=Lax/,
    )
    world.microsoft.result = { kind: 'in', user: await world.person() }
    world.microsoft.returns.length = 0
    const back = await browser.get('/login/microsoft/callback?code=c&state=s&session_state=x')
    expect(back).to.include({ status: 303, location: `${world.intranet}/` })
    expect(world.microsoft.returns).to.deep.equal([
      { back: { code: 'c', state: 's', error: null, errorDescription: null }, browser: 'the-browser' },
    ])
    expect(browser.jar.has('connector-microsoft')).to.equal(false)
    await browser.get('/login/microsoft/callback?code=a&code=b&error=access_denied&error_description=No')
    expect(world.microsoft.returns[1]).to.deep.equal({
      back: { code: null, state: null, error: 'access_denied', errorDescription: 'No' },
      browser: null,
    })
  })

  it('end a refused Microsoft login in a page, never in another round', async () => {
    const user = await world.onboarded({ preferredLanguage: 'de-CH' })
    const ends: [World['microsoft']['result'], number, string][] = [
      [{ kind: 'lost' }, 400, 'The login with Microsoft did not work'],
      [{ kind: 'refused' }, 400, 'The login with Microsoft did not work'],
      [{ kind: 'stranger' }, 403, 'You do not have access to Compass'],
      [{ kind: 'busy' }, 503, 'Microsoft does not answer'],
      [{ kind: 'paused', user }, 403, 'Ihr Konto ist pausiert'],
      [{ kind: 'ahead', user }, 403, 'Ihr Konto verwendet Benutzername und Passwort'],
    ]
    for (const [result, status, heading] of ends) {
      world.microsoft.result = result
      const answer = await browser.get('/login/microsoft/callback?code=c&state=s')
      expect(answer.status, heading).to.equal(status)
      expect(answer.main.split('\n')[0]).to.equal(heading)
      expect(answer.location).to.equal(null)
      expect(answer.html).not.to.include('/login/microsoft')
    }
  })

  it('say so when Microsoft cannot be reached, and use nothing up for HEAD', async () => {
    const text = { message: 'We cannot reach Microsoft' }
    world.microsoft.beginning = new ConnectorError('graph.unreachable', text)
    expect(await browser.get('/login/microsoft')).to.include({
      status: 503,
      title: 'Microsoft does not answer – Compass',
    })
    world.microsoft.beginning = new ConnectorError('sign-in.refused', text)
    expect((await browser.get('/login/microsoft')).status).to.equal(500)
    world.microsoft.beginning = null
    world.microsoft.returns.length = 0
    for (const path of ['/login/microsoft', '/login/microsoft/callback?code=c&state=s'])
      expect((await browser.get(path, {}, 'HEAD')).status).to.equal(404)
    expect(world.microsoft.returns).to.deep.equal([])
  })

  it('know nothing else', async () => {
    for (const path of ['/login/nothing', '/login/a/b', '/login/logout'])
      expect(await browser.get(path), path).to.include({ status: 404, title: 'This link does not work – Compass' })
    expect((await browser.get('/login/')).status, 'a slash too many').to.equal(200)
  })
})

describe('the login pages of a connector that was told little', () => {
  let world: World
  let browser: Client

  before(async () => {
    const intranet = { name: null, url: null, organisation: null, supportContact: null, language: 'en' } as const
    world = await aWorld({ intranet, logo: null, microsoft: null, defaultLanguage: 'it' })
    browser = new Client(world.url)
  })
  after(() => world.close())

  it('have no hole in any sentence, and no way to what is not there', async () => {
    const login = await browser.get('/login')
    expect(login.title).to.equal('Log in to the intranet')
    expect(login.html).to.include('<bdi>The intranet</bdi>')
    expect(login.html).not.to.match(/Microsoft|Need help|<img/)
    expect((await browser.get('/login/microsoft')).status).to.equal(404)
    const { user, link } = await world.invited()
    expect((await browser.get(`/welcome/${link}`)).main).to.include('Your organisation has set up a login for you')
    await world.change(user, { account: 'frozen' })
    expect((await browser.post(`/welcome/${link}`)).main).to.include('IT support can tell you why')
  })

  it('say that one is logged in, where there is no intranet to lead to', async () => {
    const { userPrincipalName } = await world.onboarded()
    const entered = await browser.post('/login', { username: userPrincipalName ?? '', password: PASSWORD })
    expect(entered.location).to.equal(`${BASE}/login`)
    expect((await browser.get('/login')).main).to.match(/^You are logged in\n[^]*Log out\n\s*Log out on all devices$/)
    expect((await browser.get('/welcome/done')).html).to.include(`href="${BASE}/login"`)
  })

  it('speak the default language to those who name none of ours', async () => {
    const { title } = await new Client(world.url).get('/login', { 'accept-language': 'pt-BR, ja;q=0.5' })
    expect(title).to.match(/^Accedi/)
  })
})
