import type { Answered } from '../app.js'
import type { AskedFor } from '../domain/requests.js'
import { hanging, lineWidth, table, type Column } from './layout.js'
import { harmless, paint } from './output.js'
import { consequences, countLine, HEADLINES, REMEDIES, type Sending } from './request-words.js'
import { emailsLine } from './run-summary.js'

/** What came of a request, for a reader: who could not and why, who could, what follows, what to do next. */

export type RequestResult = Answered['results'][number]

export interface Told extends Pick<Answered, 'results' | 'emails'> {
  readonly request: AskedFor
  readonly dryRun: boolean
  readonly sending: Sending
}

const SHOWN = 50

/** In lines for `stream`. */
export function describeRequest(told: Told, stream: NodeJS.WriteStream): string[] {
  const { request, emails, dryRun, sending } = told
  const results = distinct(told.results)
  const width = lineWidth(stream)
  const ok = results.filter((result) => result.ok)
  const refused = results.filter((result) => !result.ok)
  const lines = groupsOf(refused).flatMap((group) => refusal(group, dryRun, stream))
  if (ok.length > 0) lines.push(...people(ok, told, width), '')
  lines.push(paint('bold', countLine(request, { ok: ok.length, not: refused.length }, dryRun), stream))
  const follows = ok.length === 0 ? '' : consequences(request, ok, { dryRun, sending }).join(' ')
  if (follows !== '') lines.push(hanging('', follows, width))
  if (emails) lines.push(...mailing(emails, sending))
  if (dryRun) lines.push('Nothing has been written.')
  return lines
}

/** Each person once, however often they were named. */
export function distinct(results: readonly RequestResult[]): RequestResult[] {
  const seen = new Set<string>()
  return results.filter(({ id, who }) => {
    const key = id ?? `unknown ${who}`
    return !seen.has(key) && seen.add(key)
  })
}

function mailing(emails: NonNullable<Answered['emails']>, { emailEnabled }: Sending): string[] {
  return emailsLine(emails, { waiting: !emailEnabled }).map((line) =>
    emailEnabled ? line : `Email is switched off. ${line}`,
  )
}

/** People who were refused for the same reason; the largest group first. */
function groupsOf(refused: readonly RequestResult[]): RequestResult[][] {
  const groups = new Map<string, RequestResult[]>()
  for (const result of refused) {
    const reason = headlineOf(result)
    const group = groups.get(reason)
    if (group) group.push(result)
    else groups.set(reason, [result])
  }
  return [...groups.values()].sort((a, b) => b.length - a.length)
}

function headlineOf({ error }: RequestResult): string {
  return HEADLINES[error?.code ?? ''] ?? error?.message ?? 'we do not know why'
}

const ASKED: Column = { title: 'Given as', narrow: 'cut' }
const NAME: Column = { title: 'Name', narrow: 'cut' }
const USER_NAME: Column = { title: 'User name', narrow: 'cut' }
const EMAIL: Column = { title: 'Email would go to', narrow: 'cut' }
const WORDS: Column = { title: 'In words', narrow: 'cut' }

function refusal(group: readonly RequestResult[], dryRun: boolean, stream: NodeJS.WriteStream): string[] {
  const [first] = group
  if (!first) return []
  const width = lineWidth(stream)
  const headline = `${group.length.toLocaleString('en')} ${dryRun ? 'cannot' : 'could not'}: ${headlineOf(first)}`
  const remedy = REMEDIES[first.error?.code ?? '']
  return [
    paint('yellow', hanging('', harmless(headline), width), stream),
    ...(remedy === undefined ? [] : [hanging('  What to do: ', remedy, width)]),
    ...listed(first.user ? named(group) : given(group), group.length, width),
    '',
  ]
}

type Rows = readonly [columns: readonly Column[], rows: (string | null)[][]]

function given(group: readonly RequestResult[]): Rows {
  return [[ASKED], group.slice(0, SHOWN).map(({ who }) => [who])]
}

function named(group: readonly RequestResult[]): Rows {
  const differs = group.some(
    (result) => result.error?.code !== 'address-missing' && result.error?.message !== headlineOf(result),
  )
  const rows = group
    .slice(0, SHOWN)
    .map((result) => [...namesOf(result), ...(differs ? [result.error?.message ?? null] : [])])
  return [differs ? [NAME, USER_NAME, WORDS] : [NAME, USER_NAME], rows]
}

function people(ok: readonly RequestResult[], { request, dryRun }: Told, width: number): string[] {
  const emails = dryRun && (request === 'send-invitation' || request === 'restart-onboarding')
  const columns: Column[] = [NAME, USER_NAME, emails ? EMAIL : { title: dryRun ? 'Would be' : 'Is now' }]
  const rows = ok
    .slice(0, SHOWN)
    .map((result) => [...namesOf(result), emails ? (result.user?.mail ?? null) : stateOf(result)])
  return listed([columns, rows], ok.length, width)
}

function stateOf({ status, account }: RequestResult): string {
  return [account === 'active' ? null : account, status].filter((part) => part !== null).join(', ')
}

function namesOf({ user, who }: RequestResult): (string | null)[] {
  return [user?.displayName ?? null, user?.userPrincipalName ?? who]
}

function listed([columns, rows]: Rows, all: number, width: number): string[] {
  const more = all - rows.length
  const rest = `… and ${more.toLocaleString('en')} more; --json names everybody`
  return [table(columns, rows, width), ...(more > 0 ? [rest] : [])]
}
