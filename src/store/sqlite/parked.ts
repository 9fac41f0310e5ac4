import type { Login } from '../../domain/login.js'
import type { ParkedSignIns } from '../port.js'
import type { Database } from './database.js'
import { parse } from './rows.js'

const PARK = `
  INSERT INTO parked (connection, entra_object_id, first_at, first, last_at, last) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET
    first = iif(excluded.first_at < first_at, excluded.first, first), first_at = min(first_at, excluded.first_at),
    last = iif(excluded.last_at > last_at, excluded.last, last), last_at = max(last_at, excluded.last_at)`

const UNPARK = 'DELETE FROM parked WHERE connection = ? AND entra_object_id = ? AND first = ? AND last = ?'

interface Row {
  readonly entra_object_id: string
  readonly first: string
  readonly last: string
}

/** Folded into what is parked already: the earliest and the latest stay. */
export function park(db: Database, connection: number, people: readonly ParkedSignIns[]): void {
  for (const { entraObjectId, first, last } of people)
    db.run(PARK, connection, entraObjectId, first.at, JSON.stringify(first), last.at, JSON.stringify(last))
}

/** What was applied, as it was read. What has been folded into it since is applied by whoever reads it next. */
export function unpark(db: Database, connection: number, applied: readonly ParkedSignIns[]): void {
  for (const { entraObjectId, first, last } of applied)
    db.run(UNPARK, connection, entraObjectId, JSON.stringify(first), JSON.stringify(last))
}

/** Object ids that something is parked for, in order. */
export function parkedIds(db: Database, connection: number, limit: number, after: string): string[] {
  return db.texts(
    'SELECT entra_object_id FROM parked WHERE connection = ? AND entra_object_id > ? ORDER BY entra_object_id LIMIT ?',
    connection,
    after,
    limit,
  )
}

export function parkedOf(db: Database, connection: number, objectIds: string): Map<string, ParkedSignIns> {
  const parked = new Map<string, ParkedSignIns>()
  if (!db.get('SELECT 1 FROM parked WHERE connection = ? LIMIT 1', connection)) return parked
  const rows = db.all<Row>(
    `SELECT entra_object_id, first, last FROM json_each(?2) AS asked
     CROSS JOIN parked ON connection = ?1 AND entra_object_id = asked.value`,
    connection,
    objectIds,
  )
  for (const { entra_object_id: entraObjectId, first, last } of rows) {
    const what = `what is parked for ${entraObjectId}`
    parked.set(entraObjectId, {
      entraObjectId,
      first: parse(db, first, what) as Login,
      last: parse(db, last, what) as Login,
    })
  }
  return parked
}
