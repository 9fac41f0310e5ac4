import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ConnectionStore, Store } from '../port.js'
import { connectionNames, storeOrigin } from './archive-origin.js'
import { archiveStore } from './archive.js'
import { commitBatch, writePart } from './commit.js'
import { ConnectionNumber } from './connections.js'
import { Database } from './database.js'
import { storeFailure } from './failures.js'
import { readFeed } from './feeds.js'
import { holdStore } from './holds.js'
import { BY_KEY } from './keys.js'
import { leaseStore, type LeaseOptions } from './leases.js'
import { checkOwner, migrate } from './migrate.js'
import { runStore } from './runs.js'
import { parkedIds } from './parked.js'
import { readUsers } from './rows.js'
import { ticketStore } from './tickets.js'
import { tokenStore } from './tokens.js'
import {
  countOwed,
  dueUsers,
  findUsers,
  knownUsers,
  listUsers,
  readCandidates,
  readHistory,
  readRemovals,
  readTally,
  type Scope,
} from './users.js'

/**
 * The embedded store: one file with write-ahead logging, so that others read while a run writes.
 *
 * A person is one row whose column `data` is the whole record as a JSON array: reading a page is then one statement and
 * one short parse per person. The other columns exist to find by. Each random-ordered index is paid for by every
 * newcomer, so there are two only, over user names and object ids, and the latter are held as 16 bytes. History entries a person came
 * with are shared among all who came with the same ones; later ones are rows of their own. People are counted as they
 * are written. Stamps of a full pass are one row a page, and so is what a commit of a run replaced. Indexes over what
 * most people do not have (a removal, an owed email) hold those who do. What is old is dropped by whoever holds the
 * lease, a small batch at a time, over indexes by age; tickets that are over go whenever one is put.
 */

const BUSY_MS = 5_000
const SWITCH_MS = 20

const PAGE_BYTES = 8192

/** 32 MB. Copying the log into the file less often copies each page of an index fewer times. */
const LOG_PAGES = 4_000
const CACHE_KB = 16_000

/** Throws `store.*`; a schema of a newer version is refused before anything is written. */
export async function openSqlite(path: string, options: LeaseOptions): Promise<Store> {
  const file = resolve(path)
  const db = await openFile(file)
  return {
    of: (connection) => connectionStore(db, new ConnectionNumber(db, connection), options),
    connections: () => connectionNames(db),
    archive: (connection) => archiveStore(db, new ConnectionNumber(db, connection)),
    origin: storeOrigin(db),
    close: () => db.closeInTurn(),
  }
}

async function openFile(path: string): Promise<Database> {
  let db: Database | undefined
  try {
    makeFolder(dirname(path))
    closeSync(openSync(path, 'a', 0o600))
    db = new Database(path, BUSY_MS)
    await checkOwner(db)
    db.script(`
      PRAGMA page_size = ${PAGE_BYTES};
      PRAGMA synchronous = NORMAL;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -${CACHE_KB};
      PRAGMA wal_autocheckpoint = ${LOG_PAGES};`)
    await logAhead(db)
    await migrate(db)
    return db
  } catch (error) {
    db?.close()
    throw storeFailure(error, 'open', path)
  }
}

/** Node's own recursive `mkdir` never returns below a folder that lets nothing be made, such as `/proc`. */
function makeFolder(path: string): void {
  if (existsSync(path) || dirname(path) === path) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (!existsSync(path)) throw error
  }
}

/** Of several that start on a new file at once SQLite refuses all but one, without the wait it grants elsewhere. */
async function logAhead(db: Database): Promise<void> {
  for (let waited = 0; ; waited += SWITCH_MS)
    try {
      db.script('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (storeFailure(error, 'open', db.path).code !== 'store.locked' || waited >= BUSY_MS) throw error
      await setTimeout(SWITCH_MS)
    }
}

function connectionStore(db: Database, connection: ConnectionNumber, options: LeaseOptions): ConnectionStore {
  const read = <T>(work: (scope: Scope) => T): Promise<T> =>
    db.read(() => work({ db, name: connection.name, no: connection.get() }))
  return {
    connection: connection.name,
    known: (entraObjectIds) => read((scope) => knownUsers(scope, entraObjectIds)),
    find: (idOrUpn) => read((scope) => findUsers(scope, idOrUpn)),
    findAll: (names) => read((scope) => new Map(names.map((one) => [one, findUsers(scope, one)]))),
    byKey: (key) => read(({ name, no }) => readUsers(db, name, BY_KEY, no, key)),
    due: (now, limit) => read((scope) => dueUsers(scope, now, limit)),
    owed: () => read(countOwed),
    parked: ({ limit, after = '' }) => read(({ no }) => parkedIds(db, no, limit, after)),
    list: (query) => read((scope) => listUsers(scope, query)),
    history: (userId) => read((scope) => readHistory(scope, userId)),
    tally: () => read(readTally),
    candidates: ({ limit, after = '' }) => read((scope) => readCandidates(scope, limit, after)),
    removals: (query) => read((scope) => readRemovals(scope, query)),
    feed: (name) => read(({ no }) => readFeed(db, no, name)),
    commit: (batch) => commitBatch(db, connection, batch),
    write: (part) => writePart(db, connection, part),
    tickets: ticketStore(db, connection, options),
    tokens: tokenStore(db, connection),
    holds: holdStore(db, connection),
    runs: runStore(db, connection),
    lease: leaseStore(db, connection, options),
  }
}
