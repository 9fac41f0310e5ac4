import { ACCOUNTS, STATUSES, type HistoryEntry, type HistoryValue, type User } from '../../domain/user.js'
import { theOne, unknown } from '../../domain/find.js'
import { toView } from '../../domain/view.js'
import { oneOf, text, wholeNumber } from '../choices.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { harmless, paint, printJson, printLine } from '../output.js'
import { withStore } from '../store.js'
import { table } from '../table.js'

type Options = Readonly<Record<string, unknown>>

export async function listUsers(global: GlobalOptions, options: Options): Promise<number> {
  const status = oneOf('--status', options['status'], STATUSES)
  const account = oneOf('--account', options['account'], ACCOUNTS)
  const firstLogin = oneOf('--first-login', options['firstLogin'], ['pending', 'completed'])
  const search = text(options['search'])
  const cursor = text(options['cursor'])
  const limit = wholeNumber('--limit', options['limit'], { min: 1, max: 1000 })
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const { users, nextCursor } = await store.list({
        limit,
        ...(status && { status }),
        ...(account && { account }),
        ...(firstLogin && { firstLogin }),
        ...(search === undefined ? {} : { search }),
        ...(cursor === undefined ? {} : { cursor }),
      })
      if (invocation.json) printJson({ users: users.map(toView), nextCursor })
      else printUsers(users, nextCursor, { filtered: Boolean(status ?? account ?? firstLogin ?? search) })
      return 0
    }),
  )
}

function printUsers(users: readonly User[], nextCursor: string | null, { filtered }: { filtered: boolean }): void {
  if (users.length === 0) {
    printLine(
      filtered ? 'Nobody matches.' : 'Nobody here yet. People appear after the first sync: entra-connector sync',
    )
    return
  }
  const rows = users.map((user) => [
    user.displayName,
    user.userPrincipalName,
    user.status,
    user.account,
    user.accountReason,
    day(user.firstLoginAt),
  ])
  printLine(table(['Name', 'User name', 'Onboarding', 'Account', 'Because', 'First login'], rows))
  if (nextCursor !== null) printLine(`\nThere are more: --cursor ${nextCursor}`)
}

export async function showUser(global: GlobalOptions, who: string): Promise<number> {
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const user = theOne(await store.find(who), who)
      if (!user) throw unknown(who)
      const history = await store.history(user.id)
      if (invocation.json) printJson({ user: toView(user), history })
      else printUser(user, history)
      return 0
    }),
  )
}

function printUser(user: User, history: readonly HistoryEntry[]): void {
  printLine(paint('bold', harmless(user.displayName ?? user.userPrincipalName ?? user.id)))
  const because = user.accountReason === null ? '' : ` (${user.accountReason})`
  printLine(`${user.status} since ${day(user.statusSince) ?? ''} · ${user.account}${because}\n`)
  const facts = Object.entries(toView(user)).filter(([, value]) => value !== null)
  printLine(
    table(
      ['Field', 'Value'],
      facts.map(([field, value]) => [field, typeof value === 'object' ? JSON.stringify(value) : value]),
    ),
  )
  printLine()
  const rows = history.map(({ at, from, to, cause, evidence }) => [
    at,
    said(from),
    said(to),
    cause,
    evidence === null ? null : JSON.stringify(evidence),
  ])
  printLine(table(['When', 'From', 'To', 'Because', 'Evidence'], rows))
}

function said(value: HistoryValue): string | null {
  if (value === null || typeof value === 'string') return value
  return Object.entries(value)
    .map(([field, content]) => `${field}: ${content ?? '–'}`)
    .join(', ')
}

function day(at: string | null): string | null {
  return at === null ? null : `${at.slice(0, 10)} ${at.slice(11, 16)}`
}
