import type { HistoryEntry } from '../../domain/user.js'
import { HISTORY_INSIDE, HISTORY_MOVED } from './changes.js'
import type { Database } from './database.js'
import { damaged } from './failures.js'
import { documentId } from './keys.js'

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
  await history.copy([{ _id: documentId(connection, id, moved), connection, user: id, from: moved, entries }])
  await people.update(
    { key, revision: person.revision, moved },
    {
      $set: { moved: moved + HISTORY_MOVED },
      $push: { history: { $each: [], $slice: HISTORY_MOVED - inside.length } },
    },
  )
}

/** Oldest first. The person is read first: what they say was moved can be found. */
export async function readHistory(db: Database, connection: string, userId: string): Promise<HistoryEntry[]> {
  const select = { id: 1, moved: 1, history: 1 } as const
  const person = await db.collections.people.one({ connection, id: userId }, select)
  if (!person) return []
  const { moved = 0, history: inside = [] } = person
  const older =
    moved === 0
      ? []
      : await db.collections.history.find({ connection, user: userId, from: { $lt: moved } }, { sort: { from: 1 } })
  const entries = older.flatMap((chunk) => chunk.entries)
  if (entries.length !== moved)
    throw damaged(`the history of user ${userId}`, `${entries.length} of ${moved} moved entries are there`)
  return [...entries, ...inside]
}
