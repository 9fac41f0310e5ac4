import { abilities } from '../domain/abilities.js'
import { capabilities, type Capabilities } from '../domain/account.js'
import { SELF } from '../domain/ahead.js'
import { ago } from '../domain/attention.js'
import type { EmailView } from '../domain/email-view.js'
import type { HistoryEntry, User } from '../domain/user.js'
import { toView, type UserView } from '../domain/view.js'
import { otherLines, type ToldConflict } from './conflict-list.js'
import type { Elsewhere } from '../store/elsewhere.js'
import { inWords, labelOf, minute, whatHappened, whyBelieved } from '../domain/history-words.js'
import { hanging, padded, widthOf } from './layout.js'
import { harmless, paint } from './output.js'
import type { RemovalView } from './removal-words.js'

/** Everything about one person, the answer first: what is true, what to do, then the proof. */

/** What `users show` adds to the person. */
export interface PersonFacts {
  /** Oldest first. */
  readonly history: readonly HistoryEntry[]
  /** Every email we know of, oldest first. */
  readonly invitations: readonly EmailView[]
  readonly attention: { readonly tooLong: boolean; readonly meaning: string; readonly advice: string }
  /** What the directory says that takes access away, or would; null where it says nothing of the kind. */
  readonly removal: RemovalView | null
  /** The same person in other connections; left out where there are none. */
  readonly alsoIn?: readonly Elsewhere[]
  /** Other records of this connection that share an address. */
  readonly conflicts: readonly ToldConflict[]
}

export interface PageContext {
  readonly now: Date
  readonly emailEnabled: boolean
  /** The removal in words. */
  readonly removal: string | null
}

export function describePerson(user: User, facts: PersonFacts, context: PageContext): string[] {
  const { attention, history, invitations, conflicts, alsoIn = [] } = facts
  const { now } = context
  const { displayName, userPrincipalName, id, status, statusSince, account, accountReason } = user
  const because = accountReason === null ? '' : ` (${inWords(accountReason)})`
  const since = `${minute(statusSince)} UTC, ${ago(statusSince, now)}${attention.tooLong ? ', too long' : ''}`
  const sentence = hanging('', harmless(`${attention.meaning} ${attention.advice}`.trim()))
  return [
    paint('bold', hanging('', harmless(displayName ?? userPrincipalName ?? id))),
    hanging('', `${status} since ${since} · ${account}${because}`),
    attention.tooLong ? paint('yellow', sentence) : sentence,
    ...(context.removal === null ? [] : [removalLine(context.removal, facts.removal)]),
    ...alsoIn.map(({ connection, displayName, status }) =>
      hanging('', harmless(`Also in connection ${connection}: ${displayName ?? 'without a name'}, ${status}`)),
    ),
    ...conflicts.flatMap((conflict) => otherLines(conflict, user)),
    '',
    ...table([...profileOf(toView(user)), ...abilitiesOf(capabilities(account))]),
    ...(invitations.length === 0
      ? []
      : ['', 'Emails (UTC)', ...invitations.flatMap((one) => emailLines(one, context))]),
    '',
    'History (UTC)',
    ...history.flatMap(entryLines),
  ]
}

function removalLine(sentence: string, removal: RemovalView | null): string {
  const line = hanging('', harmless(sentence))
  return removal?.state === 'held' ? paint('yellow', line) : line
}

type Fact = readonly [title: string, value: string]

function table(facts: readonly Fact[]): string[] {
  const width = Math.max(...facts.map(([title]) => widthOf(title)))
  return facts.map(([title, value]) => hanging(`${padded(title, width)}  `, harmless(value)))
}

const IN_HEADLINE: readonly (keyof UserView)[] = ['displayName', 'status', 'statusSince', 'account', 'accountReason']
const TITLES: Readonly<Partial<Record<keyof UserView, string>>> = {
  id: 'id',
  entraObjectId: 'Entra object id',
  firstLoginAt: 'first login',
  firstLoginSource: 'seen in',
  lastLoginAt: 'last login',
  createdAt: 'here since',
  updatedAt: 'changed',
  statusReason: 'because',
}

function profileOf(user: UserView): Fact[] {
  return Object.entries(user).flatMap(([field, value]) => {
    if (value === null || IN_HEADLINE.some((told) => told === field)) return []
    return [[TITLES[field as keyof UserView] ?? labelOf(field), shown(field, value)] as const]
  })
}

function shown(field: string, value: NonNullable<UserView[keyof UserView]>): string {
  if (typeof value === 'object') return value.message
  return field.endsWith('At') ? `${minute(value)} UTC` : value
}

/** The row of the account's state, in words. */
function abilitiesOf(able: Capabilities): Fact[] {
  const { can, cannot } = abilities(able)
  if (cannot.length === 0) return [['can', 'use everything; takes a licence']]
  if (can.length === 0) return [['cannot', 'use anything; takes no licence']]
  return [
    ['can', can.join(', ')],
    ['cannot', cannot.join(', ')],
  ]
}

const KINDS: Record<EmailView['kind'], string> = {
  invitation: 'invitation',
  reminder: 'reminder',
  'password-reset': 'password email',
}

const INDENT = ' '.repeat(18)

/** One email and its fate. */
function emailLines(email: EmailView, context: PageContext): string[] {
  const { kind, to, requestedAt, requestedBy, reason } = email
  const from = requestedBy === SELF ? 'asked for by themselves' : `asked for by ${requestedBy}`
  const what = `${KINDS[kind]}${to === null ? '' : ` to ${to}`}, ${from}`
  return [
    hanging(`${minute(requestedAt)}  `, harmless(what)),
    hanging(INDENT, harmless(fateOf(email, context))),
    ...(reason ? [paint('dim', hanging(INDENT, harmless(`${inWords(reason.code)}: ${reason.message}`)))] : []),
  ]
}

function fateOf(email: EmailView, { emailEnabled }: PageContext): string {
  const { state, sentAt, openedAt, usedAt, validUntil, attempts, nextTryAt } = email
  const sent = sentAt === null ? null : `sent ${minute(sentAt)}`
  const until = validUntil === null ? null : minute(validUntil)
  const tried = attempts === 0 ? null : `tried ${attempts === 1 ? 'once' : `${attempts} times`}`
  const again = nextTryAt === null ? null : `next attempt ${minute(nextTryAt)}`
  switch (state) {
    case 'owed':
      return listed(emailEnabled ? 'owed' : 'would be sent: email is switched off', tried, again)
    case 'accepted':
      return listed('accepted by the mail system', sent, until && `link valid until ${until}`)
    case 'expired':
      return listed(`link expired ${until ?? ''}`, sent)
    case 'opened':
      return listed(`link opened ${minute(openedAt ?? '')}`, sent)
    case 'used':
      return listed(`password set ${minute(usedAt ?? '')}`, sent)
    case 'failed':
      return listed('could not be sent', tried)
    case 'bounced':
      return listed('came back', sent)
    case 'replaced':
      return listed('replaced by a newer email', sent)
    case 'cancelled':
      return listed('cancelled', sent)
  }
}

function listed(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(' · ')
}

function entryLines(entry: HistoryEntry): string[] {
  const why = whyBelieved(entry)
  return [
    hanging(`${minute(entry.at)}  `, harmless(whatHappened(entry))),
    ...(why === '' ? [] : [paint('dim', hanging(INDENT, harmless(why)))]),
  ]
}
