import { emailState, owedEmail, type Email } from './ahead.js'
import type { Status, User } from './user.js'

/** Pure: who has been in their status for too long, what a status means, and what helps. */

/** How long somebody may be in a status, in milliseconds; nobody is in another one for too long. */
export type Patience = Readonly<Partial<Record<Status, number>>>

/** The statuses people get stuck in, the most urgent first. */
export const URGENCY = ['failed', 'onboarding-incomplete', 'migrating', 'pending', 'never-logged-in'] as const
export type Stuck = (typeof URGENCY)[number]

/** For the store: whoever is in a status since before that (ISO 8601 UTC) has been in it for too long. */
export function stuckSince(patience: Patience, now: Date): Partial<Record<Status, string>> {
  const moments = Object.entries(patience).map(([status, ms]) => [status, new Date(now.getTime() - ms).toISOString()])
  return Object.fromEntries(moments) as Partial<Record<Status, string>>
}

/** Frozen and inactive people wait for something else: they are not stuck. */
export function tooLong({ account, status, statusSince }: User, patience: Patience, now: Date): boolean {
  const since = stuckSince(patience, now)[status]
  return account === 'active' && since !== undefined && statusSince < since
}

const MEANINGS: Record<Exclude<Status, 'onboarded' | 'failed'>, string> = {
  'never-logged-in': 'Has access and has not logged in with Microsoft once.',
  migrating: 'Ahead login is on; the onboarding email has not gone out.',
  pending: 'The mail system has accepted the email; the link has not been opened.',
  'onboarding-incomplete': 'Opened the link, has not set a password yet.',
}

/** What is true of this person, in one or two sentences. */
export function meaning(user: User): string {
  const { status, account } = user
  if (account === 'active') return meaningOf(user)
  const paused =
    account === 'frozen'
      ? 'Cannot log in and is hidden; memberships and licence stay.'
      : 'No access, no licence; everything is kept.'
  // Somebody without an account has access to nothing: only the account is worth telling.
  return status === 'never-logged-in' ? paused : `${paused} ${meaningOf(user)}`
}

/** What the status means by itself, whatever the account. */
export function meaningOf({
  status,
  identity,
  statusReason,
}: Pick<User, 'status' | 'identity' | 'statusReason'>): string {
  switch (status) {
    case 'onboarded':
      return identity === 'entra-id' ? 'Has logged in with Microsoft.' : 'Has set a password.'
    case 'failed':
      return `The email could not be delivered: ${sentence(statusReason?.message ?? 'we do not know why')}`
    default:
      return MEANINGS[status]
  }
}

/** What an admin does about it. */
export function advice(user: User, patience: Patience, now: Date): string {
  if (user.account !== 'active') return adviceOnAccount(user)
  if (user.status === 'onboarded') return 'Nothing to do.'
  if (user.status === 'failed') return adviceOnFailure(user)
  const waited = patience[user.status]
  return tooLong(user, patience, now) || waited === undefined ? WHAT_HELPS[user.status] : untilThen(user.status, waited)
}

/** What helps people who have been in a status for too long. */
export const WHAT_HELPS: Record<Stuck, string> = {
  failed: 'Fix the address, then restart.',
  'onboarding-incomplete': 'Restart with a new email.',
  migrating: 'Send the onboarding email.',
  pending: 'Check the address, remind, resend.',
  'never-logged-in': 'Help them, or ask whether they need access.',
}

function untilThen(status: Exclude<Stuck, 'failed'>, waited: number): string {
  const helps = WHAT_HELPS[status]
  if (status === 'migrating') return helps
  const now = { pending: 'Wait.', 'onboarding-incomplete': 'Normally minutes.', 'never-logged-in': '' }[status]
  return `${now} After ${lasting(waited)}: ${helps.charAt(0).toLowerCase()}${helps.slice(1)}`.trim()
}

function adviceOnFailure({ statusReason }: User): string {
  return statusReason?.code === 'mail-system' ? 'Solve what the mail system says, then restart.' : WHAT_HELPS.failed
}

function adviceOnAccount({ accountReason, decision, presence }: User): string {
  switch (accountReason) {
    case 'disabled-in-entra':
      return 'Disabled in Entra: enable there.'
    case 'frozen-by-admin':
      return `Frozen by ${decision?.by ?? 'an admin'}: lift it here.`
    case 'deactivated-by-admin':
      return `Deactivated by ${decision?.by ?? 'an admin'}: lift it here.`
    case 'deleted-in-entra':
      return presence === 'gone'
        ? 'Deleted in Entra for good: if they should have access, they need a new account there.'
        : 'Deleted in Entra: restore there, within 30 days.'
    case 'out-of-scope':
      return 'Not in scope: change the group or the rule, if they need access.'
    case 'undone':
      return 'The run that created them was undone: the next full read brings them back, if Entra has them.'
    case 'no-seat':
      return 'No licence seat is free: deactivate people who left, or raise LICENSE_SEATS.'
    case null:
      return ''
  }
}

/** What is known of why somebody is where they are; null when the status says it all. */
export function whyStuck(user: User, now: Date): string | null {
  const email = onboardingEmail(user)
  switch (user.status) {
    case 'failed':
      return user.statusReason?.message ?? null
    case 'migrating':
      if (!email || !owedEmail(user)) return 'nobody has asked for the email'
      return email.problem ? `tried ${times(email.attempts)}: ${email.problem.message}` : 'the email is owed'
    case 'pending':
      return email && emailState(email, now) === 'expired' ? 'the link has expired' : 'the link still works'
    case 'onboarding-incomplete': {
      const until = user.ahead?.passwordSession?.until
      return until !== undefined && until > now.toISOString()
        ? 'the password page is open'
        : 'the password page is over'
    }
    default:
      return null
  }
}

function onboardingEmail({ ahead }: User): Email | null {
  return ahead?.emails.findLast(({ kind, cancelledAt }) => kind !== 'password-reset' && cancelledAt === null) ?? null
}

function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`
}

function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`
}

const UNITS = [
  ['day', 24 * 60 * 60 * 1000],
  ['hour', 60 * 60 * 1000],
  ['minute', 60 * 1000],
  ['second', 1000],
] as const

/** "7 days", "2 hours", "90 minutes": exact, in the largest unit that divides it. */
export function lasting(ms: number): string {
  const [unit, size] = UNITS.find(([, length]) => ms % length === 0 && ms > 0) ?? UNITS[3]
  return amount(Math.round(ms / size), unit)
}

/** "9 days ago", in the largest unit there is one of; "just now" within a minute, and for what is still to come. */
export function ago(at: string, now: Date): string {
  const ms = now.getTime() - Date.parse(at)
  const [unit, size] = UNITS.find(([, length]) => ms >= length) ?? UNITS[3]
  return ms < UNITS[2][1] ? 'just now' : `${amount(Math.floor(ms / size), unit)} ago`
}

function amount(n: number, unit: string): string {
  return `${n.toLocaleString('en')} ${unit}${n === 1 ? '' : 's'}`
}
