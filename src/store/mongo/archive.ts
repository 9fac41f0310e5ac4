import { leaseLost } from '../failures.js'
import {
  LOG_PORTION,
  wantedFeeds,
  type ArchiveItem,
  type ArchiveKind,
  type ArchiveStore,
  type Wanted,
} from '../port-archive.js'
import { dropPeople, putPeople, readPeople } from './archive-people.js'
import type { Collection, Filter } from './collection.js'
import type { Database } from './database.js'
import { holdDocument, holdOf } from './holds.js'
import { keepRun } from './intent.js'
import { documentId } from './keys.js'
import { spanOf, written } from './parked.js'
import type { Scope } from './people.js'
import { recordOf } from './runs.js'
import { readFeed, readState, setFeeds, stateUnder } from './state.js'
import { tokenOf } from './tokens.js'

/**
 * How items of a kind are read and written. What stands under the key of an item is dropped before it is inserted. The
 * fence has been compared by then; a copy that sleeps right after that leaves alone what could do harm if it came back:
 * people and their history, holds, tokens that were revoked, what the feeds remember.
 */
interface Shelf<K extends ArchiveKind> {
  read(scope: Scope, wanted: Wanted): Promise<ArchiveItem<K>[]>
  put(scope: Scope, items: readonly ArchiveItem<K>[], fence: number): Promise<void>
  drop(scope: Scope, keys: readonly string[], fence: number): Promise<void>
}

/** The mark of candidates that came from another store. */
const SWEEP = 'copied'

const SHELVES: { readonly [K in ArchiveKind]: Shelf<K> } = {
  users: { read: readPeople, put: putPeople, drop: dropPeople },

  parked: {
    read: async (scope, wanted) =>
      (await next(scope.db.collections.parked, scope, wanted)).map((document) => {
        return { key: document.entraObjectId, value: spanOf(document) }
      }),
    put: async ({ db, connection }, items) => {
      await insert(
        db.collections.parked,
        items.map(({ key, value: { first, last } }) => {
          const _id = documentId(connection, key)
          return { _id, connection, entraObjectId: key, first: written(first), last: written(last) }
        }),
      )
    },
    drop: ({ db, connection }, keys) => db.collections.parked.remove(idsOf(connection, keys)),
  },

  candidates: {
    read: async ({ db, connection }, wanted) => {
      const sweep = (await readState(db, connection))?.passes.sweep
      if (!sweep) return []
      const [id, limit] =
        'keys' in wanted ? [{ $in: wanted.keys }, {}] : [{ $gt: wanted.after ?? '' }, { limit: wanted.limit }]
      const found = await db.collections.candidates.find({ connection, sweep, id }, { sort: { id: 1 }, ...limit })
      return found.map((document) => ({ key: document.id, value: null }))
    },
    put: async ({ db, connection }, items) => {
      const { sweep, pass } = await sweepOf({ db, connection })
      await insert(
        db.collections.candidates,
        items.map(({ key: id }) => ({ _id: documentId(connection, sweep, id), connection, sweep, pass, id })),
      )
    },
    drop: async ({ db, connection }, keys) => {
      await db.collections.candidates.remove({ connection, id: { $in: keys } })
    },
  },

  tokens: {
    read: async (scope, wanted) =>
      (await next(scope.db.collections.tokens, scope, wanted)).map((document) => {
        return { key: document.id, value: { token: tokenOf(document), hash: document.hash } }
      }),
    put: async ({ db, connection }, items) => {
      const { tokens } = db.collections
      const same = [
        { hash: { $in: items.map(({ value }) => value.hash) } },
        idsOf(
          connection,
          items.map(({ key }) => key),
        ),
      ]
      await tokens.remove({ connection, revokedAt: null, $or: same })
      await tokens.copy(
        items.map(({ value: { token, hash } }) => {
          const { id, name, scope, createdAt, revokedAt } = token
          return { _id: documentId(connection, id), connection, id, name, scope, createdAt, revokedAt, hash }
        }),
      )
    },
    drop: ({ db, connection }, keys) => db.collections.tokens.remove(idsOf(connection, keys)),
  },

  runs: {
    read: async (scope, wanted) => {
      // The newest one gets a document of its own now instead of when the next run begins.
      const state = await readState(scope.db, scope.connection)
      if (state) await keepRun(scope.db, state)
      const found = await next(scope.db.collections.runs, scope, wanted)
      return found.map((document) => ({ key: document.runId, value: recordOf(document) }))
    },
    put: async ({ db, connection }, items) => {
      for (const { key: runId, value: record } of items) {
        const { startedAt, finishedAt } = record
        // Below every version: whatever a run of this store writes is newer.
        const set = { connection, runId, startedAt, finished: finishedAt !== null, version: -1, record }
        const once = { flushed: 0, tail: [] }
        const filter = { _id: documentId(connection, runId), version: { $lt: 0 } }
        await db.collections.runs.upsert(filter, { $set: set, $setOnInsert: once })
      }
    },
    drop: async ({ db, connection }, keys) => {
      await db.collections.runs.remove(idsOf(connection, keys))
      await db.collections.runLines.remove({ connection, runId: { $in: keys } })
      await db.collections.replaced.remove({ connection, runId: { $in: keys } })
    },
  },

  holds: {
    read: async (scope, wanted) =>
      (await next(scope.db.collections.holds, scope, wanted)).map((hold) => ({ key: hold.id, value: holdOf(hold) })),
    put: async ({ db, connection }, items) => {
      const documents = items.map(({ value }) => holdDocument(connection, value))
      await db.collections.holds.remove({
        $or: documents.map(({ _id, revision }) => ({ _id, revision: { $lte: revision } })),
      })
      await db.collections.holds.copy(documents)
    },
    drop: ({ db, connection }, keys) => db.collections.holds.remove(idsOf(connection, keys)),
  },

  feeds: {
    read: ({ db, connection }, wanted) =>
      Promise.all(
        wantedFeeds(wanted).map(async (name) => ({ key: name, value: await readFeed(db, connection, name) })),
      ),
    put: async ({ db, connection }, items, fence) => {
      const set = setFeeds(Object.fromEntries(items.map(({ key, value }) => [key, value])))
      if (!(await db.collections.connections.update({ _id: connection, fence }, { $set: set }))) throw leaseLost()
    },
    drop: () => Promise.resolve(),
  },
}

/** Documents whose `_id` is the connection and their key. */
function next<D extends { readonly _id: string }>(
  collection: Collection<D>,
  { connection }: Scope,
  wanted: Wanted,
): Promise<D[]> {
  if ('keys' in wanted) return collection.find(idsOf(connection, wanted.keys))
  const start = `${documentId(connection).slice(0, -1)},`
  const after = wanted.after === null ? start : documentId(connection, wanted.after)
  // Every `_id` of the connection goes on with a comma, and the sign after that is a hyphen.
  const filter = { _id: { $gt: after, $lt: `${start.slice(0, -1)}-` } }
  return collection.find(filter, { sort: { _id: 1 }, limit: wanted.limit })
}

async function insert<D extends { readonly _id: string }>(collection: Collection<D>, documents: D[]): Promise<void> {
  await collection.remove({ _id: { $in: documents.map(({ _id }) => _id) } })
  await collection.copy(documents)
}

function idsOf(connection: string, keys: readonly string[]): Filter {
  return { _id: { $in: keys.map((key) => documentId(connection, key)) } }
}

async function sweepOf({ db, connection }: Scope): Promise<{ sweep: string; pass: number }> {
  const { sweep = null, swept: pass = -1 } = (await readState(db, connection))?.passes ?? {}
  if (sweep) return { sweep, pass }
  await db.collections.connections.update({ _id: connection }, { $set: { 'passes.sweep': SWEEP } })
  return { sweep: SWEEP, pass }
}

export function archiveStore(db: Database, connection: string): ArchiveStore {
  const scope: Scope = { db, connection }
  const { connections, runs, runLines } = db.collections
  return {
    read: (kind, wanted) => SHELVES[kind].read(scope, wanted),
    async put(fence, kind, items) {
      await stateUnder(db, connection, fence)
      await SHELVES[kind].put(scope, items, fence)
    },
    async drop(fence, kind, keys) {
      await stateUnder(db, connection, fence)
      await SHELVES[kind].drop(scope, keys, fence)
    },
    async putLog(fence, runId, from, lines) {
      await stateUnder(db, connection, fence)
      const _id = documentId(connection, runId)
      // Shortened first: a record never counts lines that are not there.
      await runs.update({ _id }, { $set: { flushed: from, tail: lines.length < LOG_PORTION ? lines : [] } })
      await runLines.remove({ connection, runId, from: { $gte: from } })
      if (lines.length < LOG_PORTION) return
      await runLines.copy([{ _id: documentId(connection, runId, from), connection, runId, from, lines }])
      await runs.update({ _id }, { $set: { flushed: from + LOG_PORTION } })
    },
    async raiseFence(fence, to) {
      const filter = { _id: connection, fence, 'lease.holder': { $ne: null } }
      if (!(await connections.update(filter, { $set: { fence: to } }))) throw leaseLost()
    },
  }
}
