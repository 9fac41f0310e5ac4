import { ConnectorError } from '../../domain/errors.js'
import type { HistoryEntry } from '../../domain/user.js'
import type { ArchiveItem, Wanted } from '../port-archive.js'
import { HISTORY_INSIDE, HISTORY_MOVED } from './changes.js'
import type { Filter, Op } from './collection.js'
import type { HistoryDocument, PersonDocument } from './documents.js'
import { chunkOf, readHistory, wholeHistory } from './history.js'
import { personKey } from './keys.js'
import type { Scope } from './people.js'
import { insertion, userOf } from './records.js'
import { stateUnder } from './state.js'

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

/**
 * Older entries first, so that whoever is there has all of theirs. Everything carries the fence it was put under. Throws
 * `lease.lost` where a later copy has put one of them, and `usage.invalid` where somebody uses the store already.
 */
export async function putPeople(scope: Scope, items: readonly ArchiveItem<'users'>[], copied: number): Promise<void> {
  const { db, connection } = scope
  const { people, history } = db.collections
  const chunks: HistoryDocument[] = []
  const inserts: Op[] = []
  const keys: string[] = []
  for (const { key: id, value } of items) {
    keys.push(personKey(connection, value.user))
    const { moved, inside } = split(value.history)
    for (let from = 0; from < moved.length; from += HISTORY_MOVED)
      chunks.push({ ...chunkOf(connection, id, from, moved.slice(from, from + HISTORY_MOVED)), copied })
    const { insert } = insertion(value.user, { connection, entries: inside, mark: {} }) as { insert: Filter }
    inserts.push({ insert: { ...insert, entries: value.history.length, moved: moved.length, copied } })
  }
  await dropPeople(
    scope,
    items.map(({ key }) => key),
    copied,
  )
  await people.remove({ key: { $in: keys }, ...untouched(copied) })
  await history.copy(chunks)
  const { whole } = await people.bulk(inserts)
  if (whole) return
  await stateUnder(db, connection, copied)
  throw new ConnectorError('usage.invalid', {
    message: 'Somebody uses the store we copy to: people there have changed since they were copied',
    remedy: 'Stop whatever uses it, and copy to a new one.',
  })
}

/** As it would stand after many small commits. */
function split(history: readonly HistoryEntry[]): { moved: HistoryEntry[]; inside: HistoryEntry[] } {
  const over = Math.max(0, history.length - HISTORY_INSIDE)
  const at = Math.ceil(over / HISTORY_MOVED) * HISTORY_MOVED
  return { moved: history.slice(0, at), inside: history.slice(at) }
}

/** Those whom nobody has written since they were copied, and no later copy has put. */
export async function dropPeople({ db, connection }: Scope, ids: readonly string[], copied: number): Promise<void> {
  const { people, history } = db.collections
  const named = { connection, id: { $in: ids } }
  await people.remove({ ...named, ...untouched(copied) })
  const left = new Set((await people.find(named, { select: { id: 1 } })).map(({ id }) => id))
  const gone = ids.filter((id) => !left.has(id))
  await history.remove({ connection, user: { $in: gone }, copied: { $lte: copied } })
}

/** An older version has not said under which fence it copied. */
function untouched(copied: number): Filter {
  return { commit: null, last: null, copied: { $not: { $gt: copied } } }
}
