import type { HistoryEntry } from '../../domain/user.js'
import type { ArchiveItem, Wanted } from '../port-archive.js'
import { HISTORY_INSIDE, HISTORY_MOVED } from './changes.js'
import type { Filter, Op } from './collection.js'
import type { HistoryDocument, PersonDocument } from './documents.js'
import { chunkOf, readHistory, wholeHistory } from './history.js'
import { personKey } from './keys.js'
import type { Scope } from './people.js'
import { insertion, userOf } from './records.js'

/** People as they move, with their whole history. */

const SELECT = { keys: 0, search: 0 } as const

export async function readPeople({ db, connection }: Scope, wanted: Wanted): Promise<ArchiveItem<'users'>[]> {
  const { people, history } = db.collections
  const found =
    'keys' in wanted
      ? await people.find({ connection, id: { $in: wanted.keys } }, { select: SELECT })
      : await people.find(
          { connection, id: { $gt: wanted.after ?? '' } },
          { select: SELECT, sort: { id: 1 }, limit: wanted.limit },
        )
  const moved = found.filter((person) => (person.moved ?? 0) > 0).map(({ id }) => id)
  const older = new Map<string, HistoryDocument[]>()
  if (moved.length > 0)
    for (const chunk of await history.find({ connection, user: { $in: moved } }, { sort: { user: 1, from: 1 } }))
      older.set(chunk.user, [...(older.get(chunk.user) ?? []), chunk])
  const items: ArchiveItem<'users'>[] = []
  for (const person of found) {
    const user = userOf(person)
    if (user) items.push({ key: user.id, value: { user, history: await historyOf(person, older.get(user.id) ?? []) } })
  }
  return items

  /** Read again by themselves where something was moved or dropped meanwhile. */
  function historyOf(person: PersonDocument, chunks: readonly HistoryDocument[]): Promise<HistoryEntry[]> {
    try {
      return Promise.resolve(wholeHistory(person, chunks))
    } catch {
      return readHistory(db, connection, person.id ?? '')
    }
  }
}

/** Older entries first, so that whoever is there has all of theirs. */
export async function putPeople(scope: Scope, items: readonly ArchiveItem<'users'>[]): Promise<void> {
  const { db, connection } = scope
  const { people, history } = db.collections
  const chunks: HistoryDocument[] = []
  const inserts: Op[] = []
  const keys: string[] = []
  for (const { key: id, value } of items) {
    keys.push(personKey(connection, value.user))
    const { moved, inside } = split(value.history)
    for (let from = 0; from < moved.length; from += HISTORY_MOVED)
      chunks.push(chunkOf(connection, id, from, moved.slice(from, from + HISTORY_MOVED)))
    const { insert } = insertion(value.user, { connection, entries: inside, mark: {} }) as { insert: Filter }
    inserts.push({ insert: { ...insert, entries: value.history.length, moved: moved.length } })
  }
  await dropPeople(
    scope,
    items.map(({ key }) => key),
  )
  await people.remove({ key: { $in: keys } })
  await history.copy(chunks)
  const { whole } = await people.bulk(inserts)
  if (!whole) throw new Error('people of one portion stand in each other’s way')
}

/** As it would stand after many small commits. */
function split(history: readonly HistoryEntry[]): { moved: HistoryEntry[]; inside: HistoryEntry[] } {
  const over = Math.max(0, history.length - HISTORY_INSIDE)
  const at = Math.ceil(over / HISTORY_MOVED) * HISTORY_MOVED
  return { moved: history.slice(0, at), inside: history.slice(at) }
}

export async function dropPeople({ db, connection }: Scope, ids: readonly string[]): Promise<void> {
  await db.collections.people.remove({ connection, id: { $in: ids } })
  await db.collections.history.remove({ connection, user: { $in: ids } })
}
