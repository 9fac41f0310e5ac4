import { PROFILE_FIELDS, type User } from '../../../src/domain/user.js'
import type { ConnectionStore, Replaced, Undoable } from '../../../src/store/port.js'
import { all } from '../support.js'

/** What undoing all of some runs would make of the people. */
export interface Undone {
  readonly id: string
  readonly entraObjectId: string | null
  /** Whether nobody else is said to have changed them since. */
  readonly isCurrent: boolean
  /** Null: they were not there. */
  readonly before: Undoable | null
}

const UNDOABLE = [...PROFILE_FIELDS, 'presence', 'source', 'through', 'account'] as const

export function undoableOf(user: User): Undoable {
  return Object.fromEntries(UNDOABLE.map((name) => [name, user[name]])) as unknown as Undoable
}

/** Everybody these runs name who is there, in order of their object id. */
export async function undoing(store: ConnectionStore, runIds: readonly string[]): Promise<Undone[]> {
  const named = new Map<string, Replaced[]>()
  for (const runId of runIds)
    for (const one of (await all(store.runs.replaced(runId))).flat())
      named.set(one.id, [...(named.get(one.id) ?? []), one])
  const { users } = await store.list({ limit: 1000 })
  return users
    .flatMap((user) => {
      const entries = named.get(user.id)?.sort((a, b) => b.revision - a.revision)
      return entries ? [undone(user, entries)] : []
    })
    .sort((a, b) => ((a.entraObjectId ?? '') < (b.entraObjectId ?? '') ? -1 : 1))
}

/** The entries newest first. */
function undone(user: User, entries: readonly Replaced[]): Undone {
  const { id, entraObjectId } = user
  let before: Undoable | null = undoableOf(user)
  for (const entry of entries) before = entry.before && before && { ...before, ...entry.before }
  return { id, entraObjectId, isCurrent: entries[0]?.revision === user.revision, before }
}
