import type { UserChange } from '../../domain/user.js'
import type { Filter, Op, Update } from './collection.js'
import type { Database } from './database.js'
import { wasMade } from './doubt.js'
import { personKey } from './keys.js'
import { change, filling, insertion, type Mark } from './records.js'
import type { Intent, IntendedPerson, PersonDocument } from './documents.js'

/** Those of a batch who can be written, and the ids (of `after`) of those somebody else has written meanwhile. */
export interface Looked {
  readonly writes: readonly PlannedWrite[]
  readonly lost: readonly string[]
}

export interface PlannedWrite {
  readonly id: string
  readonly change: UserChange
  readonly op: Op
  readonly person: IntendedPerson
  /** Whose history has grown so long that the oldest entries are to be moved. */
  readonly overflows: boolean
}

type Seen = Pick<PersonDocument, 'key' | 'revision' | 'id' | 'entries' | 'moved' | 'commit' | 'last'>
const SEEN = { key: 1, revision: 1, id: 1, entries: 1, moved: 1, commit: 1, last: 1 } as const

/** History entries a document holds before the oldest `MOVED` of them are moved. */
export const HISTORY_INSIDE = 40
export const HISTORY_MOVED = 20

/** One read: who is still as `before` says, whose place is free. `mark` is what their writes leave. */
export async function look(
  db: Database,
  connection: string,
  changes: readonly UserChange[],
  mark: Mark,
): Promise<Looked> {
  if (changes.length === 0) return { writes: [], lost: [] }
  const seen = await seenOf(
    db,
    changes.map(({ after }) => personKey(connection, after)),
  )
  const writes: PlannedWrite[] = []
  const lost: string[] = []
  const taken = new Set<string>()
  for (const one of changes) {
    const { before, after, entries } = one
    const key = personKey(connection, after)
    const there = seen.get(key)
    const written = { connection, entries, mark }
    const isOpen = before ? there?.id === before.id && there.revision === before.revision : (there?.revision ?? -1) < 0
    if (!isOpen || taken.has(key)) {
      lost.push(after.id)
      continue
    }
    taken.add(key)
    const inside = (there?.entries ?? 0) - (there?.moved ?? 0) + entries.length
    writes.push({
      id: after.id,
      change: one,
      op: before
        ? change(before, after, written)
        : there
          ? filling(after, there.revision, written)
          : insertion(after, written),
      person: {
        key,
        over: there?.revision ?? 0,
        kind: one.kind ?? null,
        firstLogin: (before?.firstLoginAt ?? null) === null && after.firstLoginAt !== null,
      },
      overflows: inside > HISTORY_INSIDE,
    })
  }
  return { writes, lost }
}

/** What became of the people of a commit; all others were written by somebody else. */
export interface Fates {
  /** Those who carry its mark: what it did write, whatever became of its answer. */
  readonly written: readonly IntendedPerson[]
  /** Their ids. */
  readonly writtenIds: ReadonlySet<string>
  /** Whose revision has only moved on, by our id, and to where. */
  readonly revoked: ReadonlyMap<string, number>
}

export async function fatesOf(db: Database, { commit, people }: Intent): Promise<Fates> {
  const seen = await seenOf(
    db,
    people.map(({ key }) => key),
  )
  const written = people.filter(({ key }) => seen.get(key)?.commit === commit)
  const writtenIds = new Set(written.map(({ key }) => seen.get(key)?.id ?? ''))
  const revoked = new Map<string, number>()
  for (const { key, over } of people) {
    const there = seen.get(key)
    if (there?.id !== undefined && there.commit === markOfRevoked(commit)) revoked.set(there.id, over + 1)
  }
  return { written, writtenIds, revoked }
}

/** Outside of runs: each alone. `last` is the mark they carry. Gives the ids of those who were not written. */
export async function writeEach(db: Database, writes: readonly PlannedWrite[], last: string): Promise<string[]> {
  const lost: string[] = []
  for (const { id, op, person } of writes) {
    const { key } = person
    const write = async () => (await db.collections.people.bulk([op])).whole
    const isOurs = async () => (await seenOf(db, [key])).get(key)?.last === last
    if (!(await wasMade(write, isOurs))) lost.push(id)
  }
  return lost
}

function markOfRevoked(commit: string): string {
  return `revoked ${commit}`
}

/** Takes away what a commit meant to write over: it can change nobody any more, whenever it arrives. */
export async function revoke(db: Database, connection: string, { commit, people }: Intent): Promise<void> {
  const ops = people.map(({ key, over }): Op => {
    if (over === 0) return { insert: { connection, key, revision: -1 } satisfies Filter }
    const filter = { key, revision: over }
    if (over < 0) return { filter, update: { $inc: { revision: -1 } } }
    return { filter, update: { $inc: { revision: 1 }, $set: { commit: markOfRevoked(commit) } } satisfies Update }
  })
  await db.collections.people.bulk(ops)
}

async function seenOf(db: Database, keys: readonly string[]): Promise<Map<string, Seen>> {
  const found = await db.collections.people.find({ key: { $in: [...new Set(keys)] } }, { select: SEEN })
  return new Map(found.map((person) => [person.key, person]))
}
