import { ago, lasting, URGENCY, WHAT_HELPS, whyStuck, type Patience, type Stuck } from '../domain/attention.js'
import type { Status, User } from '../domain/user.js'
import type { ConnectionStore, UserQuery } from '../store/port.js'
import { hanging, table, type Column } from './layout.js'
import { paint } from './output.js'
import { count } from './run-summary.js'

/** Who is stuck, the most urgent first, and what helps. */

export interface AttentionGroup {
  readonly status: Stuck
  readonly users: readonly User[]
  readonly nextCursor: string | null
}

/** Read one status after the other, so that the most urgent people are shown however many the others are. */
export async function attentionGroups(
  store: ConnectionStore,
  query: UserQuery,
  stuckSince: Partial<Record<Status, string>>,
): Promise<AttentionGroup[]> {
  const groups: AttentionGroup[] = []
  for (const status of URGENCY) {
    if (query.status !== undefined && query.status !== status) continue
    const page = await store.list({ ...query, status, stuckSince })
    if (page.users.length > 0) groups.push({ status, ...page })
  }
  return groups
}

export interface AttentionContext {
  readonly patience: Patience
  readonly now: Date
  readonly connection: string
  /** How many emails wait because email is switched off. */
  readonly owed: number
  readonly filtered: boolean
}

export function describeAttention(groups: readonly AttentionGroup[], context: AttentionContext): string[] {
  const { owed, connection, filtered } = context
  const off = `Email is switched off for ${connection}. ${count(owed, 'email')} ${owed === 1 ? 'is' : 'are'} owed and would be sent.`
  const lines = owed > 0 ? [paint('yellow', hanging('', off)), ''] : []
  if (groups.length === 0) return [...lines, filtered ? 'Nobody who matches is stuck.' : 'Nobody is stuck.']
  const people = groups.reduce((sum, { users }) => sum + users.length, 0)
  const are = `${count(people, 'person is', 'people are')} stuck.`
  const first = groups.some(({ nextCursor }) => nextCursor !== null) ? `At least ${are}` : are
  return [...lines, paint('bold', first), ...groups.flatMap((group) => describeGroup(group, context))]
}

const NAME: Column = { title: 'Name', narrow: 'cut' }
const USER_NAME: Column = { title: 'User name', narrow: 'cut' }
const SINCE: Column = { title: 'Since' }
const REASON: Column = { title: 'Reason', narrow: 'cut' }

function describeGroup({ status, users, nextCursor }: AttentionGroup, { patience, now }: AttentionContext): string[] {
  const number = `${users.length.toLocaleString('en')}${nextCursor === null ? '' : ' or more'}`
  const people = [...users].sort(
    (a, b) => reasonCode(a).localeCompare(reasonCode(b)) || order(a.statusSince, b.statusSince),
  )
  const rows = people.map((user) => [
    user.displayName,
    user.userPrincipalName,
    ago(user.statusSince, now),
    whyStuck(user, now),
  ])
  const told = rows.some(([, , , reason]) => reason !== null)
  const columns = [NAME, USER_NAME, SINCE, ...(told ? [REASON] : [])]
  return [
    '',
    paint('bold', hanging('', `${titleOf(status, patience)} (${number})`)),
    hanging('', `${WHAT_HELPS[status]}${COMMANDS[status]}`),
    table(columns, told ? rows : rows.map((row) => row.slice(0, 3))),
    ...(nextCursor === null ? [] : [`There are more of them: --status ${status} --cursor ${nextCursor}`]),
  ]
}

const TITLES: Record<Stuck, string> = {
  failed: 'Failed: the email could not be delivered',
  'onboarding-incomplete': 'Onboarding incomplete',
  migrating: 'Migrating',
  pending: 'Pending',
  'never-logged-in': 'Never logged in',
}

const COMMANDS: Record<Stuck, string> = {
  failed: ' entra-connector users restart-onboarding X',
  'onboarding-incomplete': ' entra-connector users restart-onboarding X',
  migrating: ' entra-connector users send-invitation X',
  pending: ' entra-connector users send-invitation X',
  'never-logged-in': '',
}

function titleOf(status: Stuck, patience: Patience): string {
  const waited = patience[status]
  return status === 'failed' || waited === undefined
    ? TITLES[status]
    : `${TITLES[status]} for more than ${lasting(waited)}`
}

function reasonCode({ status, statusReason }: User): string {
  return status === 'failed' ? (statusReason?.code ?? '') : ''
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
