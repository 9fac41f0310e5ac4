import type { Page } from 'playwright-core'
import { PASSWORD, type World } from './world.js'

/** Every page an employee can see, and how one gets there. Each begins with a browser without cookies. */
export interface Exhibit {
  readonly name: string
  readonly status: number
  /** Leaves the page open. */
  open(page: Page, world: World): Promise<void>
}

const DAY_MS = 24 * 60 * 60 * 1000

async function follow(page: Page, world: World): Promise<void> {
  const { link } = await world.invited()
  await page.goto(`${world.url}/welcome/${link}`)
  await page.locator('main button').click()
}

async function choose(page: Page, password: string): Promise<void> {
  await page.locator('#password').fill(password)
  await page.locator('button[type=submit]').click()
}

async function logIn(page: Page, world: World, { name = 'nobody', password = PASSWORD } = {}): Promise<void> {
  await page.goto(`${world.url}/login`)
  await page.locator('#username').fill(name)
  await choose(page, password)
}

async function comeBack(page: Page, world: World, result: World['microsoft']['result']): Promise<void> {
  world.microsoft.result = result
  await page.goto(`${world.url}/login/microsoft/callback?code=c&state=s`)
}

export const GALLERY: readonly Exhibit[] = [
  {
    name: 'welcome',
    status: 200,
    async open(page, world) {
      await page.goto(`${world.url}/welcome/${(await world.invited()).link}`)
    },
  },
  {
    name: 'reset',
    status: 200,
    async open(page, world) {
      const user = await world.onboarded()
      await page.goto(`${world.url}/welcome/${await world.invite(user, 'password-reset')}`)
    },
  },
  { name: 'password', status: 200, open: follow },
  {
    name: 'password refused',
    status: 422,
    async open(page, world) {
      await follow(page, world)
      await choose(page, 'too short')
    },
  },
  {
    name: 'done',
    status: 200,
    async open(page, world) {
      await follow(page, world)
      await choose(page, PASSWORD)
    },
  },
  {
    name: 'used',
    status: 404,
    async open(page, world) {
      await follow(page, world)
      await page.context().clearCookies()
      await page.goBack()
    },
  },
  {
    name: 'expired',
    status: 404,
    async open(page, world) {
      const { link } = await world.invited()
      world.advance(8 * DAY_MS)
      await page.goto(`${world.url}/welcome/${link}`)
    },
  },
  {
    name: 'replaced',
    status: 404,
    async open(page, world) {
      const { user, link } = await world.invited()
      await world.invite(user)
      await page.goto(`${world.url}/welcome/${link}`)
    },
  },
  {
    name: 'damaged',
    status: 404,
    async open(page, world) {
      await page.goto(`${world.url}/welcome/no-such-link`)
    },
  },
  {
    name: 'time over',
    status: 403,
    async open(page, world) {
      await page.goto(`${world.url}/welcome/password`)
    },
  },
  {
    name: 'sent',
    status: 200,
    async open(page, world) {
      await page.goto(`${world.url}/login/forgotten`)
      await page.locator('#username').fill('nobody')
      await page.locator('button[type=submit]').click()
    },
  },
  {
    name: 'paused',
    status: 403,
    async open(page, world) {
      const { user, link } = await world.invited()
      await world.change(user, { account: 'frozen' })
      await page.goto(`${world.url}/welcome/${link}`)
      await page.locator('main button').click()
    },
  },
  {
    name: 'login',
    status: 200,
    async open(page, world) {
      await page.goto(`${world.url}/login`)
    },
  },
  { name: 'login refused', status: 422, open: (page, world) => logIn(page, world) },
  { name: 'login empty', status: 422, open: (page, world) => logIn(page, world, { name: '', password: '' }) },
  {
    name: 'logged in',
    status: 200,
    async open(page, world) {
      const { userPrincipalName } = await world.onboarded()
      await logIn(page, world, { name: userPrincipalName ?? '' })
      await page.goto(`${world.url}/login`)
    },
  },
  {
    name: 'forgotten',
    status: 200,
    async open(page, world) {
      await page.goto(`${world.url}/login/forgotten`)
    },
  },
  { name: 'Microsoft failed', status: 400, open: (page, world) => comeBack(page, world, { kind: 'refused' }) },
  { name: 'Microsoft busy', status: 503, open: (page, world) => comeBack(page, world, { kind: 'busy' }) },
  { name: 'not allowed', status: 403, open: (page, world) => comeBack(page, world, { kind: 'stranger' }) },
  {
    name: 'ahead',
    status: 403,
    open: async (page, world) => comeBack(page, world, { kind: 'ahead', user: await world.onboarded() }),
  },
  { name: 'our fault', status: 500, open: (page, world) => comeBack(page, world, new Error('a bug')) },
  {
    name: 'nothing here',
    status: 404,
    async open(page, world) {
      await page.goto(`${world.url}/login/nothing`)
    },
  },
]
