import { expect } from 'chai'
import { accountState, capabilities, wantsSeat, type AccountRules } from '../../src/domain/account.js'
import { PRESENCES, type Account, type Decision, type Presence } from '../../src/domain/user.js'

const RULES: AccountRules = { disabledAccounts: 'frozen', licenseSeats: null }
const RANK: Record<Account, number> = { inactive: 0, frozen: 1, active: 2 }
const decided = (state: Decision['state']): Decision => ({ state, by: 'Mia K.', at: '2026-11-20T08:00:00.000Z' })

describe('account state', () => {
  const DIRECTORY: [Presence, Account, string | null][] = [
    ['enabled', 'active', null],
    ['disabled', 'frozen', 'disabled-in-entra'],
    ['soft-deleted', 'inactive', 'deleted-in-entra'],
    ['gone', 'inactive', 'deleted-in-entra'],
    ['out-of-scope', 'inactive', 'out-of-scope'],
  ]
  for (const [presence, account, accountReason] of DIRECTORY)
    it(`${presence} in the directory is ${account}`, () => {
      expect(accountState({ presence, decision: null, seat: true }, RULES)).to.deep.equal({ account, accountReason })
    })

  it('is inactive for disabled people where DISABLED_ACCOUNTS=inactive', () => {
    const state = accountState(
      { presence: 'disabled', decision: null, seat: true },
      { ...RULES, disabledAccounts: 'inactive' },
    )
    expect(state).to.deep.equal({ account: 'inactive', accountReason: 'disabled-in-entra' })
  })

  it('is only ever lowered by an admin, never raised', () => {
    for (const presence of PRESENCES)
      for (const state of ['frozen', 'inactive'] as const) {
        const before = accountState({ presence, decision: null, seat: true }, RULES).account
        const after = accountState({ presence, decision: decided(state), seat: true }, RULES).account
        expect(RANK[after]).to.equal(Math.min(RANK[before], RANK[state]), `${presence} and ${state}`)
      }
  })

  it('names the admin as the reason only where the admin made the difference', () => {
    const reason = (presence: Presence, state: Decision['state']) =>
      accountState({ presence, decision: decided(state), seat: true }, RULES).accountReason
    expect(reason('enabled', 'frozen')).to.equal('frozen-by-admin')
    expect(reason('enabled', 'inactive')).to.equal('deactivated-by-admin')
    expect(reason('disabled', 'inactive')).to.equal('deactivated-by-admin')
    expect(reason('disabled', 'frozen')).to.equal('disabled-in-entra')
    expect(reason('gone', 'inactive')).to.equal('deleted-in-entra')
  })

  it('is inactive with reason no-seat for whoever needs a seat and has none', () => {
    for (const presence of ['enabled', 'disabled'] as const)
      expect(accountState({ presence, decision: null, seat: false }, RULES)).to.deep.equal({
        account: 'inactive',
        accountReason: 'no-seat',
      })
    expect(accountState({ presence: 'gone', decision: null, seat: false }, RULES).accountReason).to.equal(
      'deleted-in-entra',
    )
  })

  it('wants a seat exactly where the state uses a licence', () => {
    expect(wantsSeat({ presence: 'enabled', decision: null }, RULES)).to.equal(true)
    expect(wantsSeat({ presence: 'disabled', decision: null }, RULES)).to.equal(true)
    expect(wantsSeat({ presence: 'disabled', decision: null }, { ...RULES, disabledAccounts: 'inactive' })).to.equal(
      false,
    )
    expect(wantsSeat({ presence: 'enabled', decision: decided('inactive') }, RULES)).to.equal(false)
    expect(wantsSeat({ presence: 'gone', decision: null }, RULES)).to.equal(false)
  })
})

describe('capabilities', () => {
  const COLUMNS = [
    'licence',
    'login',
    'directory',
    'search',
    'audience',
    'memberships',
    'mentions',
    'notifications',
    'analytics',
  ] as const
  const TABLE: Record<Account, string> = {
    active: 'yes yes yes yes yes yes yes yes yes',
    frozen: 'yes no no no no yes no no no',
    inactive: 'no no no no no no no no no',
  }
  for (const [account, row] of Object.entries(TABLE) as [Account, string][])
    row.split(' ').forEach((cell, column) => {
      const name = COLUMNS[column] ?? 'licence'
      it(`${account}, ${name}: ${cell}`, () => expect(capabilities(account)[name]).to.equal(cell === 'yes'))
    })
})
