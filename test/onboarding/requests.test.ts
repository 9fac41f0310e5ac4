import { expect } from 'chai'
import { askForAll, type RequestOptions, type RequestResult } from '../../src/onboarding/requests.js'
import type { AskedFor } from '../../src/domain/requests.js'
import { userId } from '../store/support.js'
import { anOffice, type Office } from './office.js'

describe('requests about many people', () => {
  let office: Office
  afterEach(() => office.close())

  const ask = (request: AskedFor, who: string[], over: Partial<RequestOptions> = {}) =>
    askForAll(request, who, {
      store: office.store,
      rules: { disabledAccounts: 'frozen', licenseSeats: null },
      onEnable: false,
      by: 'Mia',
      dryRun: false,
      now: office.clock.now,
      newId: () => '0193c000-0000-7000-8000-000000000001',
      ...over,
    })
  const told = (results: RequestResult[]) => results.map(({ ok, account, error }) => [ok, account, error?.code ?? null])

  it('give a seat that has become free to whoever is activated first', async () => {
    const waits = { seat: false, account: 'inactive', accountReason: 'no-seat' } as const
    office = await anOffice({}, waits, waits)
    const rules = { disabledAccounts: 'frozen', licenseSeats: 1 } as const
    expect(told(await ask('activate', [userId(2)], { rules }))).to.deep.equal([[false, 'inactive', 'no-seat']])
    await ask('deactivate', [userId(1)], { rules })
    expect(told(await ask('activate', [userId(2), userId(3)], { rules }))).to.deep.equal([
      [true, 'active', null],
      [false, 'inactive', 'no-seat'],
    ])
  })

  it('freeze and lift, and say what Entra alone decides', async () => {
    office = await anOffice({}, { presence: 'disabled', account: 'frozen', accountReason: 'disabled-in-entra' })
    const who = [userId(1), userId(2)]
    expect(told(await ask('freeze', who))).to.deep.equal([
      [true, 'frozen', null],
      [true, 'frozen', null],
    ])
    expect(told(await ask('activate', who))).to.deep.equal([
      [true, 'active', null],
      [true, 'frozen', null],
    ])
    expect(told(await ask('activate', who))).to.deep.equal([
      [true, 'active', null],
      [false, 'frozen', 'nothing-to-lift'],
    ])
    const causes = (await office.store.history(userId(1))).map(({ to, cause }) => [to, cause]).slice(1)
    expect(causes).to.deep.equal([
      ['frozen', 'Mia'],
      ['active', 'Mia'],
    ])
  })

  it('show in a preview who could and who could not, and write nothing', async () => {
    office = await anOffice({}, { mail: null }, { account: 'frozen', accountReason: 'disabled-in-entra' })
    await ask('enable-ahead-login', [userId(1), userId(2)])
    const before = await office.store.list({ limit: 9 })
    const who = [userId(1), userId(2), userId(3), 'nobody@contoso.example', userId(1)]
    const preview = await ask('send-invitation', who, { dryRun: true })
    expect(preview.map(({ ok, error }) => [ok, error?.code ?? null])).to.deep.equal([
      [true, null],
      [false, 'address-missing'],
      [false, 'account-frozen'],
      [false, 'user.unknown'],
      [true, null],
    ])
    expect(await office.store.list({ limit: 9 })).to.deep.equal(before)
  })

  it('go on for the others when somebody else writes one of them meanwhile', async () => {
    office = await anOffice({}, {})
    const [enabled] = await Promise.all([
      ask('enable-ahead-login', [userId(1), userId(2)]),
      office.signIn(1),
      office.signIn(2),
    ])
    expect(enabled.map(({ ok, status }) => [ok, status])).to.deep.equal(Array(2).fill([true, 'migrating']))
    expect((await office.who(1)).lastLoginAt).not.to.equal(null)
  })

  it('stop in the middle of many, and what was done stays done', async () => {
    const PEOPLE = 3000
    office = await anOffice(...Array.from({ length: PEOPLE }, () => ({})))
    const stopping = new AbortController()
    const timer = setTimeout(() => stopping.abort(), 50)
    const all = Array.from({ length: PEOPLE }, (_, n) => userId(n + 1))
    const asked = ask('deactivate', all, { signal: stopping.signal })
    const failure: unknown = await asked.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    clearTimeout(timer)
    expect(failure).to.have.property('name', 'AbortError')
    const inactive = (await office.store.tally()).find(({ account }) => account === 'inactive')
    expect(inactive?.count).to.be.within(1, PEOPLE - 1)
  })
})
