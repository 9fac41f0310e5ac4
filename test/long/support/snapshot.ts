import { DatabaseSync } from '@photostructure/sqlite'
import type { HistoryEntry, User } from '../../../src/domain/user.js'
import { NO_COUNTS, type Run, type UserCounts } from '../../../src/domain/run.js'
import { openStore } from '../../../src/store/open.js'
import type { ConnectionStore } from '../../../src/store/port.js'

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

/** Reads through the port, as the commands do. `strangers` are the object ids to look for among what is parked. */
export async function readSnapshot(path: string, strangers: readonly string[]): Promise<Snapshot> {
  return withStore(path, async (store) => {
    const users = await everyone(store)
    const people = new Map<string, string>()
    for (const user of users) {
      const history = await store.history(user.id)
      people.set(user.entraObjectId ?? user.id, JSON.stringify([comparable(user), history.map(timeless)], null, 1))
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
  })
}

export function readCourse(path: string): Promise<Course> {
  return withStore(path, courseOf)
}

async function courseOf(store: ConnectionStore): Promise<Course> {
  const { passes } = await store.feed('directory')
  const { runs } = await store.runs.list({ limit: 1000 })
  return { passes, runs }
}

async function withStore<T>(path: string, look: (store: ConnectionStore) => Promise<T>): Promise<T> {
  const opened = await openStore({ kind: 'sqlite', path }, { now: () => new Date() })
  try {
    return await look(opened.of('default'))
  } finally {
    await opened.close()
  }
}

/** SQLite's own look at the file: `ok`, or what is wrong with it. */
export function checkIntegrity(path: string): string {
  const db = new DatabaseSync(path)
  try {
    const { integrity_check: verdict } = db.prepare('PRAGMA integrity_check').get() as { integrity_check: string }
    return verdict
  } finally {
    db.close()
  }
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

async function everyone(store: ConnectionStore): Promise<User[]> {
  const all: User[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof store.list>> = await store.list({
      limit: 1000,
      ...(cursor === null ? {} : { cursor }),
    })
    all.push(...page.users)
    cursor = page.nextCursor
  } while (cursor !== null)
  return all
}

/** The revision stays: a person written twice has a higher one. */
function comparable(user: User): Partial<User> {
  const { id: _id, createdAt: _created, updatedAt: _updated, statusSince: _since, ...rest } = user
  return rest
}

/** Whether a deletion was told by a page or by a look-up depends on which run came to see it. */
function timeless({ from, to, cause, evidence }: HistoryEntry): object {
  const { runId: _run, proof: _proof, ...proven } = evidence ?? {}
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
