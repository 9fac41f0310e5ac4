import { expect } from 'chai'
import { LANGUAGES, type Language } from '../../src/domain/ahead.js'
import { fill, textsFor } from '../../src/texts/index.js'
import { Client } from './client.js'
import { aWorld, BASE, PASSWORD, type World } from './world.js'

const DAY_MS = 24 * 60 * 60 * 1000
const MINUTE_MS = 60 * 1000

describe('the pages of an emailed link', () => {
  let world: World
  let browser: Client

  before(async () => void (world = await aWorld()))
  beforeEach(() => void (browser = new Client(world.url)))
  after(() => world.close())

  it('lead from the link to a password and a login', async () => {
    const { user, link } = await world.invited()
    const start = await browser.get(`/welcome/${link}`)
    expect(start).to.include({ status: 200, title: 'Welcome to Compass' })
    expect(start.html).not.to.match(/person\d/)
    const opened = await browser.post(`/welcome/${link}`)
    expect(opened).to.include({ status: 303, location: `${BASE}/welcome/password` })
    expect((await world.now(user)).status).to.equal('onboarding-incomplete')
    const form = await browser.get('/welcome/password')
    expect(form.status).to.equal(200)
    expect(form.html).to.include(`value="${user.userPrincipalName ?? ''}"`)
    const saved = await browser.post('/welcome/password', { password: PASSWORD })
    expect(saved).to.include({ status: 303, location: `${BASE}/welcome/done` })
    expect((await world.now(user)).status).to.equal('onboarded')
    const done = await browser.get('/welcome/done')
    expect(done.status).to.equal(200)
    expect(done.main).to.include(`log in with ${user.userPrincipalName ?? ''} and this password`)
    expect(done.html).to.include(`href="${world.intranet}/"`)
    expect(await browser.get('/login')).to.include({ status: 200, title: 'You are logged in – Compass' })
  })

  it('change nothing and name nobody however often a link is looked at', async () => {
    const { user, link } = await world.invited({ displayName: 'Zoë Unmistakable' })
    const before = await world.now(user)
    for (let i = 0; i < 10; i += 1) {
      for (const method of ['GET', 'HEAD']) {
        const { status, html } = await new Client(world.url).get(`/welcome/${link}`, {}, method)
        expect(status).to.equal(200)
        expect(html).not.to.match(/Zoë|person\d/)
      }
    }
    expect(await world.now(user)).to.deep.equal(before)
    expect((await browser.post(`/welcome/${link}`)).location).to.equal(`${BASE}/welcome/password`)
  })

  it('lead back to the password in the browser that opened the link, and nowhere else', async () => {
    const { link } = await world.invited()
    const other = await world.invited()
    await browser.post(`/welcome/${link}`)
    for (const again of [await browser.get(`/welcome/${link}`), await browser.post(`/welcome/${link}`)])
      expect(again).to.include({ status: 303, location: `${BASE}/welcome/password` })
    expect((await browser.get(`/welcome/${other.link}`)).status).to.equal(200)
    const stranger = new Client(world.url)
    for (const used of [await stranger.get(`/welcome/${link}`), await stranger.post(`/welcome/${link}`)])
      expect(used).to.include({ status: 404, title: 'This link has already been used – Compass' })
    expect((await stranger.get('/welcome/password')).status).to.equal(403)
  })

  it('give the second of two presses a session as good as the first, which the browser drops', async () => {
    const { link } = await world.invited()
    await browser.get(`/welcome/${link}`)
    const [first, second] = await Promise.all([browser.post(`/welcome/${link}`), browser.post(`/welcome/${link}`)])
    for (const answer of [first, second]) expect(answer.location).to.equal(`${BASE}/welcome/password`)
    expect(second.cookies).to.deep.equal(first.cookies)
    const savings = [0, 1].map(() => browser.post('/welcome/password', { password: PASSWORD }))
    const [, late] = await Promise.all(savings)
    expect(late?.location).to.equal(`${BASE}/welcome/done`)
    expect((await browser.get('/welcome/done')).status).to.equal(200)
  })

  it('refuse a password with the reason, keep it to themselves, and start the sixty minutes anew', async () => {
    const { link } = await world.invited()
    await browser.post(`/welcome/${link}`)
    const refusals: [string, string][] = [
      ['', 'Enter a password'],
      ['ab cd 🙂', 'The password has 7 characters. Use at least 12.'],
      ['x', 'The password has 1 character. Use at least 12.'],
      ['ä'.repeat(257), 'Use at most 256 characters.'],
      ['123456789012', 'Many people use this password, so attackers try it first. Choose another one.'],
    ]
    for (const [password, sentence] of refusals) {
      world.advance(50 * MINUTE_MS)
      const refused = await browser.post('/welcome/password', { password })
      expect(refused).to.include({ status: 422, title: 'Error: Choose a password – Compass' })
      expect(refused.main.split(sentence), sentence).to.have.length(3)
      expect(refused.html).to.match(/<a href="#password">/)
      if (password.length > 1) expect(refused.html).not.to.include(password)
    }
    world.advance(61 * MINUTE_MS)
    const late = await browser.post('/welcome/password', { password: PASSWORD })
    expect(late).to.include({ status: 403, title: 'Your time to choose a password is over – Compass' })
  })

  it('count a password as it is kept: composed', async () => {
    const { link } = await world.invited()
    await browser.post(`/welcome/${link}`)
    const { main } = await browser.post('/welcome/password', { password: 'e\u0301'.repeat(8) })
    expect(main).to.include('The password has 8 characters')
  })

  it('offer a new link where one no longer works, and say the same whether or not an email goes out', async () => {
    const { user, link } = await world.invited()
    world.advance(8 * DAY_MS)
    const expired = await browser.get(`/welcome/${link}`)
    expect(expired.status).to.equal(404)
    expect(expired.html).to.include(`action="${BASE}/welcome/${link}/new"`)
    world.owed.length = 0
    const asked = [await browser.post(`/welcome/${link}/new`), await browser.post('/welcome/no-such-link/new')]
    for (const answer of asked) expect(answer).to.include({ status: 303, location: `${BASE}/welcome/sent` })
    expect((await browser.get('/welcome/sent')).main).to.match(
      /^Check your email[^]*You can ask again in 10 minutes\.$/,
    )
    expect(world.owed).to.deep.equal(['owed'])
    expect((await world.now(user)).ahead?.emails).to.have.length(2)
  })

  it('call every string that is no link of ours damaged, with one status', async () => {
    const odd = [
      'x',
      'a'.repeat(43),
      'a'.repeat(5000),
      '%F0%9F%99%82',
      'a/b',
      '..%2F..%2Fetc',
      '<script>',
      'password/x',
      '',
    ]
    const { html } = await browser.get('/welcome/x')
    for (const string of odd) {
      for (const method of ['GET', 'POST', 'PUT']) {
        const answer = await browser.get(`/welcome/${string}`, {}, method)
        expect(answer, string.slice(0, 50)).to.include({ status: 404, title: 'This link does not work – Compass' })
        expect(answer.html.split('<footer>')[0]).to.equal(html.split('<footer>')[0])
      }
    }
  })

  it('say in exact words what is wrong, in four languages', async () => {
    const titles: Record<Language, readonly string[]> = {
      en: [
        'This link has already been used',
        'There is a newer link',
        'This link does not work',
        'Your account is paused',
      ],
      de: [
        'Dieser Link wurde schon verwendet',
        'Es gibt einen neueren Link',
        'Dieser Link funktioniert nicht',
        'Ihr Konto ist pausiert',
      ],
      fr: [
        'Ce lien a déjà été utilisé',
        'Il existe un lien plus récent',
        'Ce lien ne fonctionne pas',
        'Votre compte est suspendu',
      ],
      it: [
        'Questo link è già stato usato',
        "C'è un link più recente",
        'Questo link non funziona',
        'Il Suo account è sospeso',
      ],
    }
    const used = await world.invited()
    await browser.post(`/welcome/${used.link}`)
    const replaced = await world.invited()
    await world.invite(replaced.user)
    const paused = await world.invited()
    await world.change(paused.user, { account: 'inactive' })
    for (const language of LANGUAGES) {
      const { pages } = textsFor(language)
      const speaker = { 'accept-language': language }
      const client = new Client(world.url)
      const answers = [
        await client.get(`/welcome/${used.link}`, speaker),
        await client.get(`/welcome/${replaced.link}`, speaker),
        await client.get('/welcome/nonsense', speaker),
        await client.post(`/welcome/${paused.link}`, {}, speaker),
      ]
      expect(answers.map(({ main }) => main.split('\n')[0])).to.deep.equal(titles[language])
      expect(answers.map(({ status }) => status)).to.deep.equal([404, 404, 404, 403])
      const [ofUsed, , ofDamaged, ofPaused] = answers
      expect(ofUsed?.main).to.include(pages.usedText)
      expect(ofDamaged?.main).to.include(pages.damagedText)
      expect(ofPaused?.main.replace(/\n/g, '')).to.include(fill(pages.pausedText, { contact: 'it@contoso.example' }))
      expect(ofUsed?.html).to.include(`<html lang="${language}">`)
    }
  })

  it('tell dates in the language, with weekday, time and zone', async () => {
    const { link } = await world.invited()
    world.advance(8 * DAY_MS)
    const { main } = await browser.get(`/welcome/${link}`, { 'accept-language': 'de' })
    expect(main).to.match(/Er war bis \p{L}+tag, \d+\. \p{L}+ \d{4} um \d\d:\d\d MES?Z gültig\./u)
    expect((await browser.get(`/welcome/${link}`)).main).to.match(
      /It was valid until \w+day,? \d+ \w+ \d{4} at \d\d:\d\d \S+\./,
    )
  })

  it('speak of the old password where a new one was asked for', async () => {
    const user = await world.onboarded()
    const link = await world.invite(user, 'password-reset')
    const { title, main } = await browser.get(`/welcome/${link}`)
    expect(title).to.equal('Reset your password for Compass')
    expect(main).to.include('the old one stays valid')
    await browser.post(`/welcome/${link}`)
    expect((await browser.post('/welcome/password', { password: 'four silver spoons' })).status).to.equal(303)
  })

  it('stop choosing where the account was paused meanwhile', async () => {
    const { user, link } = await world.invited()
    await browser.post(`/welcome/${link}`)
    await world.change(user, { account: 'frozen' })
    for (const answer of [
      await browser.get('/welcome/password'),
      await browser.post('/welcome/password', { password: PASSWORD }),
    ])
      expect(answer).to.include({ status: 403, title: 'Your account is paused – Compass' })
  })

  it('lead to the login after Back, when the password is saved', async () => {
    const { link } = await world.invited()
    await browser.post(`/welcome/${link}`)
    await browser.post('/welcome/password', { password: PASSWORD })
    expect((await browser.get('/welcome/password')).location).to.equal(`${BASE}/login`)
    expect((await new Client(world.url).get('/welcome/done')).location).to.equal(`${BASE}/login`)
  })
})
