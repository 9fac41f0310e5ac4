import { ago } from '../domain/attention.js'
import { isSameCause, type CauseCount, type HoldDecision, type Verdict } from '../domain/hold.js'
import type { RemovalLimit } from '../domain/removal.js'
import type { User } from '../domain/user.js'
import type { HoldView } from '../holds/view.js'
import { minute } from '../domain/history-words.js'
import { hanging, table, type Column } from './layout.js'
import { harmless, paint } from './output.js'
import { count } from './run-summary.js'

/** Held removals for a reader: how many would lose access, why, what they have in common, what to do. */

export interface HoldContext {
  readonly now: Date
  readonly limit: RemovalLimit
  /** Of people who were decided over by themselves, by our id. */
  readonly names: ReadonlyMap<string, string>
}

const STATES: Record<Exclude<HoldView['state'], 'open'>, string> = {
  approved: 'approved',
  rejected: 'rejected',
  expired: 'expired: nobody was removed, its people are asked about again',
  closed: 'closed by itself: nobody need be removed any more',
}

export function describeHolds(holds: readonly HoldView[], context: HoldContext, all: boolean): string[] {
  if (holds.length === 0) {
    const none = all ? 'No removals have been held.' : 'No removals are waiting.'
    return [hanging('', `${none} ${stopped(context.limit)} before anyone loses access.`)]
  }
  return holds.flatMap((hold, index) => [...(index === 0 ? [] : ['']), ...inList(hold, context)])
}

function inList(hold: HoldView, { now, names }: HoldContext): string[] {
  const { id, state, count: waiting, createdAt, expiresAt, held } = hold
  const title =
    state === 'open'
      ? `${count(waiting, 'person', 'people')} would lose access`
      : `${count(held, 'person', 'people')} held · ${STATES[state]}`
  const since = `since ${minute(createdAt)} UTC, ${ago(createdAt, now)}`
  const until = state === 'open' ? ` · decide before ${minute(expiresAt)}` : ''
  return [
    paint(state === 'open' ? 'bold' : 'dim', hanging('', title)),
    hanging('  ', `${since}${until}`),
    ...hold.causes.map(({ cause, count }) => hanging(`  ${count.toLocaleString('en').padStart(7)}  `, harmless(cause))),
    ...decisions(hold, names, '  '),
    hanging('  ', `entra-connector holds show ${id}`),
  ]
}

/** `people`: the first of those who wait. */
export function describeHold(hold: HoldView, people: readonly User[], context: HoldContext): string[] {
  const { id, runId, state, count: waiting, createdAt, expiresAt, held, causes, shared } = hold
  const { now, limit, names } = context
  const open = state === 'open'
  const title = open
    ? `${count(waiting, 'person', 'people')} would lose access`
    : `${count(held, 'person', 'people')} held`
  const lines = [
    paint('bold', title),
    hanging(
      '',
      `${open ? 'Open' : STATES[state]} · since ${minute(createdAt)} UTC, ${ago(createdAt, now)} · run ${runId}`,
    ),
  ]
  const decided = decisions(hold, names)
  if (!open) return [...lines, ...decided]
  const rest = waiting - people.length
  return [
    ...lines,
    hanging('', `Additions and updates go on; only these removals wait. ${stopped(limit)}.`),
    hanging('', `Undecided until ${minute(expiresAt)} UTC, they are asked about again; nobody is removed then.`),
    '',
    table(CAUSES, causes.map(causeRow)),
    ...(shared.length === 0 ? [] : ['', ...shared.map((text) => hanging('', harmless(`${text}.`)))]),
    '',
    table(
      PEOPLE,
      people.map((user) => personRow(user, causes)),
    ),
    ...(rest > 0 ? [`… and ${rest.toLocaleString('en')} more; --json names everybody`] : []),
    ...(decided.length === 0 ? [] : ['', ...decided]),
    '',
    hanging('', 'A mistake in Entra? Correct it there and sync again: the hold closes by itself.'),
    hanging('', harmless(`Otherwise: ${choices(id, causes)}`)),
  ]
}

/** "Removals above 20 people and 5 % are stopped here". */
function stopped({ count: people, percent }: RemovalLimit): string {
  return `Removals of more than ${count(people, 'person', 'people')} and more than ${percent} % are stopped here`
}

function choices(id: string, causes: readonly CauseCount[]): string {
  const [first] = causes
  const one = causes.length > 1 && first ? `, for one cause alone with --cause ${quoted(first.cause)}` : ''
  return `entra-connector holds approve ${id}, or reject${one}`
}

/** For a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

const CAUSES: readonly Column[] = [
  { title: 'Because', narrow: 'cut' },
  { title: 'People', right: true },
  { title: 'Have logged in', right: true },
  { title: 'Licences freed', right: true },
]

function causeRow({ cause, count, logins, licences }: CauseCount): string[] {
  return [cause, ...[count, logins, licences].map((n) => n.toLocaleString('en'))]
}

const PEOPLE: readonly Column[] = [
  { title: 'Name', narrow: 'cut' },
  { title: 'User name', narrow: 'cut' },
  { title: 'Because', narrow: 'cut' },
  { title: 'Last login', narrow: 'extra' },
  { title: 'Department', narrow: 'extra' },
]

function personRow(
  { displayName, userPrincipalName, removal, lastLoginAt, department }: User,
  causes: readonly CauseCount[],
): (string | null)[] {
  const theirs = causes.find((one) => isSameCause(one, removal?.cause))
  const because = theirs?.cause ?? removal?.cause.text ?? null
  return [displayName, userPrincipalName, because, lastLoginAt?.slice(0, 10) ?? null, department]
}

const VERDICTS: Record<Verdict, string> = { approve: 'approved', reject: 'rejected' }

function decisions({ decisions }: HoldView, names: HoldContext['names'], indent = ''): string[] {
  return decisions.map((decision) => hanging(indent, harmless(told(decision, names))))
}

function told({ verdict, by, at, cause, user, reason }: HoldDecision, names: HoldContext['names']): string {
  const whom = user === null ? (cause ?? 'everybody who waited') : (names.get(user) ?? user)
  return `${minute(at)}  ${by} ${VERDICTS[verdict]}: ${whom}${reason === null ? '' : ` (“${reason}”)`}`
}
