import { theOne, unknown } from '../../domain/find.js'
import { ACCOUNTS, STATUSES, type HistoryEntry, type User } from '../../domain/user.js'
import { toView, type UserView } from '../../domain/view.js'
import { howMany, nameOf, oneOf, text, type Options } from '../choices.js'
import { inWords, labelOf, minute, whatHappened, whyBelieved } from '../history.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { hanging, padded, table, widthOf, type Column } from '../layout.js'
import { harmless, paint, printJson, printLine } from '../output.js'
import { withStore } from '../store.js'

export async function listUsers(global: GlobalOptions, options: Options): Promise<number> {
  const status = oneOf('--status', options['status'], STATUSES)
  const account = oneOf('--account', options['account'], ACCOUNTS)
  const firstLogin = oneOf('--first-login', options['firstLogin'], ['pending', 'completed'])
  const search = text(options['search'])
  const cursor = text(options['cursor'])
  const limit = howMany('--limit', options['limit'])
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
      const filtered = [status, account, firstLogin, search, cursor].some((filter) => filter !== undefined)
      if (invocation.json) printJson({ users: users.map(toView), nextCursor })
      else printUsers(users, nextCursor, filtered)
      return 0
    }),
  )
}

const COLUMNS: readonly Column[] = [
  { title: 'Name', narrow: 'cut' },
  { title: 'User name', narrow: 'cut' },
  { title: 'Onboarding' },
  { title: 'Account' },
  { title: 'First login', narrow: 'extra' },
  { title: 'Because', narrow: 'extra' },
]

function printUsers(users: readonly User[], nextCursor: string | null, filtered: boolean): void {
  if (users.length === 0) {
    const empty = 'Nobody here yet. People appear after the first sync: entra-connector sync'
    printLine(filtered ? 'Nobody matches.' : empty)
    return
  }
  const rows = users.map(({ displayName, userPrincipalName, status, account, firstLoginAt, accountReason }) => [
    displayName,
    userPrincipalName,
    status,
    account,
    firstLoginAt?.slice(0, 10) ?? null,
    accountReason && inWords(accountReason),
  ])
  printLine(table(COLUMNS, rows))
  if (nextCursor !== null) printLine(`\nThere are more: --cursor ${nextCursor}`)
}

export async function showUser(global: GlobalOptions, who: string): Promise<number> {
  const name = nameOf('The id or user name', who)
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const user = theOne(await store.find(name), name)
      if (!user) throw unknown(name)
      const history = await store.history(user.id)
      if (invocation.json) printJson({ user: toView(user), history })
      else printUser(toView(user), history)
      return 0
    }),
  )
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

function printUser(user: UserView, history: readonly HistoryEntry[]): void {
  const because = user.accountReason === null ? '' : ` (${inWords(user.accountReason)})`
  printLine(paint('bold', hanging('', harmless(user.displayName ?? user.userPrincipalName ?? user.id))))
  printLine(`${user.status} since ${minute(user.statusSince)} UTC · ${user.account}${because}\n`)
  const facts = Object.entries(user).flatMap(([field, value]) => {
    if (value === null || IN_HEADLINE.some((told) => told === field)) return []
    return [[TITLES[field as keyof UserView] ?? labelOf(field), shown(field, value)] as const]
  })
  const width = Math.max(...facts.map(([title]) => widthOf(title)))
  for (const [title, value] of facts) printLine(hanging(`${padded(title, width)}  `, harmless(value)))
  printLine('\nHistory (UTC)')
  for (const entry of history) {
    printLine(hanging(`${minute(entry.at)}  `, harmless(whatHappened(entry))))
    const why = whyBelieved(entry)
    if (why !== '') printLine(paint('dim', hanging(' '.repeat(18), harmless(why))))
  }
}

function shown(field: string, value: NonNullable<UserView[keyof UserView]>): string {
  if (typeof value === 'object') return value.message
  return field.endsWith('At') ? `${minute(value)} UTC` : value
}
