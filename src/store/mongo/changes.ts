import type { UserChange } from '../../domain/user.js'
import type { Filter, Op, Update } from './collection.js'
import type { Database } from './database.js'
import { wasMade } from './doubt.js'
import { personKey } from './keys.js'
import { change, filling, insertion, type Mark } from './records.js'
import type { CountedKind, IntendedPerson, PersonDocument } from './documents.js'

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
  const keys = changes.flatMap(({ before, after }) => [
    personKey(connection, before ?? after),
    personKey(connection, after),
  ])
  const seen = await seenOf(db, keys)
  const writes: PlannedWrite[] = []
  const lost: string[] = []
  const taken = new Set<string>()
  for (const one of changes) {
    const { before, after, entries } = one
    const [key, to] = [personKey(connection, before ?? after), personKey(connection, after)]
    const there = seen.get(key)
    const written = { connection, entries, mark }
    const isOpen = before ? there?.id === before.id && there.revision === before.revision : (there?.revision ?? -1) < 0
    if (!isOpen || taken.has(to) || (to !== key && seen.has(to))) {
      lost.push(after.id)
      continue
    }
    taken.add(to)
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
        ...(to === key ? {} : { to }),
        over: there?.revision ?? 0,
        kind: kindOf(one),
        firstLogin: (before?.firstLoginAt ?? null) === null && after.firstLoginAt !== null,
      },
      overflows: inside > HISTORY_INSIDE,
    })
  }
  return { writes, lost }
}

/** How a run counts a change: as the domain does. */
function kindOf({ before, after }: UserChange): CountedKind {
  if (!before) return 'created'
  if (before.account === after.account) return 'updated'
  if (after.account === 'frozen') return 'frozen'
  return after.account === 'inactive' ? 'deactivated' : 'reactivated'
}

/** Those who carry the mark of a commit: what it did write, whatever became of its answer. */
export async function writtenBy(
  db: Database,
  commit: string,
  people: readonly IntendedPerson[],
): Promise<IntendedPerson[]> {
  const seen = await seenOf(
    db,
    people.flatMap(({ key, to }) => (to === undefined ? [key] : [key, to])),
  )
  return people.filter(({ key, to }) => seen.get(to ?? key)?.commit === commit)
}

/** Outside of runs: each alone. `last` is the mark they carry. Gives the ids of those who were not written. */
export async function writeEach(db: Database, writes: readonly PlannedWrite[], last: string): Promise<string[]> {
  const lost: string[] = []
  for (const { id, op, person } of writes) {
    const key = person.to ?? person.key
    const write = async () => (await db.collections.people.bulk([op])).whole
    const isOurs = async () => (await seenOf(db, [key])).get(key)?.last === last
    if (!(await wasMade(write, isOurs))) lost.push(id)
  }
  return lost
}

/** Takes away what a commit meant to write over: it can change nobody any more, whenever it arrives. */
export async function revoke(db: Database, connection: string, people: readonly IntendedPerson[]): Promise<void> {
  const ops = people.map(({ key, over }): Op => {
    if (over === 0) return { insert: { connection, key, revision: -1 } satisfies Filter }
    return { filter: { key, revision: over }, update: { $inc: { revision: Math.sign(over) } } satisfies Update }
  })
  await db.collections.people.bulk(ops)
}

async function seenOf(db: Database, keys: readonly string[]): Promise<Map<string, Seen>> {
  const found = await db.collections.people.find({ key: { $in: [...new Set(keys)] } }, { select: SEEN })
  return new Map(found.map((person) => [person.key, person]))
}
