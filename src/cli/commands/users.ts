import { advice, meaning, stuckSince, tooLong } from '../../domain/attention.js'
import { toEmailView } from '../../domain/email-view.js'
import { ConnectorError } from '../../domain/errors.js'
import type { DirectoryFeed } from '../../domain/feed.js'
import { theOne, unknown } from '../../domain/find.js'
import { ACCOUNTS, STATUSES, type User } from '../../domain/user.js'
import { toView } from '../../domain/view.js'
import { findConflictsOf } from '../../store/conflicts.js'
import { elsewhere, type Elsewhere } from '../../store/elsewhere.js'
import type { ConnectionStore, UserQuery } from '../../store/port.js'
import { attentionGroups, describeAttention } from '../attention-list.js'
import { howMany, nameOf, oneOf, text, type Options } from '../choices.js'
import { toConflictView, withHistory } from '../conflict-list.js'
import { inWords, minute } from '../../domain/history-words.js'
import { withInvocation, type GlobalOptions, type Invocation } from '../invocation.js'
import { table, type Column } from '../layout.js'
import { printJson, printLine } from '../output.js'
import { describePerson, type PersonFacts } from '../person-page.js'
import { removalSentence, removalView } from '../removal-words.js'
import { withStore } from '../store.js'

export async function listUsers(global: GlobalOptions, options: Options): Promise<number> {
  const query = queryOf(options)
  const needsAttention = options['needsAttention'] === true
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      if (needsAttention) await listStuck(store, query, invocation)
      else await listAll(store, query, invocation)
      return 0
    }),
  )
}

function queryOf(options: Options): UserQuery {
  const status = oneOf('--status', options['status'], STATUSES)
  const account = oneOf('--account', options['account'], ACCOUNTS)
  const firstLogin = oneOf('--first-login', options['firstLogin'], ['pending', 'completed'])
  const search = text(options['search'])
  const cursor = text(options['cursor'])
  return {
    limit: howMany('--limit', options['limit']),
    ...(status && { status }),
    ...(account && { account }),
    ...(firstLogin && { firstLogin }),
    ...(search === undefined ? {} : { search }),
    ...(cursor === undefined ? {} : { cursor }),
  }
}

async function listAll(store: ConnectionStore, query: UserQuery, { json }: Invocation): Promise<void> {
  const { users, nextCursor } = await store.list(query)
  if (json) printJson({ users: users.map(toView), nextCursor })
  else if (users.length > 0) printUsers(users, nextCursor)
  else printLine(isFiltered(query) ? 'Nobody matches.' : emptyStore(await store.feed('directory')))
}

function emptyStore({ completedAt }: DirectoryFeed): string {
  if (completedAt === null) return 'Nobody here yet. People appear after the first sync: entra-connector sync'
  return `Nobody here: when everybody was read, at ${minute(completedAt)} UTC, nobody was in scope.`
}

function isFiltered({ limit: _limit, ...filters }: UserQuery): boolean {
  return Object.keys(filters).length > 0
}

const COLUMNS: readonly Column[] = [
  { title: 'Name', narrow: 'cut' },
  { title: 'User name', narrow: 'cut' },
  { title: 'Onboarding' },
  { title: 'Account' },
  { title: 'First login', narrow: 'extra' },
  { title: 'Because', narrow: 'extra' },
]

function printUsers(users: readonly User[], nextCursor: string | null): void {
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

async function listStuck(store: ConnectionStore, query: UserQuery, { config, json }: Invocation): Promise<void> {
  const now = new Date()
  const { tooLong: patience, emailEnabled, name } = config.connection
  const since = stuckSince(patience, now)
  if (json) {
    const { users, nextCursor } = await store.list({ ...query, stuckSince: since })
    printJson({ users: users.map(toView), nextCursor })
    return
  }
  const owed = emailEnabled ? 0 : await store.owed()
  const groups = await attentionGroups(store, query, since)
  const filtered = isFiltered(query)
  for (const line of describeAttention(groups, { patience, now, connection: name, owed, filtered })) printLine(line)
}

export async function showUser(global: GlobalOptions, who: string): Promise<number> {
  const name = nameOf('The id or user name', who)
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store, whole) => {
      const stores = invocation.names.filter((one) => one !== store.connection).map((one) => whole.of(one))
      const user = theOne(await store.find(name), name)
      if (!user) throw nobodyHere(name, await elsewhere([name], stores))
      const now = new Date()
      const { emailEnabled } = invocation.config.connection
      const others = await elsewhere([user.entraObjectId, user.userPrincipalName], stores)
      // Where there is one connection, nobody expects to be told of others.
      const alsoIn = invocation.names.length > 1 ? { alsoIn: others } : {}
      const found = await findConflictsOf(user, [store])
      const conflicts = await Promise.all(found.map((conflict) => withHistory(conflict, whole)))
      const { facts: own, removal } = await factsOf(user, now, store, invocation)
      const facts = { ...own, ...alsoIn, conflicts }
      if (invocation.json) printJson({ user: toView(user), ...facts, conflicts: conflicts.map(toConflictView) })
      else for (const line of describePerson(user, facts, { now, emailEnabled, removal })) printLine(line)
      return 0
    }),
  )
}

function nobodyHere(name: string, others: readonly Elsewhere[]): ConnectorError {
  const { message, remedy } = unknown(name)
  const [connection] = others.map((other) => other.connection)
  if (connection === undefined) return unknown(name)
  return new ConnectorError('user.unknown', {
    message: `${message} in this connection, but somebody in connection ${connection} is`,
    remedy: `Look there with --connection ${connection}. ${remedy ?? ''}`.trim(),
  })
}

async function factsOf(
  user: User,
  now: Date,
  store: ConnectionStore,
  { config, redact }: Invocation,
): Promise<{ facts: Omit<PersonFacts, 'conflicts'>; removal: string | null }> {
  const { tooLong: patience } = config.connection
  const invitations = (user.ahead?.emails ?? []).map((email) => {
    const { reason, ...view } = toEmailView(email, now)
    return { ...view, reason: reason && { code: reason.code, message: redact(reason.message) } }
  })
  const attention = {
    tooLong: tooLong(user, patience, now),
    meaning: redact(meaning(user)),
    advice: advice(user, patience, now),
  }
  const hold = user.removal?.hold ? await store.holds.get(user.removal.hold) : null
  return {
    facts: { history: await store.history(user.id), invitations, attention, removal: removalView(user) },
    removal: removalSentence(user, hold, now),
  }
}
