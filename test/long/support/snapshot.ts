import type { HistoryEntry, Removal, User } from '../../../src/domain/user.js'
import { NO_COUNTS, type Run, type UserCounts } from '../../../src/domain/run.js'
import type { ArchiveItem } from '../../../src/store/port-archive.js'
import type { ConnectionStore, Store } from '../../../src/store/port.js'

/** Everything a store holds, in a form in which two stores that hold the same are equal. */
export interface Snapshot extends Course {
  /** By object id: the person and the history as text, without ids of ours, run ids and times of ours. */
  readonly people: ReadonlyMap<string, string>
  /** By object id: sign-ins of people we do not have. */
  readonly parked: ReadonlyMap<string, string>
  readonly isIdle: Idle
  /** What the runs' logs say of somebody. */
  readonly said: readonly string[]
  /** Whether the people counted as they were written are those there are. */
  readonly isTallied: boolean
}

/** What has run, and how many full passes have begun. */
export interface Course {
  readonly passes: number
  readonly runs: readonly Run[]
}

interface Idle {
  readonly pass: boolean
  readonly window: boolean
  readonly candidates: boolean
}

/**
 * `strangers` are the object ids to look for among what is parked. With revisions, a person written twice differs from
 * one written once; they count writes only in a store that writes a page whole.
 */
export async function readSnapshot(
  whole: Store,
  strangers: readonly string[],
  withRevisions: boolean,
): Promise<Snapshot> {
  const store = whole.of('default')
  const users: User[] = []
  const people = new Map<string, string>()
  for await (const { user, history } of everyone(whole)) {
    users.push(user)
    people.set(
      user.entraObjectId ?? user.id,
      JSON.stringify([comparable(user, withRevisions), history.map(timeless)], null, 1),
    )
  }
  const { parked } = await store.known(strangers)
  const course = await courseOf(store)
  return {
    ...course,
    people,
    parked: new Map([...parked].map(([id, span]) => [id, JSON.stringify(span)])),
    isIdle: {
      pass: (await store.feed('directory')).pass === null,
      window: (await store.feed('sign-ins')).window === null,
      candidates: (await store.candidates({ limit: 1 })).length === 0,
    },
    said: await saidOfPeople(store, course.runs),
    isTallied: (await store.tally()).every(({ count, ...group }) => count === users.filter(isIn(group)).length),
  }
}

export function readCourse(whole: Store): Promise<Course> {
  return courseOf(whole.of('default'))
}

async function courseOf(store: ConnectionStore): Promise<Course> {
  const { passes } = await store.feed('directory')
  const { runs } = await store.runs.list({ limit: 1000 })
  return { passes, runs }
}

/** What is different, in words for a failed test; the first few. */
export function differences(actual: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>): string[] {
  const ids = new Set([...actual.keys(), ...expected.keys()])
  const different = [...ids].filter((id) => actual.get(id) !== expected.get(id))
  const told = different.slice(0, 2).map((id) => `${id}\n is ${actual.get(id) ?? '–'}\n not ${expected.get(id) ?? '–'}`)
  return different.length > 2 ? [...told, `… and ${different.length - 2} more`] : told
}

export function total(runs: readonly Run[]): { users: UserCounts; firstLogins: number } {
  const sum = { ...NO_COUNTS }
  let firstLogins = 0
  for (const { users, signIns } of runs) {
    for (const key of Object.keys(sum) as (keyof UserCounts)[]) sum[key] += users[key]
    firstLogins += signIns.firstLogins
  }
  return { users: sum, firstLogins }
}

/** In portions with their histories: one by one takes long where each is asked of a server. */
async function* everyone(whole: Store): AsyncGenerator<{ user: User; history: readonly HistoryEntry[] }> {
  const archive = whole.archive('default')
  for (let after: string | null = null; ;) {
    const items: ArchiveItem<'users'>[] = await archive.read('users', { after, limit: 1000 })
    for (const { key, value } of items) {
      yield value
      after = key
    }
    if (items.length < 1000) return
  }
}

function comparable(user: User, withRevisions: boolean): Partial<User> {
  const { id: _id, createdAt: _created, updatedAt: _updated, statusSince: _since, revision, removal, ...rest } = user
  const { at: _at, proof: _proof, ...why } = removal ?? { at: null, proof: null }
  const one = { ...rest, removal: why as Removal }
  return withRevisions ? { ...one, revision } : one
}

/** Whether a deletion was told by a page or by a look-up depends on which run came to see it. */
function timeless({ from, to, cause, evidence }: HistoryEntry): object {
  const { runId: _run, proof: _proof, noted: _noted, ...proven } = evidence ?? {}
  return { from, to, cause, evidence: proven }
}

async function saidOfPeople(store: ConnectionStore, runs: readonly Run[]): Promise<string[]> {
  const said: string[] = []
  for (const { runId } of runs)
    for await (const { level, message, about, details } of store.runs.log(runId))
      if (about !== undefined) said.push(JSON.stringify({ level, message, about, details }))
  return said.sort()
}

function isIn(group: { status: string; account: string; firstLogin: string }): (user: User) => boolean {
  return ({ status, account, firstLoginAt }) =>
    status === group.status && account === group.account && (firstLoginAt === null) === (group.firstLogin === 'pending')
}
