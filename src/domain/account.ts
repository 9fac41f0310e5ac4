import type { Account, AccountReason, Decision, Presence, Removal } from './user.js'

/** The account state: one derived truth over what the directory says, what an admin decided, and whether there is a seat. */

export interface AccountRules {
  readonly disabledAccounts: 'frozen' | 'inactive'
  /** Null: as many as wanted. */
  readonly licenseSeats: number | null
}

export interface AccountFacts {
  readonly presence: Presence
  readonly decision: Decision | null
  /** As long as it waits, it takes nothing away. */
  readonly removal?: Removal | null
  readonly seat: boolean
}

export interface AccountState {
  readonly account: Account
  readonly accountReason: AccountReason | null
}

const RANK: Record<Account, number> = { active: 2, frozen: 1, inactive: 0 }

function fromDirectory({ presence, removal }: Omit<AccountFacts, 'seat'>, rules: AccountRules): AccountState {
  switch (presence) {
    case 'enabled':
      return { account: 'active', accountReason: null }
    case 'disabled': {
      const waits = removal && removal.state !== 'done'
      return { account: waits ? 'frozen' : rules.disabledAccounts, accountReason: 'disabled-in-entra' }
    }
    case 'soft-deleted':
    case 'gone':
      return { account: 'inactive', accountReason: 'deleted-in-entra' }
    case 'out-of-scope':
      return { account: 'inactive', accountReason: 'out-of-scope' }
    case 'undone':
      return { account: 'inactive', accountReason: 'undone' }
  }
}

/** What the person would be if seats did not matter. An admin's decision only ever lowers what the directory says. */
function withoutSeats(facts: Omit<AccountFacts, 'seat'>, rules: AccountRules): AccountState {
  const directory = fromDirectory(facts, rules)
  const decision = facts.decision
  if (!decision || RANK[decision.state] >= RANK[directory.account]) return directory
  return {
    account: decision.state,
    accountReason: decision.state === 'frozen' ? 'frozen-by-admin' : 'deactivated-by-admin',
  }
}

/** Active and frozen people use a licence: whoever is to be one of them needs a seat. */
export function wantsSeat(facts: Omit<AccountFacts, 'seat'>, rules: AccountRules): boolean {
  return capabilities(withoutSeats(facts, rules).account).licence
}

export function accountState(facts: AccountFacts, rules: AccountRules): AccountState {
  const state = withoutSeats(facts, rules)
  if (!facts.seat && capabilities(state.account).licence) return { account: 'inactive', accountReason: 'no-seat' }
  return state
}

export interface Capabilities {
  readonly licence: boolean
  readonly login: boolean
  readonly directory: boolean
  readonly search: boolean
  readonly audience: boolean
  readonly memberships: boolean
  readonly mentions: boolean
  readonly notifications: boolean
  readonly analytics: boolean
}

const ALL: Capabilities = {
  licence: true,
  login: true,
  directory: true,
  search: true,
  audience: true,
  memberships: true,
  mentions: true,
  notifications: true,
  analytics: true,
}

const NONE = Object.fromEntries(Object.keys(ALL).map((name) => [name, false])) as unknown as Capabilities

const TABLE: Record<Account, Capabilities> = {
  active: ALL,
  frozen: { ...NONE, licence: true, memberships: true },
  inactive: NONE,
}

export function capabilities(account: Account): Capabilities {
  return TABLE[account]
}
