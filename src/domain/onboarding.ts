import type { Identity, Status, User } from './user.js'

/**
 * The onboarding status. Seven states, two identities:
 *
 *   entra-id   never-logged-in ──signed in──▶ onboarded
 *                     └────────────┬────────────┘
 *                         enable ahead login
 *                                  ▼
 *   ahead-id   migrating ──email sent──▶ pending ──link opened──▶ onboarding-incomplete ──password set──▶ onboarded
 *                     └──undeliverable──▶ failed ◀──undeliverable── pending
 *
 * A fact happened and is never refused; a request may be refused, with a reason a person understands. `back-to-microsoft`
 * leads from every ahead-id state to an entra-id one.
 */

export const STATES = [
  'entra-id:never-logged-in',
  'entra-id:onboarded',
  'ahead-id:migrating',
  'ahead-id:pending',
  'ahead-id:onboarding-incomplete',
  'ahead-id:failed',
  'ahead-id:onboarded',
] as const
export type State = (typeof STATES)[number]

export const FACTS = ['signed-in', 'email-sent', 'undeliverable', 'link-opened', 'password-set'] as const
export type Fact = (typeof FACTS)[number]

export const REQUESTS = ['enable-ahead-login', 'send-invitation', 'back-to-microsoft'] as const
export type Request = (typeof REQUESTS)[number]

/** `none`: the fact cannot concern this state and leaves no trace; `stay` records it without moving. */
export type FactCell = State | 'stay' | 'none'

export const REFUSALS = {
  'already-ahead': 'already uses ahead login',
  'uses-microsoft': 'logs in with Microsoft: enable ahead login first',
  'already-microsoft': 'already uses Microsoft login',
  'already-onboarded': 'already onboarded: send a password email instead',
} as const
export type Refusal = keyof typeof REFUSALS

/** `owe`: an email is due and the state stays. `entra-id`: the state is the one a recorded Microsoft login gives. */
export type RequestCell = State | 'owe' | 'entra-id' | { readonly refused: Refusal }

const refused = (reason: Refusal): RequestCell => ({ refused: reason })

const FACT_TABLE: Record<State, Record<Fact, FactCell>> = {
  'entra-id:never-logged-in': {
    'signed-in': 'entra-id:onboarded',
    'email-sent': 'none',
    undeliverable: 'none',
    'link-opened': 'none',
    'password-set': 'none',
  },
  'entra-id:onboarded': {
    'signed-in': 'stay',
    'email-sent': 'none',
    undeliverable: 'none',
    'link-opened': 'none',
    'password-set': 'none',
  },
  'ahead-id:migrating': {
    'signed-in': 'stay',
    'email-sent': 'ahead-id:pending',
    undeliverable: 'ahead-id:failed',
    'link-opened': 'none',
    'password-set': 'none',
  },
  'ahead-id:pending': {
    'signed-in': 'stay',
    'email-sent': 'stay',
    undeliverable: 'ahead-id:failed',
    'link-opened': 'ahead-id:onboarding-incomplete',
    'password-set': 'none',
  },
  'ahead-id:onboarding-incomplete': {
    'signed-in': 'stay',
    'email-sent': 'ahead-id:pending',
    undeliverable: 'stay',
    'link-opened': 'stay',
    'password-set': 'ahead-id:onboarded',
  },
  'ahead-id:failed': {
    'signed-in': 'stay',
    'email-sent': 'ahead-id:pending',
    undeliverable: 'stay',
    'link-opened': 'ahead-id:onboarding-incomplete',
    'password-set': 'none',
  },
  'ahead-id:onboarded': {
    'signed-in': 'stay',
    'email-sent': 'stay',
    undeliverable: 'stay',
    'link-opened': 'stay',
    'password-set': 'stay',
  },
}

const AHEAD_UNDER_WAY: Record<Request, RequestCell> = {
  'enable-ahead-login': refused('already-ahead'),
  'send-invitation': 'owe',
  'back-to-microsoft': 'entra-id',
}

const ENTRA: Record<Request, RequestCell> = {
  'enable-ahead-login': 'ahead-id:migrating',
  'send-invitation': refused('uses-microsoft'),
  'back-to-microsoft': refused('already-microsoft'),
}

const REQUEST_TABLE: Record<State, Record<Request, RequestCell>> = {
  'entra-id:never-logged-in': ENTRA,
  'entra-id:onboarded': ENTRA,
  'ahead-id:migrating': AHEAD_UNDER_WAY,
  'ahead-id:pending': AHEAD_UNDER_WAY,
  'ahead-id:onboarding-incomplete': AHEAD_UNDER_WAY,
  'ahead-id:failed': AHEAD_UNDER_WAY,
  'ahead-id:onboarded': { ...AHEAD_UNDER_WAY, 'send-invitation': refused('already-onboarded') },
}

export function stateOf(user: Pick<User, 'identity' | 'status'>): State {
  return `${user.identity}:${user.status}` as State
}

export function partsOf(state: State): { identity: Identity; status: Status } {
  const colon = state.indexOf(':')
  return { identity: state.slice(0, colon) as Identity, status: state.slice(colon + 1) as Status }
}

export function afterFact(state: State, fact: Fact): FactCell {
  return FACT_TABLE[state][fact]
}

/** What a request leads to. `loggedIn` says whether a Microsoft login is on record. */
export function afterRequest(
  state: State,
  request: Request,
  loggedIn: boolean,
): State | 'owe' | { readonly refused: Refusal } {
  const cell = REQUEST_TABLE[state][request]
  if (cell !== 'entra-id') return cell
  return loggedIn ? 'entra-id:onboarded' : 'entra-id:never-logged-in'
}
