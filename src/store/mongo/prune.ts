import type { Ages } from '../port.js'
import { HISTORY_MOVED } from './changes.js'
import type { Op } from './collection.js'
import type { Database } from './database.js'
import { documentId } from './keys.js'
import { stateUnder } from './state.js'

/**
 * What is older than it is kept, a few documents at a time, the oldest first and over an index by age. What says that
 * something is there is changed before it goes: stopped anywhere, nothing looks damaged, and the next call goes on. The
 * fence is compared once: what is old enough for a process that has lost the lease is so for the next one, too.
 */

interface Part {
  readonly db: Database
  readonly connection: string
  readonly ages: Ages
  /** Runs that stay, with all that belongs to them. */
  readonly newest: readonly string[]
}

/** Gives how many documents have gone, `limit` at most. */
export async function prune(
  db: Database,
  connection: string,
  fence: number,
  ages: Ages,
  limit: number,
): Promise<number> {
  const state = await stateUnder(db, connection, fence)
  const current = state.run?.record
  const [last] = await db.collections.runs.find({ connection }, NEWEST)
  // The clock may have been wrong: then the one in the connection's document is not the newest, and stays as well.
  const isNewest = last && (!current || last.startedAt > current.startedAt)
  const newest = [...(current ? [current.runId] : []), ...(isNewest ? [last.runId] : [])]
  const part: Part = { db, connection, ages, newest }
  let left = limit
  for (const drop of [dropRuns, dropReplaced, dropHistory, dropHolds]) if (left > 0) left -= await drop(part, left)
  return limit - left
}

const NEWEST = { select: { runId: 1, startedAt: 1 }, sort: { startedAt: -1, runId: -1 }, limit: 1 } as const

async function dropRuns({ db, connection, ages, newest }: Part, limit: number): Promise<number> {
  if (ages.runs === null) return 0
  const { runs, runLines, replaced } = db.collections
  const old = await runs.find(
    { connection, finished: true, startedAt: { $lt: ages.runs }, runId: { $nin: newest } },
    { select: { runId: 1, startedAt: 1 }, sort: { startedAt: 1 }, limit },
  )
  if (old.length === 0) return 0
  const runIds = old.map(({ runId }) => runId)
  await runs.bulk(old.map(({ _id }) => ({ filter: { _id }, update: { $set: { flushed: 0, tail: [], replaced: 0 } } })))

  const lines = await runLines.find({ connection, runId: { $in: runIds } }, { select: { _id: 1 }, limit })
  await removeAll(runLines, lines)
  let left = limit - lines.length
  if (left === 0) return limit
  const startedAt = { $in: [...new Set(old.map((run) => run.startedAt))] }
  const what = { connection, startedAt, runId: { $in: runIds } }
  const rest = await replaced.find(what, { select: { _id: 1 }, limit: left })
  await removeAll(replaced, rest)
  left -= rest.length
  if (left === 0) return limit
  const gone = old.slice(0, left)
  await removeAll(runs, gone)
  return limit - left + gone.length
}

async function dropReplaced({ db, connection, ages, newest }: Part, limit: number): Promise<number> {
  if (ages.replaced === null) return 0
  const { runs, replaced } = db.collections
  const old = await replaced.find(
    { connection, startedAt: { $lt: ages.replaced }, runId: { $nin: newest } },
    { select: { runId: 1 }, sort: { startedAt: 1, runId: 1, no: 1 }, limit },
  )
  if (old.length === 0) return 0
  const runIds = [...new Set(old.map(({ runId }) => runId))]
  const nothing = { $set: { replaced: 0 } }
  await runs.bulk(runIds.map((runId) => ({ filter: { _id: documentId(connection, runId) }, update: nothing })))
  await removeAll(replaced, old)
  return old.length
}

/**
 * Whatever came before an entry that is old enough counts as older, whatever the clock said then. A document that was
 * copied and does not count as moved yet is left alone: the one it is a copy of is about to be dropped.
 */
async function dropHistory({ db, connection, ages }: Part, limit: number): Promise<number> {
  if (ages.history === null) return 0
  const { people, history } = db.collections
  const found = await history.find(
    { connection, at: { $lt: ages.history } },
    { select: { user: 1, from: 1 }, sort: { at: 1 }, limit },
  )
  if (found.length === 0) return 0
  const users = { connection, id: { $in: [...new Set(found.map(({ user }) => user))] } }
  const owners = await people.find(users, { select: { key: 1, id: 1, moved: 1 } })
  const moved = new Map(owners.map((owner) => [owner.id ?? '', owner.moved ?? 0]))
  const old = found.filter(({ user, from }) => from < (moved.get(user) ?? Infinity))
  const before = new Map<string, number>()
  for (const { user, from } of old) before.set(user, Math.max(before.get(user) ?? 0, from + HISTORY_MOVED))
  const ops = owners.flatMap(({ key, id = '' }): Op[] => {
    const pruned = before.get(id)
    return pruned === undefined ? [] : [{ filter: { key }, update: { $max: { pruned } } }]
  })
  await people.bulk(ops)
  await removeAll(history, old)
  return old.length
}

async function dropHolds({ db, connection, ages }: Part, limit: number): Promise<number> {
  if (ages.runs === null) return 0
  const { holds } = db.collections
  const filter = { connection, ended: true, createdAt: { $lt: ages.runs } }
  const old = await holds.find(filter, { select: { _id: 1 }, sort: { createdAt: 1 }, limit })
  await removeAll(holds, old)
  return old.length
}

async function removeAll(
  collection: { remove(filter: Readonly<Record<string, unknown>>): Promise<void> },
  documents: readonly { readonly _id: string }[],
): Promise<void> {
  if (documents.length > 0) await collection.remove({ _id: { $in: documents.map(({ _id }) => _id) } })
}
