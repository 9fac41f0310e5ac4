import { expect } from 'chai'
import { ID_TOKEN_FLAWS } from '../../src/simulator/id-tokens.js'
import type { MicrosoftReturn } from '../../src/login/door.js'
import { aCompany, comeBack, type Company } from './company.js'

const LOST = { kind: 'lost' }
const REFUSED = { kind: 'refused' }

describe('attacks on logging in with Microsoft', () => {
  let company: Company

  beforeEach(async () => {
    company = await aCompany()
    await company.employ(1)
  })

  afterEach(() => company.close())

  async function cameBack(index = 1): Promise<{ back: MicrosoftReturn; browser: string }> {
    const { url, browser } = await company.login.begin()
    return { back: await comeBack(url, company.simulator.directory.byIndex(index).id), browser }
  }

  const redemptions = (): number => company.simulator.requests.counts.get('POST token') ?? 0

  async function nobodyGotIn(): Promise<void> {
    const { users } = await company.store.list({ limit: 10 })
    expect(users.map(({ status, lastLoginAt }) => [status, lastLoginAt])).to.deep.equal([['never-logged-in', null]])
    expect(await company.store.parked({ limit: 10 })).to.deep.equal([])
  }

  it('a state of nobody’s, an empty one and none are lost', async () => {
    const { back, browser } = await cameBack()
    for (const state of ['x'.repeat(43), '', null, `${back.state ?? ''}x`])
      expect(await company.login.finish({ ...back, state }, browser)).to.deep.equal(LOST)
    expect(redemptions()).to.equal(0)
    await nobodyGotIn()
  })

  it('without the cookie, with an empty one or that of another browser it is lost, and Microsoft is not asked', async () => {
    const other = (await company.login.begin()).browser
    for (const cookie of [null, '', other]) {
      const { back } = await cameBack()
      expect(await company.login.finish(back, cookie)).to.deep.equal(LOST)
    }
    expect(redemptions()).to.equal(0)
    await nobodyGotIn()
  })

  it('somebody is not logged in as an attacker who sends them a link of his own', async () => {
    const attacker = await cameBack(2)
    const victim = await company.login.begin()
    expect(await company.login.finish(attacker.back, victim.browser)).to.deep.equal(LOST)
    const fresh = { ...attacker.back, state: new URL(victim.url).searchParams.get('state') }
    // The attacker's code with the victim's own state: the code belongs to another challenge.
    expect(await company.login.finish(fresh, victim.browser)).to.deep.equal(REFUSED)
    expect(company.lines.at(-1)?.fields).to.include({ code: 'AADSTS501481' })
    await nobodyGotIn()
  })

  it('a state works once, also after a login that failed', async () => {
    const good = await cameBack()
    expect(await company.login.finish(good.back, good.browser)).to.have.property('kind', 'in')
    expect(await company.login.finish(good.back, good.browser)).to.deep.equal(LOST)
    const bad = await cameBack()
    expect(await company.login.finish({ ...bad.back, code: 'made-up' }, bad.browser)).to.deep.equal(REFUSED)
    expect(await company.login.finish(bad.back, bad.browser)).to.deep.equal(LOST)
    expect(redemptions()).to.equal(2)
  })

  it('of two at once with the same state one gets in', async () => {
    const { back, browser } = await cameBack()
    const results = await Promise.all([company.login.finish(back, browser), company.login.finish(back, browser)])
    expect(results.map(({ kind }) => kind).sort()).to.deep.equal(['in', 'lost'])
  })

  it('a code works once, also with a fresh state', async () => {
    const first = await cameBack()
    await company.login.finish(first.back, first.browser)
    const second = await cameBack()
    const replayed = { ...second.back, code: first.back.code }
    expect(await company.login.finish(replayed, second.browser)).to.deep.equal(REFUSED)
    expect(company.lines.at(-1)?.fields).to.include({ reason: 'login.refused', code: 'AADSTS54005' })
  })

  it('a login that was begun more than ten minutes ago is lost; a code as old is refused', async () => {
    const old = await cameBack()
    company.clock.advance(10 * 60_000 + 1)
    expect(await company.login.finish(old.back, old.browser)).to.deep.equal(LOST)
    const fresh = await company.login.begin()
    const state = new URL(fresh.url).searchParams.get('state')
    expect(await company.login.finish({ ...old.back, state }, fresh.browser)).to.deep.equal(REFUSED)
    expect(company.lines.at(-1)?.fields).to.include({ code: 'AADSTS70008' })
    await nobodyGotIn()
  })

  it('a return with an error that belongs to no login of ours is lost', async () => {
    const back = { code: null, state: 'y'.repeat(43), error: 'access_denied', errorDescription: 'AADSTS65004' }
    expect(await company.login.finish(back, 'z'.repeat(43))).to.deep.equal(LOST)
    const { url, browser } = await company.login.begin()
    const empty = { code: null, state: new URL(url).searchParams.get('state'), error: null, errorDescription: null }
    expect(await company.login.finish(empty, browser)).to.deep.equal(LOST)
  })

  for (const flaw of ID_TOKEN_FLAWS)
    it(`an id token is refused: ${flaw}`, async () => {
      company.simulator.logins.spoilNext(flaw)
      const { back, browser } = await cameBack()
      expect(await company.login.finish(back, browser)).to.deep.equal(REFUSED)
      expect(company.lines.at(-1)?.fields).to.have.property('reason', 'login.refused')
      await nobodyGotIn()
      expect(await company.logIn(1)).to.have.property('kind', 'in')
    })

  it('an object id that is none, or of the wrong type, is refused', async () => {
    for (const oid of ['../users', '', 7, null, '00000000-0000-0000-0000-00000000000x']) {
      company.simulator.logins.spoilNext((claims) => void (claims['oid'] = oid))
      const { back, browser } = await cameBack()
      expect(await company.login.finish(back, browser), String(oid)).to.deep.equal(REFUSED)
    }
    await nobodyGotIn()
  })
})
