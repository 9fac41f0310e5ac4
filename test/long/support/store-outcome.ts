import type { UserCounts } from '../../../src/domain/run.js'
import { STATUSES, type HistoryEntry, type User } from '../../../src/domain/user.js'
import type { ConnectionStore } from '../../../src/store/port.js'
import { walk } from '../../../src/store/walk.js'

/**
 * What a store holds in the end, without what another course of events makes different: ids of ours, times, revisions,
 * who did it. Two stores of one tenant that were filled rightly give equal ones.
 */
export interface StoreOutcome {
  /** By object id: the person and the history. */
  readonly people: Readonly<Record<string, PersonOutcome>>
  readonly parked: readonly string[]
  readonly candidates: number
  readonly unfinishedRuns: number
  /** Changes of all runs together. */
  readonly counts: Readonly<Record<string, number>>
  /** Where a history does not go on where it ended before, or does not end at what the record says. */
  readonly broken: readonly string[]
}

export type PersonOutcome = readonly [user: Partial<User>, history: readonly EntryOutcome[]]
type EntryOutcome = Pick<HistoryEntry, 'from' | 'to' | 'cause'>

const CHANGES: readonly (keyof UserCounts)[] = ['created', 'updated', 'frozen', 'deactivated', 'reactivated']

export async function storeOutcome(store: ConnectionStore): Promise<StoreOutcome> {
  const people: Record<string, PersonOutcome> = {}
  const broken: string[] = []
  for await (const users of walk(store))
    for (const user of users) {
      const history = await store.history(user.id)
      if (people[user.entraObjectId ?? user.id] !== undefined) broken.push(`${user.userPrincipalName ?? ''} twice`)
      people[user.entraObjectId ?? user.id] = [comparable(user), history.map(timeless)]
      broken.push(...breaks(user, history))
    }
  const { runs } = await store.runs.list({ limit: 1000 })
  const sum = (count: keyof UserCounts): number => runs.reduce((total, { users }) => total + users[count], 0)
  return {
    people: Object.fromEntries(Object.entries(people).sort(([a], [b]) => (a < b ? -1 : 1))),
    parked: await store.parked({ limit: 1000 }),
    candidates: (await store.candidates({ limit: 1000 })).length,
    unfinishedRuns: runs.filter(({ finishedAt }) => finishedAt === null).length,
    counts: {
      ...Object.fromEntries(CHANGES.map((name) => [name, sum(name)])),
      firstLogins: runs.reduce((total, { signIns }) => total + signIns.firstLogins, 0),
    },
    broken,
  }
}

function comparable(user: User): Partial<User> {
  const { id: _id, revision: _revision, createdAt: _created, updatedAt: _updated, statusSince: _since, ...rest } = user
  // When it was noted, and how it was known, depends on which run came to see it.
  return rest.removal ? { ...rest, removal: { ...rest.removal, at: '', proof: '', hold: null } } : rest
}

function timeless({ from, to, cause }: HistoryEntry): EntryOutcome {
  return { from, to, cause }
}

/** Each entry says of what it names what was so before; the last ones say what is so now. */
function breaks(user: User, history: readonly HistoryEntry[]): string[] {
  const name = user.userPrincipalName ?? user.id
  if (history.length === 0) return [`${name} has no history`]
  const so: Record<string, unknown> = {}
  const broken: string[] = []
  for (const [n, { from, to }] of history.entries()) {
    const before = fieldsOf(from)
    // What becomes of a removal shows in the account.
    if ('account' in before) Reflect.deleteProperty(so, 'removal')
    for (const [field, value] of Object.entries(fieldsOf(to))) {
      const was = before[field] ?? null
      if (field in so && so[field] !== was) broken.push(`${name}: entry ${n}: ${field} was ${JSON.stringify(was)}`)
      so[field] = value
    }
  }
  const now: Readonly<Record<string, unknown>> = { ...user, removal: waitingOf(user) }
  for (const [field, value] of Object.entries(so))
    if (field in now && now[field] !== value) broken.push(`${name}: ${field} is ${JSON.stringify(now[field])}`)
  return broken
}

/** As histories tell of it. */
function waitingOf({ removal }: User): string | null {
  return removal === null || removal.state === 'noted' || removal.state === 'done' ? null : removal.state
}

function fieldsOf(value: HistoryEntry['to']): Record<string, unknown> {
  if (value === null) return {}
  if (typeof value !== 'string') return { ...value }
  return { [(STATUSES as readonly string[]).includes(value) ? 'status' : 'account']: value }
}
