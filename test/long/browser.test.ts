import { expect } from 'chai'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { aVisitor, findChromium, openChromium, type Visitor } from '../support/browser.js'
import { focused, overflow, smallTargets, violations } from '../support/looks.js'
import { GALLERY } from '../pages/gallery.js'
import { aWorld, PASSWORD, type World } from '../pages/world.js'

const CHROMIUM = findChromium()
const PHONE = { width: 390, height: 844 }
const NARROWEST = { width: 320, height: 640 }

const suite = CHROMIUM === null ? describe.skip : describe

suite(`the pages in a browser${CHROMIUM === null ? ' (skipped: no chromium in the PATH)' : ''}`, () => {
  let world: World
  let browser: Browser
  let visitors: Visitor[]

  before(async () => {
    world = await aWorld()
    browser = await openChromium(CHROMIUM ?? '')
  })
  beforeEach(() => void (visitors = []))
  afterEach(async function () {
    const complaints = visitors.flatMap((visitor) => visitor.complaints)
    for (const visitor of visitors) await visitor.close()
    if (this.currentTest?.state === 'passed') expect(complaints, 'complaints of the browser').to.deep.equal([])
  })
  after(async () => {
    await browser.close()
    await world.close()
  })

  async function visit(options: BrowserContextOptions = {}): Promise<Visitor> {
    const visitor = await aVisitor(browser, { viewport: PHONE, origins: [world.origin, world.intranet], ...options })
    visitors.push(visitor)
    return visitor
  }

  async function walkThrough(page: Page): Promise<void> {
    const { user, link } = await world.invited()
    await page.goto(`${world.url}/welcome/${link}`)
    expect(await heading(page)).to.equal('Welcome to Compass')
    await page.getByRole('button', { name: 'Choose my password' }).click()
    expect(await heading(page)).to.equal('Choose a password')
    await page.locator('#password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Save password' }).click()
    expect(await heading(page)).to.equal('Your password is saved')
    expect(await page.locator('main').innerText()).to.include(user.userPrincipalName)
    expect((await world.now(user)).status).to.equal('onboarded')
    await page.getByRole('link', { name: 'Continue to Compass' }).click()
    expect(await heading(page)).to.equal('Inside')
    await page.goto(`${world.url}/login`)
    await page.getByRole('button', { name: 'Log out', exact: true }).click()
    await page.getByLabel('User name or email').fill(user.userPrincipalName ?? '')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Log in' }).click()
    expect(await heading(page)).to.equal('Inside')
  }

  it('lead from the email to the intranet, and back in by user name and password', async () => {
    await walkThrough((await visit()).page)
  })

  it('do so without scripts', async () => {
    await walkThrough((await visit({ javaScriptEnabled: false })).page)
  })

  it('go on in a second tab, after a double click, and after Back', async () => {
    const { page, context } = await visit()
    const { link } = await world.invited()
    await page.goto(`${world.url}/welcome/${link}`)
    await page.locator('main button').dblclick()
    await page.waitForURL(/\/welcome\/password$/)
    const tab = await context.newPage()
    await tab.goto(`${world.url}/welcome/${link}`)
    expect(await heading(tab)).to.equal('Choose a password')
    await page.goBack()
    await page.reload()
    expect(await heading(page)).to.equal('Choose a password')
    await tab.locator('#password').fill(PASSWORD)
    await tab.locator('button[type=submit]').dblclick()
    await tab.waitForURL(/\/welcome\/done$/)
    expect(await heading(tab)).to.equal('Your password is saved')
  })

  it('survive a double click without scripts', async () => {
    const { page } = await visit({ javaScriptEnabled: false })
    const { link } = await world.invited()
    await page.goto(`${world.url}/welcome/${link}`)
    await page.locator('main button').dblclick()
    await page.waitForURL(/\/welcome\/password$/)
    await page.locator('#password').fill(PASSWORD)
    await page.locator('button[type=submit]').dblclick()
    await page.waitForURL(/\/welcome\/done$/)
    expect(await heading(page)).to.equal('Your password is saved')
  })

  it('leave a link whole that a scanner fetches and runs, and tell another browser that it was used', async () => {
    const { user, link } = await world.invited()
    const scanner = await visit()
    for (let i = 0; i < 10; i += 1) {
      await scanner.page.goto(`${world.url}/welcome/${link}`, { waitUntil: 'load' })
      await scanner.context.request.head(`${world.url}/welcome/${link}`)
    }
    expect((await world.now(user)).status).to.equal('pending')
    const person = await visit()
    await person.page.goto(`${world.url}/welcome/${link}`)
    await person.page.locator('main button').click()
    expect(await heading(person.page)).to.equal('Choose a password')
    await scanner.page.locator('main button').click()
    expect(await heading(scanner.page)).to.equal('This link has already been used')
    await scanner.page.getByRole('button', { name: 'Send me a new link' }).click()
    expect(await heading(scanner.page)).to.equal('Check your email')
  })

  for (const javaScriptEnabled of [true, false])
    it(`show what is wrong with a password ${javaScriptEnabled ? 'with' : 'without'} scripts`, async () => {
      const { page } = await visit({ javaScriptEnabled })
      const { link } = await world.invited()
      await page.goto(`${world.url}/welcome/${link}`)
      await page.locator('main button').click()
      const refusals: [string, string][] = [
        ['too short', 'The password has 9 characters. Use at least 12.'],
        ['password1234', 'Many people use this password, so attackers try it first. Choose another one.'],
      ]
      for (const [password, sentence] of refusals) {
        await page.locator('#password').fill(password)
        await page.keyboard.press('Enter')
        await page.locator('#problem').waitFor()
        expect(await page.title()).to.equal('Error: Choose a password – Compass')
        expect(await focused(page)).to.equal('problem')
        expect(await page.locator('#password-error').innerText()).to.equal(sentence)
        expect(await page.locator('#password').inputValue()).to.equal('')
        await page.locator('#problem').getByRole('link', { name: sentence }).click()
        expect(await focused(page)).to.equal('password')
      }
    })

  it('show and hide the password, and count what is missing after a second', async () => {
    const { page, context } = await visit()
    await context.addInitScript('globalThis.setTimeout = (act) => { act(); return 0 }')
    const { link } = await world.invited()
    await page.goto(`${world.url}/welcome/${link}`)
    await page.locator('main button').click()
    const password = page.locator('#password')
    const show = page.locator('#show')
    expect(await show.getAttribute('aria-pressed')).to.equal('false')
    await show.click()
    expect(await password.getAttribute('type')).to.equal('text')
    expect(await show.getAttribute('aria-pressed')).to.equal('true')
    expect(await show.innerText()).to.equal('Hide password')
    await show.click()
    expect(await password.getAttribute('type')).to.equal('password')
    const counted: string[] = []
    for (const text of ['a', 'ten chars🙂', 'elevencharz', 'twelve chars', '']) {
      await password.fill(text)
      counted.push((await page.locator('#meter').textContent()) ?? '')
    }
    expect(counted).to.deep.equal(['11 more characters', '2 more characters', '1 more character', 'Long enough', ''])
  })

  it('can be used with the keyboard alone, the focus always to be seen', async () => {
    const { page } = await visit()
    const { user, link } = await world.invited()
    await page.goto(`${world.url}/welcome/${link}`)
    await tabTo(page, 'Choose my password')
    await page.keyboard.press('Enter')
    await page.locator('#password').waitFor()
    await tabTo(page, 'password')
    await page.keyboard.type(PASSWORD)
    await tabTo(page, 'Show password')
    await page.keyboard.press('Space')
    expect(await page.locator('#password').inputValue()).to.equal(PASSWORD)
    await tabTo(page, 'Save password')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/welcome\/done$/)
    await tabTo(page, 'Continue to Compass')
    expect((await world.now(user)).status).to.equal('onboarded')
  })

  it('show names of any kind as they are', async () => {
    const names = [
      "O'Connor@contoso.example",
      'أحمد@contoso.example',
      '李雷🙂@contoso.example',
      `${'a'.repeat(110)}@contoso.example`,
    ]
    const { page } = await visit({ viewport: NARROWEST })
    for (const userPrincipalName of names) {
      const { link } = await world.invited({ userPrincipalName })
      await page.goto(`${world.url}/welcome/${link}`)
      await page.locator('main button').click()
      expect(await page.locator('#username').inputValue()).to.equal(userPrincipalName)
      await page.locator('#password').fill(PASSWORD)
      await page.locator('button[type=submit]').click()
      expect(await page.locator('main bdi').first().innerText()).to.equal(userPrincipalName)
      expect(await overflow(page)).to.equal(0)
    }
  })

  it('change the language where one is, and stay in it', async () => {
    const { page } = await visit({ locale: 'it-CH' })
    const { link } = await world.invited()
    await page.goto(`${world.url}/welcome/${link}`)
    expect(await heading(page)).to.equal('Le diamo il benvenuto su Compass')
    await page.getByRole('link', { name: 'Français' }).click()
    expect(await heading(page)).to.equal('Bienvenue sur Compass')
    await page.locator('main button').click()
    expect(await heading(page)).to.equal('Choisissez un mot de passe')
    expect(await page.locator('html').getAttribute('lang')).to.equal('fr')
  })

  describe('all of them', () => {
    let visitor: Visitor

    before(async () => {
      visitor = await aVisitor(browser, { viewport: NARROWEST, origins: [world.origin, world.intranet] })
    })
    after(() => visitor.close())

    for (const { name, status, open } of GALLERY)
      it(`are in order: ${name}`, async () => {
        const { page, context, complaints } = visitor
        await context.clearCookies()
        await page.emulateMedia({ colorScheme: 'light' })
        let last = 0
        const note = (response: {
          status: () => number
          request: () => { isNavigationRequest: () => boolean }
        }): void => {
          if (response.request().isNavigationRequest()) last = response.status()
        }
        page.on('response', note)
        await open(page, world)
        page.off('response', note)
        expect(last).to.equal(status)
        expect(await page.locator('h1').count()).to.equal(1)
        expect(await page.locator('.primary').count()).to.be.at.most(1)
        expect(await overflow(page), 'pixels beyond the edge').to.equal(0)
        expect(await smallTargets(page)).to.deep.equal([])
        expect(await violations(page)).to.deep.equal([])
        await page.emulateMedia({ colorScheme: 'dark' })
        expect(await violations(page, ['color-contrast'])).to.deep.equal([])
        expect(complaints.splice(0)).to.deep.equal([])
      })
  })
})

function heading(page: Page): Promise<string> {
  return page.locator('h1').innerText()
}

/** Presses Tab until the button, link or field of this name or id has the focus; every stop has to be seen. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 15; presses += 1) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(() => {
      const element = document.activeElement
      if (!element) return null
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      return { names: [element.id, element.textContent.trim()], outline: `${outlineStyle} ${outlineWidth}` }
    })
    expect(stop?.outline).to.equal('solid 3px')
    if (stop?.names.includes(name)) return
  }
  expect.fail(`no way to ${name}`)
}
