import type { HistoryEntry } from '../../domain/user.js'
import { HISTORY_INSIDE, HISTORY_MOVED } from './changes.js'
import type { Database } from './database.js'
import { damaged } from './failures.js'
import type { HistoryDocument, PersonDocument } from './documents.js'
import { documentId } from './keys.js'
import { isHistory } from './shapes.js'

/**
 * The newest entries stand in the person's document, so that a change and its entry are never apart. The oldest are
 * copied out first, under a name made of their numbers, and dropped afterwards, only where nobody has written since: a
 * copy made twice, or by somebody who comes late, is the same one.
 */
export async function moveHistory(db: Database, connection: string, key: string): Promise<void> {
  const { people, history } = db.collections
  const select = { key: 1, id: 1, revision: 1, moved: 1, history: 1 } as const
  const person = await people.one({ key }, select)
  const { id, moved = 0, history: inside = [] } = person ?? {}
  if (!person || id === undefined || inside.length <= HISTORY_INSIDE) return
  const entries = inside.slice(0, HISTORY_MOVED)
  await history.copy([chunkOf(connection, id, moved, entries)])
  await people.update(
    { key, revision: person.revision, moved },
    {
      $set: { moved: moved + HISTORY_MOVED },
      $push: { history: { $each: [], $slice: HISTORY_MOVED - inside.length } },
    },
  )
}

/** A document of older entries. The one with the first of a person has no age: it stays. */
export function chunkOf(
  connection: string,
  user: string,
  from: number,
  entries: readonly HistoryEntry[],
): HistoryDocument {
  const at = from === 0 ? undefined : entries.at(-1)?.at
  const _id = documentId(connection, user, from)
  return { _id, connection, user, from, entries, ...(at === undefined ? {} : { at }) }
}

/**
 * All entries there are of a person: those up to number `pruned` may be gone, but for the oldest document, and must not be
 * there half; from that number on all of them have to be there.
 */
export function wholeHistory(
  { id = '', entries = 0, moved = 0, pruned = 0, history }: PersonDocument,
  chunks: readonly HistoryDocument[],
): HistoryEntry[] {
  const wrong = (problem: string) => damaged(`the history of user ${id}`, problem)
  if (!isHistory(history) || history.length !== entries - moved)
    throw wrong(`the newest ${entries - moved} entries are not there`)
  const kept = chunks.filter(({ from }) => from === 0 || (from >= pruned && from < moved))
  const older = kept.flatMap((chunk) => chunk.entries)
  const dropped = Math.max(0, pruned - HISTORY_MOVED)
  if (!isHistory(older) || older.length !== moved - dropped)
    throw wrong(`${older.length} of ${moved - dropped} moved entries are there`)
  return [...older, ...history]
}

/**
 * Oldest first. The person is read first: what they say was moved can be found. What is dropped before it is found is
 * gone from their own document, too: only where that has not changed meanwhile is something damaged.
 */
export async function readHistory(db: Database, connection: string, userId: string): Promise<HistoryEntry[]> {
  const { people, history } = db.collections
  const select = { id: 1, entries: 1, moved: 1, pruned: 1, history: 1 } as const
  for (let before: number | null = null; ;) {
    const person = await people.one({ connection, id: userId }, select)
    if (!person) return []
    const { moved = 0, pruned = 0 } = person
    const older = { connection, user: userId, from: { $lt: moved } }
    const chunks = moved === 0 ? [] : await history.find(older, { sort: { from: 1 } })
    try {
      return wholeHistory(person, chunks)
    } catch (error) {
      if (pruned === before) throw error
      before = pruned
    }
  }
}
