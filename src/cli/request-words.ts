import { LINK_MS } from '../domain/ahead.js'
import type { AskedFor } from '../domain/requests.js'
import type { RequestResult } from './request-summary.js'
import { inWords, minute } from '../domain/history-words.js'
import { count } from './run-summary.js'

/** What requests are called, and what follows from them. */

/** How emails of this connection leave, if they do. */
export interface Sending {
  readonly from: string | null
  readonly emailEnabled: boolean
  readonly onEnable: boolean
  readonly now: Date
}

/** After "212": what was done, what a preview says could be. */
const VERBS: Record<AskedFor, readonly [done: string, could: string]> = {
  'enable-ahead-login': ['enabled', 'can be enabled'],
  'send-invitation': ['asked for', 'can be sent'],
  'restart-onboarding': ['restarted', 'can be restarted'],
  'back-to-microsoft': ['moved back', 'can be moved back'],
  freeze: ['frozen', 'can be frozen'],
  activate: ['lifted', 'can be lifted'],
  deactivate: ['deactivated', 'can be deactivated'],
}

/** "212 enabled, 14 could not." */
export function countLine(request: AskedFor, { ok, not }: { ok: number; not: number }, dryRun: boolean): string {
  const verb = VERBS[request][dryRun ? 1 : 0]
  const what = request.startsWith('send') ? count(ok, 'onboarding email') : ok.toLocaleString('en')
  return `${what} ${verb}${not === 0 ? '' : `, ${not.toLocaleString('en')} ${dryRun ? 'cannot' : 'could not'}`}.`
}

/** The question before something is destroyed. */
export function question(people: number): string {
  return `Destroy passwords and move ${count(people, 'person', 'people')} back to Microsoft login?`
}

/** What becomes of the people of whom it was, or can be, done. */
export function consequences(
  request: AskedFor,
  people: readonly RequestResult[],
  { dryRun, sending }: { dryRun: boolean; sending: Sending },
): string[] {
  const { length } = people
  switch (request) {
    case 'enable-ahead-login':
      return enabling(length, sending, dryRun)
    case 'send-invitation':
      return dryRun ? [...sender(sending), OLDER_LINKS, ...switchedOff(length, sending)] : []
    case 'restart-onboarding': {
      const where = length === 1 ? (people[0]?.user?.mail ?? 'this person') : 'each of them'
      const stops = `A new email goes to ${where}. The current link and any open password page stop working.`
      return [stops, ...(dryRun ? switchedOff(length, sending) : [])]
    }
    case 'back-to-microsoft':
      return [
        `Their passwords and links are destroyed${dryRun ? '; this cannot be undone' : ''}.`,
        `${tally(people, ({ status }) => status ?? '–', dryRun ? 'become' : 'are')}.`,
      ]
    case 'freeze':
      return [
        'They cannot log in and disappear from directory, search, audiences, mentions and notifications.',
        'Licences stay used, memberships stay. Every sync respects this until you lift it.',
      ]
    case 'deactivate':
      return [
        'They cannot log in and disappear from directory, search, audiences, mentions and notifications;',
        'also subscriptions and site memberships rest, and their licences become free. All content is kept.',
      ]
    case 'activate':
      return [`They follow Entra again: ${tally(people, accountOf, dryRun ? 'become' : 'are')}.`]
  }
}

const OLDER_LINKS = 'Older links of these people stop working.'

function sender({ from, now }: Sending): string[] {
  const until = minute(new Date(now.getTime() + LINK_MS).toISOString())
  const start = from === null ? 'Each' : `From ${from}, each`
  return [`${start} in the person’s language, valid until ${until} UTC.`]
}

function enabling(people: number, sending: Sending, dryRun: boolean): string[] {
  if (!dryRun && sending.onEnable) return []
  if (!dryRun)
    return [
      'They are migrating now. No email has been sent yet: entra-connector users send-invitation is the next step.',
    ]
  if (!sending.onEnable) return ['They become migrating. No email is sent yet.']
  const off = switchedOff(people, sending)
  return [
    'They become migrating.',
    ...(off.length > 0 ? off : [`${count(people, 'onboarding email')} ${people === 1 ? 'goes' : 'go'} out at once.`]),
  ]
}

function switchedOff(people: number, { emailEnabled }: Sending): string[] {
  if (emailEnabled) return []
  const [are, wait] = people === 1 ? ['is', 'waits'] : ['are', 'wait']
  return [`Email is switched off: ${count(people, 'email')} ${are} owed and ${wait}.`]
}

function accountOf({ user, account }: RequestResult): string {
  const reason = user?.accountReason
  return reason ? `${account ?? '–'} (${inWords(reason)})` : (account ?? '–')
}

/** "2 become onboarded, 1 never-logged-in". */
function tally(people: readonly RequestResult[], of: (person: RequestResult) => string, verb: string): string {
  const counts = new Map<string, number>()
  for (const person of people) counts.set(of(person), (counts.get(of(person)) ?? 0) + 1)
  const parts = [...counts].sort(([, a], [, b]) => b - a)
  return parts
    .map(([state, n], index) => [n.toLocaleString('en'), ...(index === 0 ? [agreeing(verb, n)] : []), state].join(' '))
    .join(', ')
}

function agreeing(verb: string, n: number): string {
  if (n !== 1) return verb
  return verb === 'are' ? 'is' : `${verb}s`
}

/** What to do about a reason, where its own words do not say so. */
export const REMEDIES: Readonly<Record<string, string>> = {
  'user.unknown':
    'Give our id, the Entra object id or the user principal name; "entra-connector users list --search" finds people by part of a name.',
  'user.ambiguous': 'Name one by id; "entra-connector users show" with the name lists the ids.',
  'address-missing':
    'Enter the address in Entra, then "entra-connector sync --user X" and "entra-connector users restart-onboarding X".',
  'address-rejected':
    'Correct the address in Entra, then "entra-connector sync --user X" and "entra-connector users restart-onboarding X".',
  'mail-system': 'Solve what the mail system says, then "entra-connector users restart-onboarding X".',
  'no-seat': 'Deactivate people who left, or raise LICENSE_SEATS.',
}

/** Headlines of reasons that are told in other words for each person. */
export const HEADLINES: Readonly<Record<string, string>> = {
  'user.unknown': 'nobody is called that',
  'user.ambiguous': 'several people are called that',
  'address-missing': 'no email address in Entra',
  'address-rejected': 'the address does not exist',
  'mail-system': 'the mail system did not take the email',
}
