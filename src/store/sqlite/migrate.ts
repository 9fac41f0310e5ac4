import type { Database } from './database.js'
import { storeError } from './failures.js'
import { MIGRATIONS } from './migrations/index.js'

/** "EntC": marks the file as ours, https://www.sqlite.org/pragma.html#pragma_application_id. */
const APPLICATION_ID = 0x456e7443

/**
 * Refuses what a newer version or another application wrote. To be called before anything is written, the switch to
 * write-ahead logging included.
 */
export function checkOwner(db: Database): Promise<void> {
  return db.read(() => refuseOthers(db, MIGRATIONS), 'open')
}

/** Each in a transaction of its own. Of two that start at once one waits, and then finds it done. */
export async function migrate(db: Database, migrations = MIGRATIONS): Promise<void> {
  let version = await db.read(() => schemaVersion(db))
  while (version < migrations.length)
    version = await db.write(() => {
      refuseOthers(db, migrations)
      const done = schemaVersion(db)
      const next = migrations[done]
      if (next === undefined) return done
      db.script(next)
      db.script(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${done + 1}`)
      return done + 1
    })
}

function refuseOthers(db: Database, migrations: readonly string[]): void {
  const version = schemaVersion(db)
  const owner = number(db, 'PRAGMA application_id')
  const tables = number(db, 'SELECT count(*) FROM sqlite_schema')
  const words = `application id ${owner}, schema ${version}; this version knows schema ${migrations.length}`
  if (owner !== APPLICATION_ID && (owner !== 0 || version !== 0 || tables > 0))
    throw storeError('store.corrupt', {
      act: 'open',
      path: db.path,
      words,
      because: 'the file belongs to another application',
    })
  if (version > migrations.length) throw storeError('store.schema-newer', { act: 'open', path: db.path, words })
}

function schemaVersion(db: Database): number {
  return number(db, 'PRAGMA user_version')
}

function number(db: Database, sql: string): number {
  return Number(Object.values(db.get(sql) ?? {})[0] ?? 0)
}
