import { NO_AHEAD, type AheadLogin, type Email } from './ahead.js'
import { decide, reevaluate, type ChangeContext } from './change.js'
import { dueNow, owe, type Outcome } from './mailing.js'
import { afterRequest, partsOf, REFUSALS, stateOf, type Request } from './onboarding.js'
import type { Decision, User } from './user.js'

/** What an admin may ask for a person. Pure: who is eligible, who is not and why, and what it makes of them. */

export const ASKED = [
  'enable-ahead-login',
  'send-invitation',
  'restart-onboarding',
  'back-to-microsoft',
  'freeze',
  'activate',
  'deactivate',
] as const
export type AskedFor = (typeof ASKED)[number]

/** `by` is the name of a person; `onEnable`: enabling owes the onboarding email at once. */
export interface AskContext extends ChangeContext {
  readonly by: string
  readonly onEnable: boolean
}

export interface Refused {
  readonly refused: { readonly code: string; readonly message: string }
}

export function ask(user: User, request: AskedFor, context: AskContext): Outcome | Refused {
  switch (request) {
    case 'freeze':
      return decided(user, 'frozen', context)
    case 'deactivate':
      return decided(user, 'inactive', context)
    case 'activate':
      return activate(user, context)
    default:
      return onboard(user, request, context)
  }
}

function decided(user: User, state: Decision['state'], context: AskContext): Outcome {
  return decide(user, { state, by: context.by, at: context.now }, context) ?? { user, entries: [] }
}

function activate(user: User, context: AskContext): Outcome | Refused {
  if (user.decision) return decide(user, null, context) ?? { user, entries: [] }
  if (user.account === 'active') return { user, entries: [] }
  const seated = user.accountReason === 'no-seat' ? reevaluate(user, 'free-seat', context) : null
  if (seated) return seated
  if (user.accountReason === 'no-seat') return refuse('no-seat', 'no licence seat is free')
  return refuse('nothing-to-lift', 'nothing to lift: Entra decides')
}

const STEPS: Record<Exclude<AskedFor, 'freeze' | 'activate' | 'deactivate'>, Request> = {
  'enable-ahead-login': 'enable-ahead-login',
  'send-invitation': 'send-invitation',
  'restart-onboarding': 'send-invitation',
  'back-to-microsoft': 'back-to-microsoft',
}

function onboard(user: User, request: keyof typeof STEPS, context: AskContext): Outcome | Refused {
  if (user.account !== 'active') return refuse(`account-${user.account}`, `account is ${user.account}: ${why(user)}`)
  const next = afterRequest(stateOf(user), STEPS[request], microsoftLoginAt(user) !== null)
  if (typeof next === 'object') return refuse(next.refused, REFUSALS[next.refused])
  const { by, now, newId } = context
  if (next === 'owe') {
    const kind = request === 'send-invitation' && isWaitedFor(user) ? 'reminder' : 'invitation'
    return { user: owe(user, { kind, by, id: newId(), now }) ?? dueNow(user, now), entries: [] }
  }
  const ahead = request === 'back-to-microsoft' ? destroyed(user, now) : enabled(user)
  const after: User = { ...user, ...partsOf(next), statusSince: now, statusReason: null, ahead, updatedAt: now }
  const said = { from: user.status, to: after.status, identity: after.identity }
  const entry = {
    at: now,
    from: said.from,
    to: said.to,
    cause: context.cause,
    evidence: { ...context.evidence, request },
  }
  const owing = request === 'enable-ahead-login' && context.onEnable
  const owed = owing ? owe(after, { kind: 'invitation', by, id: newId(), now }) : null
  return { user: owed ?? after, entries: [entry] }
}

function refuse(code: string, message: string): Refused {
  return { refused: { code, message } }
}

function why({ accountReason, decision }: User): string {
  if (decision && accountReason?.endsWith('-by-admin')) return `${accountReason.replaceAll('-', ' ')} (${decision.by})`
  return (accountReason ?? 'unknown').replaceAll('-', ' ').replace('entra', 'Entra')
}

/** A reminder speaks of an earlier email: there must have been one in this onboarding. */
function isWaitedFor(user: User): boolean {
  if (user.status !== 'pending' && user.status !== 'onboarding-incomplete') return false
  return user.ahead?.emails.some(({ sentAt, cancelledAt }) => sentAt !== null && cancelledAt === null) ?? false
}

function microsoftLoginAt({ ahead, firstLoginAt }: User): string | null {
  return ahead ? ahead.microsoftLoginAt : firstLoginAt
}

function enabled(user: User): AheadLogin {
  return user.ahead ?? { ...NO_AHEAD, microsoftLoginAt: user.firstLoginAt }
}

/** Password, sessions and links are gone for good; what was sent stays told. */
function destroyed({ ahead }: User, now: string): AheadLogin {
  if (!ahead) return NO_AHEAD
  const dead = (email: Email): Email => ({
    ...email,
    links: [],
    claim: null,
    nextTryAt: null,
    cancelledAt: email.cancelledAt ?? now,
  })
  return { ...ahead, emails: ahead.emails.map(dead), password: null, passwordSession: null, sessions: [] }
}
