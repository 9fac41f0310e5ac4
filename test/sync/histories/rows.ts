import type { Presence, User } from '../../../src/domain/user.js'

/** People as the model has them, and what the specification says they are. */

export interface Row {
  readonly id: string
  name: string | null
  department: string | null
  presence: Presence
  through: string | null
  decision: 'frozen' | 'inactive' | null
  seat: boolean
  wait: Wait | null
  /** Not named by a full pass, and not looked up since. */
  candidate: boolean
  account: 'active' | 'frozen' | 'inactive'
  reason: string | null
}

/** `hold`: the run that made it. */
export interface Wait {
  readonly state: 'noted' | 'held' | 'rejected' | 'protected'
  readonly about: string
  readonly ask: boolean
  readonly presence: Presence
  readonly proven: boolean
  readonly hold: string | null
}

/** What an admin said; the broader, the more people it may be about. */
export interface Word {
  readonly verdict: 'approve' | 'reject'
  readonly users: ReadonlySet<string>
  readonly breadth: number
}

/** The last word counts, but who was kept by name is not removed with the rest. */
export function wordOn({ decisions }: Held, id: string): Word['verdict'] | null {
  let last: Word | null = null
  for (const word of decisions.filter(({ users }) => users.has(id)))
    if (word.verdict === 'reject' || last?.verdict !== 'reject' || last.breadth >= word.breadth) last = word
  return last?.verdict ?? null
}

export interface Held {
  readonly key: string
  readonly expiresAt: number
  readonly decisions: Word[]
  open: boolean
}

export interface Settings {
  readonly groups: readonly string[]
  /** Null: no rule. */
  readonly departments: readonly string[] | null
  readonly disabledAccounts: 'frozen' | 'inactive'
  readonly seats: number | null
  readonly limit: { readonly count: number; readonly percent: number }
  /** Object ids. */
  readonly neverRemove: ReadonlySet<string>
  readonly holdsExpireMs: number
}

export function isPresent({ presence }: Row): boolean {
  return presence === 'enabled' || presence === 'disabled'
}

/** Present, and as far as we were told not deleted. */
export function isThere(row: Row): boolean {
  return isPresent(row) && row.wait?.about !== 'deleted'
}

/** Whether it is the directory, and not an admin or a missing seat, that takes access away. */
export function isDirectorys(reason: string | null): boolean {
  return reason === 'disabled-in-entra' || reason === 'deleted-in-entra' || reason === 'out-of-scope'
}

const BY_DIRECTORY = {
  enabled: ['active', null],
  'soft-deleted': ['inactive', 'deleted-in-entra'],
  gone: ['inactive', 'deleted-in-entra'],
  'out-of-scope': ['inactive', 'out-of-scope'],
  undone: ['inactive', 'undone'],
} as const

export function accountOf(
  { presence, decision, wait, seat }: Row,
  { disabledAccounts }: Pick<Settings, 'disabledAccounts'>,
): Pick<Row, 'account' | 'reason'> {
  const waits = wait !== null
  const [account, reason] =
    presence === 'disabled'
      ? ([waits ? 'frozen' : disabledAccounts, 'disabled-in-entra'] as const)
      : BY_DIRECTORY[presence]
  const state = lowered({ account, reason }, decision)
  return state.account !== 'inactive' && !seat ? { account: 'inactive', reason: 'no-seat' } : state
}

function lowered(state: Pick<Row, 'account' | 'reason'>, decision: Row['decision']): Pick<Row, 'account' | 'reason'> {
  if (decision === 'inactive' && state.account !== 'inactive')
    return { account: 'inactive', reason: 'deactivated-by-admin' }
  if (decision === 'frozen' && state.account === 'active') return { account: 'frozen', reason: 'frozen-by-admin' }
  return state
}

/** Takes a seat where there is one, and gives it back when none is needed. `rows`: everybody who may hold one. */
export function settleAccount(row: Row, settings: Settings, rows: ReadonlyMap<string, Row>): void {
  const wanted = accountOf({ ...row, seat: true }, settings)
  const taken = [...rows.values()].filter((one) => one !== row && one.account !== 'inactive').length
  const isFree = settings.seats === null || taken < settings.seats
  row.seat = wanted.account !== 'inactive' && (row.seat || isFree)
  Object.assign(row, accountOf(row, settings))
}

/** A record of the store as the model would have it. `runOf` tells which run made a hold. */
export function rowOf(user: User, candidate: boolean, runOf: (hold: string) => string): Row {
  const { displayName, department, presence, through, decision, seat, removal, account, accountReason } = user
  const waits = removal !== null && removal.state !== 'done'
  return {
    ...{ id: user.entraObjectId ?? '', name: displayName, department, presence, through, seat, candidate },
    decision: decision?.state ?? null,
    wait: waits
      ? {
          state: removal.state,
          about: aboutOf(removal.cause.about),
          ask: removal.cause.ask === true,
          presence: removal.presence,
          proven: removal.proof === 'groups',
          hold: removal.state === 'held' && removal.hold !== null ? runOf(removal.hold) : null,
        }
      : null,
    account,
    reason: accountReason,
  }
}

/** Rules are all one to the model. */
function aboutOf(about: string): string {
  return /^(deleted|disabled|out-of-scope|groups?(-deleted)?(:|$))/.test(about) ? about : 'rule'
}

/** What of a row must be as the model says. */
export function shown({ id, name, department, presence, account, reason, decision, wait }: Row): unknown {
  const there = presence === 'gone' ? 'soft-deleted' : presence
  const waiting = wait && { state: wait.state, about: wait.about, hold: wait.state === 'held' ? wait.hold : null }
  return { id, name, department, presence: there, account, reason, decision, waiting }
}
