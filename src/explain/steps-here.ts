import { abilities } from '../domain/abilities.js'
import { capabilities } from '../domain/account.js'
import { emailState, type Email } from '../domain/ahead.js'
import { meaningOf } from '../domain/attention.js'
import { inWords, whatHappened, whyBelieved } from '../domain/history-words.js'
import type { User } from '../domain/user.js'
import type { ExplainedStep, Facts } from './facts.js'
import { keptText } from './kept.js'
import { sentences, when } from './words.js'

/** What our record says. */

export type OwnFacts = Facts & { readonly user: User }

export function account(facts: OwnFacts): ExplainedStep {
  const { user, now } = facts
  const { account: state, accountReason, decision } = user
  const byAdmin = decision !== null && (accountReason?.endsWith('-by-admin') ?? false)
  const by = byAdmin ? ` by ${decision.by}, ${when(decision.at, now)}` : ''
  const because = byAdmin || accountReason === null ? by : ` (${inWords(accountReason)})`
  const caused = accountReason === 'out-of-scope' && user.removal ? `Because: ${user.removal.cause.text}` : null
  const verb = decision?.state === 'frozen' ? 'frozen' : 'deactivated'
  const besides =
    decision !== null && !byAdmin && `Besides, ${decision.by} has ${verb} the account, ${when(decision.at, now)}`
  return {
    step: 'account',
    outcome: state === 'active' ? 'yes' : 'no',
    detail: sentences(`${capital(state)}${because}`, caused, besides, keptText(facts)),
  }
}

export function seat({ user, ways }: OwnFacts): ExplainedStep {
  const step = 'seat'
  const { licenseSeats } = ways
  if (user.seat) {
    const limit = licenseSeats === null ? 'there is no limit' : `there are ${licenseSeats} in all`
    return { step, outcome: 'yes', detail: `Has a seat; ${limit}.` }
  }
  if (user.accountReason === 'no-seat')
    return {
      step,
      outcome: 'no',
      detail: `No seat was free: ${licenseSeats ?? 'there are'} in all, and all are taken.`,
    }
  return { step, outcome: 'info', detail: 'Inactive people need no seat.' }
}

export function status({ user, now }: OwnFacts): ExplainedStep {
  const { status: state, statusSince, identity } = user
  const way = identity === 'entra-id' ? 'Microsoft login' : 'user name and password'
  const outcome = state === 'onboarded' ? 'yes' : state === 'never-logged-in' ? 'info' : 'no'
  // Who has no account has access to nothing.
  const isTold = user.account === 'active' || state !== 'never-logged-in'
  const last = user.lastLoginAt === null ? null : `Last login: ${when(user.lastLoginAt, now)}`
  return {
    step: 'status',
    outcome,
    detail: sentences(
      `${capital(inWords(state))} since ${when(statusSince, now)}, by ${way}`,
      isTold && meaningOf(user),
      last,
    ),
  }
}

export function capabilitiesStep({ user }: OwnFacts): ExplainedStep {
  const able = capabilities(user.account)
  const { can, cannot } = abilities(able)
  const detail =
    cannot.length === 0
      ? 'May use everything, and takes a licence.'
      : can.length === 0
        ? 'May use nothing, and takes no licence.'
        : `May ${can.join(', ')}; may not ${cannot.join(', ')}.`
  return { step: 'capabilities', outcome: able.login ? 'yes' : 'no', detail }
}

const KINDS: Record<Email['kind'], string> = {
  invitation: 'onboarding email',
  reminder: 'reminder',
  'password-reset': 'password email',
}

/** The last email that counts; those cancelled or replaced are told in `users show`. */
export function lastEmail({ ahead }: User): Email | null {
  const emails = ahead?.emails ?? []
  return emails.findLast(({ cancelledAt, replacedAt }) => cancelledAt === null && replacedAt === null) ?? null
}

export function invitations({ user, now, ways }: OwnFacts): ExplainedStep {
  const step = 'invitations'
  const email = lastEmail(user)
  if (!email) {
    const none =
      user.identity === 'entra-id' ? 'No email is needed: they log in with Microsoft.' : 'No email is on record.'
    const isMissing = user.identity === 'ahead-id' && user.status !== 'onboarded'
    return { step, outcome: isMissing ? 'no' : 'info', detail: none }
  }
  const what = `The last ${KINDS[email.kind]}${email.to === null ? '' : ` to ${email.to}`}`
  const { outcome, text } = fateOf(email, user, now, ways.emailEnabled)
  const problem = email.problem && `What the mail system says: ${email.problem.message}`
  return { step, outcome, detail: sentences(`${what} ${text}`, problem) }
}

interface Fate {
  readonly outcome: ExplainedStep['outcome']
  readonly text: string
}

function fateOf(email: Email, { account, status }: User, now: Date, emailEnabled: boolean): Fate {
  const paused = account === 'active' ? null : `as long as the account is ${account}`
  const at = (time: string | null): string => (time === null ? '' : when(time, now))
  switch (emailState(email, now)) {
    case 'used':
      return { outcome: 'yes', text: `led to a password, ${at(email.usedAt)}` }
    case 'opened':
      if (paused !== null && status !== 'onboarded')
        return {
          outcome: 'no',
          text: `arrived; its link was opened, ${at(email.openedAt)}; no password can be set ${paused}`,
        }
      return { outcome: 'yes', text: `arrived; its link was opened, ${at(email.openedAt)}` }
    case 'accepted':
      if (paused !== null)
        return {
          outcome: 'no',
          text: `was sent, ${at(email.sentAt)}; its link does not work ${paused}, and expires ${at(email.expiresAt)}`,
        }
      return {
        outcome: 'yes',
        text: `was sent, ${at(email.sentAt)}; its link works until ${at(email.expiresAt)} and has not been opened`,
      }
    case 'expired':
      return { outcome: 'no', text: `was sent, ${at(email.sentAt)}; its link expired, ${at(email.expiresAt)}` }
    case 'bounced':
      return { outcome: 'no', text: `was sent, ${at(email.sentAt)}, and came back` }
    case 'failed':
      return { outcome: 'no', text: 'could not be sent' }
    case 'owed': {
      if (!emailEnabled) return { outcome: 'no', text: 'would be sent: email is switched off' }
      if (paused !== null) return { outcome: 'no', text: `waits ${paused}` }
      const next = email.nextTryAt === null ? '' : `, next attempt ${at(email.nextTryAt)}`
      return {
        outcome: 'no',
        text: `waits to be sent${email.attempts > 0 ? `, tried ${email.attempts} times` : ''}${next}`,
      }
    }
    default:
      return { outcome: 'info', text: 'counts no more' }
  }
}

export function lastChange({ user, last, now }: OwnFacts): ExplainedStep {
  const step = 'last-change'
  if (!last) return { step, outcome: 'info', detail: `Changed ${when(user.updatedAt, now)}.` }
  return {
    step,
    outcome: 'info',
    detail: sentences(`${capital(when(last.at, now))}: ${whatHappened(last)}`, because(whyBelieved(last))),
  }
}

function because(why: string): string | null {
  return why === '' ? null : `Because: ${why}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
