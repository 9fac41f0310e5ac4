import { DatabaseSync } from '@photostructure/sqlite'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openStore } from '../../../src/store/open.js'
import type { Store } from '../../../src/store/port.js'
import { quickUpdates, testDatabase } from '../../support/mongo.js'

/** Where a trial keeps its people. */
export interface TrialStore {
  /** `STORE_URL` of a process in the trial's folder. */
  readonly url: string
  /**
   * Whether a page is written whole or not at all. Otherwise people who were written are read again and found unchanged,
   * and revisions of those who were not have moved on.
   */
  readonly isWhole: boolean
  /** Reads through the port, as the commands do, what is there; a killed process's store is not mended by that. */
  look<T>(work: (store: Store) => Promise<T>): Promise<T>
  /** `ok`, or what is wrong with what lies there. */
  integrity(): Promise<string>
  /** From now on another may begin as what this one is now. */
  keep(): Promise<void>
  remove(): Promise<void>
}

/** Opens a new one in a folder: empty, or as another was when it was kept. */
export type NewStore<S extends TrialStore> = (folder: string, like?: S) => Promise<S>

export interface FileStore extends TrialStore {
  readonly path: string
  /** The file as it lies there, and its log; opening a store mends it. */
  copy(): Promise<string>
}

export async function inFile(folder: string, like?: FileStore): Promise<FileStore> {
  const path = join(folder, 'connector.db')
  if (like) await copyFile(like.path, path)
  const copy = (): Promise<string> => copyStore(path, join(folder, 'copy.db'))
  return {
    url: 'sqlite:connector.db',
    isWhole: true,
    path,
    copy,
    look: async (work) =>
      using(await openStore({ kind: 'sqlite', path: await copy() }, { now: () => new Date() }), work),
    integrity: async () => checkIntegrity(await copy()),
    keep: () => Promise.resolve(),
    remove: () => Promise.resolve(),
  }
}

interface DatabaseStore extends TrialStore {
  readonly kept: ReadonlyMap<string, readonly Document[]>
}
type Document = Record<string, unknown>

/** A database of its own on the server of TEST_MONGO_URL. */
export async function inDatabase(_folder: string, like?: DatabaseStore): Promise<DatabaseStore> {
  const database = await testDatabase()
  const { db, url, drop } = database
  const look = async <T>(work: (store: Store) => Promise<T>): Promise<T> =>
    using(await openStore({ kind: 'mongodb' }, { now: () => new Date(), url }), work)
  await look(() => Promise.resolve())
  await quickUpdates(database)
  for (const [name, documents] of like?.kept ?? []) {
    await db.collection(name).deleteMany({})
    if (documents.length > 0) await db.collection(name).insertMany([...documents])
  }
  const kept = new Map<string, Document[]>()
  let removed: Promise<void> | null = null
  return {
    url,
    isWhole: false,
    kept,
    look,
    async integrity() {
      const shown = { key: 1, entries: 1, moved: 1, 'history.at': 1 } as const
      const people = await db.collection('people').find({}, { projection: shown }).toArray()
      const torn = people.filter(
        ({ entries = 0, moved = 0, history = [] }) => Number(entries) - Number(moved) !== (history as unknown[]).length,
      )
      return torn.length === 0 ? 'ok' : `history entries are missing: ${torn.map(({ key }) => String(key)).join(', ')}`
    },
    async keep() {
      for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray())
        kept.set(name, await db.collection(name).find({}, { promoteValues: false }).toArray())
    },
    remove: () => (removed ??= drop()),
  }
}

async function using<T>(store: Store, work: (store: Store) => Promise<T>): Promise<T> {
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** SQLite's own look at the file. */
function checkIntegrity(path: string): string {
  const db = new DatabaseSync(path)
  try {
    const { integrity_check: verdict } = db.prepare('PRAGMA integrity_check').get() as { integrity_check: string }
    return verdict
  } finally {
    db.close()
  }
}

/** A process killed early has left none, and then there is no copy either. */
async function copyStore(from: string, to: string): Promise<string> {
  for (const part of ['', '-wal']) {
    await rm(to + part, { force: true })
    await copyFile(from + part, to + part).catch(unlessMissing)
  }
  return to
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
}
