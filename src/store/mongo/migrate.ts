import type { CollectionName } from './documents.js'
import type { Database } from './database.js'
import { storeError } from './failures.js'

const APPLICATION = 'entra-connector'
const ID = 'store'

interface Index {
  readonly collection: CollectionName
  readonly keys: Readonly<Record<string, 1>>
  readonly unique?: true
  /** Only documents that have this property. */
  readonly where?: string
}

/** Indexes, or what is to be done to documents: it may be done twice, by several at once, and stop anywhere. */
type Migration = readonly Index[] | ((db: Database) => Promise<void>)

/** In order, the first is number 1. What was released is never edited: the next one mends it. */
export const MIGRATIONS: readonly Migration[] = [
  [
    { collection: 'people', keys: { key: 1 }, unique: true },
    { collection: 'people', keys: { connection: 1, id: 1 } },
    { collection: 'people', keys: { connection: 1, upn: 1 } },
    { collection: 'people', keys: { connection: 1, status: 1, account: 1, loggedIn: 1, id: 1 } },
    { collection: 'people', keys: { connection: 1, accountReason: 1, id: 1 }, where: 'accountReason' },
    { collection: 'people', keys: { connection: 1, keys: 1 }, where: 'keys' },
    { collection: 'people', keys: { connection: 1, dueAt: 1, id: 1 }, where: 'dueAt' },
    { collection: 'history', keys: { connection: 1, user: 1, from: 1 } },
    { collection: 'runs', keys: { connection: 1, startedAt: 1, runId: 1 } },
    { collection: 'runs', keys: { connection: 1, finished: 1, startedAt: 1 } },
    { collection: 'runLines', keys: { connection: 1, runId: 1, from: 1 } },
    { collection: 'stamps', keys: { connection: 1, pass: 1 } },
    { collection: 'candidates', keys: { connection: 1, sweep: 1, id: 1 } },
    { collection: 'parked', keys: { connection: 1, entraObjectId: 1 } },
    { collection: 'tickets', keys: { connection: 1, until: 1 } },
    { collection: 'tokens', keys: { connection: 1, hash: 1 }, unique: true },
    { collection: 'tokens', keys: { connection: 1, id: 1 } },
  ],
  [
    { collection: 'people', keys: { connection: 1, removalState: 1, id: 1 }, where: 'removalState' },
    { collection: 'people', keys: { connection: 1, hold: 1, removalState: 1, id: 1 }, where: 'hold' },
    { collection: 'holds', keys: { connection: 1, createdAt: 1, id: 1 } },
    { collection: 'holds', keys: { connection: 1, ended: 1, createdAt: 1, id: 1 } },
    { collection: 'replaced', keys: { connection: 1, startedAt: 1, runId: 1, no: 1 } },
    { collection: 'history', keys: { connection: 1, at: 1 }, where: 'at' },
  ],
  dateHistory,
]

/** Documents that are read at a time. */
const PORTION = 500

/** Older history had no age, and what has none is never dropped. That with the first entry of a person has none now. */
async function dateHistory({ collections: { history } }: Database): Promise<void> {
  for (let after = ''; ;) {
    const some = await history.find({ _id: { $gt: after } }, { sort: { _id: 1 }, limit: PORTION })
    const undated = some.filter(({ from, at }) => from > 0 && at === undefined)
    await history.bulk(
      undated.flatMap(({ _id, entries }) => {
        const at = entries.at(-1)?.at
        return at === undefined ? [] : [{ filter: { _id }, update: { $set: { at } } }]
      }),
    )
    const last = some.at(-1)
    if (!last || some.length < PORTION) return
    after = last._id
  }
}

/**
 * Refuses what a newer version or another application wrote, before anything is written. Making an index that is there
 * does nothing, so that several processes may start at once; the number is raised last.
 */
export async function migrate(db: Database, migrations = MIGRATIONS): Promise<void> {
  const { meta } = db.collections
  const found = await meta.one({ _id: ID })
  if (!found || found.application !== APPLICATION) await refuseStrangers(db, found?.application ?? null)
  const version = found?.schema ?? 0
  if (version > migrations.length)
    throw storeError('store.schema-newer', db.address, {
      act: 'open',
      because: 'a newer version wrote it',
      remedy: 'Start the newer version, or set STORE_URL to another database.',
      words: `schema ${version}; this version knows schema ${migrations.length}`,
    })
  if (!found) await meta.upsert({ _id: ID }, { $setOnInsert: { application: APPLICATION, schema: 0 } })
  for (const [i, migration] of migrations.entries()) {
    if (i < version) continue
    if (typeof migration === 'function') await migration(db)
    else await Promise.all(migration.map((index) => create(db, index)))
    await meta.update({ _id: ID, schema: { $lt: i + 1 } }, { $set: { schema: i + 1 } })
  }
}

async function create(db: Database, { collection, keys, unique, where }: Index): Promise<void> {
  await db.createIndex(
    collection,
    { ...keys },
    {
      ...(unique ? { unique } : {}),
      ...(where === undefined ? {} : { partialFilterExpression: { [where]: { $exists: true } } }),
    },
  )
}

async function refuseStrangers(db: Database, application: string | null): Promise<void> {
  const names = (await db.collectionNames()).filter((name) => !name.startsWith('system.'))
  if (names.length === 0 && application === null) return
  if (application === null && names.includes('meta') && (await hasBegun(db))) return
  throw storeError('store.corrupt', db.address, {
    act: 'open',
    because: 'the database belongs to another application',
    remedy: 'Set STORE_URL to a database of its own; it is made when it does not exist.',
    words: application === null ? `collections ${names.slice(0, 5).join(', ')}` : `application ${application}`,
  })
}

/** Another process of ours may have begun just now: a read does not see that before the majority has it, a write does. */
function hasBegun({ collections: { meta } }: Database): Promise<boolean> {
  const ours = { application: APPLICATION }
  return meta.update({ _id: ID, ...ours }, { $set: ours }, 'open')
}
