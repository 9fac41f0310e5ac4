import type { Login } from '../../domain/login.js'
import type { Run } from '../../domain/run.js'
import { leaseLost } from '../failures.js'
import type { ApiToken } from '../port.js'
import {
  wantedFeeds,
  type Archived,
  type ArchiveItem,
  type ArchiveKind,
  type ArchiveStore,
  type Wanted,
} from '../port-archive.js'
import { dropPeople, putPeople, readPeople } from './archive-people.js'
import type { ConnectionNumber } from './connections.js'
import { readFeed, writeFeeds } from './feeds.js'
import { holdOf, insertHold } from './holds.js'
import { park } from './parked.js'
import { dropReplaced } from './replaced.js'
import { parse } from './rows.js'
import { putLines, writeRun } from './runs.js'
import type { Database } from './database.js'
import { checkFence } from './fence.js'
import type { Scope } from './users.js'

/** How items of a kind are read and written. Before anything is put, what stands under its key is dropped. */
interface Shelf<K extends ArchiveKind> {
  read(scope: Scope, wanted: Wanted): ArchiveItem<K>[]
  put(scope: Scope, items: readonly ArchiveItem<K>[]): void
  drop(scope: Scope, keys: readonly string[]): void
}

const SHELVES: { readonly [K in ArchiveKind]: Shelf<K> } = {
  users: { read: readPeople, put: putPeople, drop: dropPeople },

  parked: {
    read: (scope, wanted) =>
      rows<{ key: string; first: string; last: string }>(scope, PARKED, wanted).map(({ key, first, last }) => {
        const login = (json: string) => parse(scope.db, json, `what is parked for ${key}`) as Login
        return { key, value: { entraObjectId: key, first: login(first), last: login(last) } }
      }),
    put: (scope, items) => {
      drop(scope, PARKED, keysOf(items))
      park(scope.db, scope.no, valuesOf(items))
    },
    drop: (scope, keys) => drop(scope, PARKED, keys),
  },

  candidates: {
    read: (scope, wanted) => rows<{ key: string }>(scope, CANDIDATES, wanted).map(({ key }) => ({ key, value: null })),
    put: ({ db, no }, items) => {
      const sql = 'INSERT INTO candidates (connection, id) VALUES (?, ?) ON CONFLICT DO NOTHING'
      for (const { key } of items) db.run(sql, no, key)
    },
    drop: (scope, keys) => drop(scope, CANDIDATES, keys),
  },

  tokens: {
    read: (scope, wanted) =>
      rows<TokenRow>(scope, TOKENS, wanted).map(({ key, hash, data, revoked_at: revokedAt }) => {
        const token = parse(scope.db, data, 'an API token') as ApiToken
        return { key, value: { token: { ...token, revokedAt }, hash } }
      }),
    put: (scope, items) => {
      const { db, no } = scope
      drop(scope, TOKENS, keysOf(items))
      for (const { token, hash } of valuesOf(items))
        db.run(
          'INSERT OR REPLACE INTO tokens (connection, id, hash, data, revoked_at) VALUES (?, ?, ?, ?, ?)',
          no,
          token.id,
          hash,
          JSON.stringify(token),
          token.revokedAt,
        )
    },
    drop: (scope, keys) => drop(scope, TOKENS, keys),
  },

  runs: {
    read: (scope, wanted) =>
      rows<{ key: string; data: string }>(scope, RUNS, wanted).map(({ key, data }) => {
        return { key, value: parse(scope.db, data, `the record of run ${key}`) as Run }
      }),
    put: ({ db, no }, items) => {
      for (const run of valuesOf(items)) writeRun(db, no, run, [])
    },
    drop: (scope, keys) => {
      for (const key of keys) {
        putLines(scope.db, scope.no, key, 0, [])
        dropReplaced(scope.db, scope.no, key)
      }
      drop(scope, RUNS, keys)
    },
  },

  holds: {
    read: (scope, wanted) =>
      rows<{ key: string; data: string }>(scope, HOLDS, wanted).map(({ key, data }) => {
        return { key, value: holdOf(scope.db, { id: key, data }) }
      }),
    put: (scope, items) => {
      drop(scope, HOLDS, keysOf(items))
      for (const hold of valuesOf(items)) insertHold(scope.db, scope.no, hold)
    },
    drop: (scope, keys) => drop(scope, HOLDS, keys),
  },

  feeds: {
    read: ({ db, no }, wanted) => wantedFeeds(wanted).map((name) => ({ key: name, value: readFeed(db, no, name) })),
    put: ({ db, no }, items) => writeFeeds(db, no, Object.fromEntries(items.map(({ key, value }) => [key, value]))),
    drop: () => undefined,
  },
}

interface TokenRow {
  readonly key: string
  readonly hash: string
  readonly data: string
  readonly revoked_at: string | null
}

interface Table {
  readonly name: string
  readonly key: string
  readonly columns: string
}

const PARKED: Table = { name: 'parked', key: 'entra_object_id', columns: ', first, last' }
const CANDIDATES: Table = { name: 'candidates', key: 'id', columns: '' }
const TOKENS: Table = { name: 'tokens', key: 'id', columns: ', hash, data, revoked_at' }
const HOLDS: Table = { name: 'holds', key: 'id', columns: ', data' }
const RUNS: Table = { name: 'runs', key: 'id', columns: ', data' }

function rows<R>({ db, no }: Scope, { name, key, columns }: Table, wanted: Wanted): R[] {
  const start = `SELECT ${key} AS key${columns} FROM ${name} WHERE connection = ? AND ${key}`
  return 'keys' in wanted
    ? db.all<R>(`${start} IN (SELECT value FROM json_each(?)) ORDER BY ${key}`, no, JSON.stringify(wanted.keys))
    : db.all<R>(`${start} > ? ORDER BY ${key} LIMIT ?`, no, wanted.after ?? '', wanted.limit)
}

function drop({ db, no }: Scope, { name, key }: Table, keys: readonly string[]): void {
  const sql = `DELETE FROM ${name} WHERE connection = ? AND ${key} IN (SELECT value FROM json_each(?))`
  db.run(sql, no, JSON.stringify(keys))
}

export function archiveStore(db: Database, connection: ConnectionNumber): ArchiveStore {
  const scope = (): Scope => ({ db, name: connection.name, no: connection.get() })
  const write = (fence: number, work: (scope: Scope) => void): Promise<void> =>
    db.write(() => {
      checkFence(db, connection.get(), fence)
      work(scope())
    })
  return {
    read: (kind, wanted) => db.read(() => SHELVES[kind].read(scope(), wanted)),
    put: (fence, kind, items) => write(fence, (own) => SHELVES[kind].put(own, items)),
    drop: (fence, kind, keys) => write(fence, (own) => SHELVES[kind].drop(own, keys)),
    putLog: (fence, runId, from, lines) => write(fence, ({ no }) => putLines(db, no, runId, from, lines)),
    raiseFence: (fence, to) =>
      db.write(() => {
        const sql = 'UPDATE leases SET fence = ? WHERE connection = ? AND fence = ? AND holder IS NOT NULL'
        if (db.run(sql, to, connection.get(), fence) === 0) throw leaseLost()
      }),
  }
}

function keysOf<K extends ArchiveKind>(items: readonly ArchiveItem<K>[]): string[] {
  return items.map(({ key }) => key)
}

function valuesOf<K extends ArchiveKind>(items: readonly ArchiveItem<K>[]): Archived[K][] {
  return items.map(({ value }) => value)
}
