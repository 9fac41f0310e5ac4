import type { Batch } from '../port.js'
import type { Database } from './database.js'
import { objectIdKey } from './rows.js'

/**
 * Stamps of a full pass: one row per page with the object ids as they came, so that an unchanged page costs one small
 * row. Only the sweep looks them up. `passes` remembers the newest pass and the last one swept, so that a page or a
 * sweep that is committed again, or comes late, changes nothing.
 */

interface Passes {
  readonly newest: number
  readonly swept: number
}

const SWEEP = `
  INSERT INTO candidates (connection, id)
  SELECT connection, id FROM users INDEXED BY users_by_object_id
  WHERE connection = ?1 AND entra_object_id IS NOT NULL
    AND no NOT IN (
      SELECT seen.no FROM stamps CROSS JOIN json_each(stamps.object_ids) AS named CROSS JOIN users AS seen
      WHERE stamps.connection = ?1 AND seen.connection = ?1 AND seen.entra_object_id = ${objectIdKey('named.value')})
    AND presence IN ('enabled', 'disabled')`

export function stamp(
  db: Database,
  connection: number,
  { pass, page, entraObjectIds }: NonNullable<Batch['seen']>,
): void {
  const { newest, swept } = passesOf(db, connection)
  if (pass < newest || pass <= swept) return
  if (pass > newest) begin(db, connection, pass)
  db.run(
    'INSERT OR REPLACE INTO stamps (connection, page, object_ids) VALUES (?, ?, ?)',
    connection,
    page,
    JSON.stringify(entraObjectIds),
  )
}

/** Everybody present whom the pass did not name takes the place of the candidates of earlier passes. */
export function sweep(db: Database, connection: number, { pass }: NonNullable<Batch['sweep']>): void {
  const { newest, swept } = passesOf(db, connection)
  if (pass < newest || pass <= swept) return
  if (pass > newest) begin(db, connection, pass)
  db.run('DELETE FROM candidates WHERE connection = ?', connection)
  db.run(SWEEP, connection)
  db.run('DELETE FROM stamps WHERE connection = ?', connection)
  db.run('UPDATE passes SET swept = ? WHERE connection = ?', pass, connection)
}

export function resolve(db: Database, connection: number, ids: readonly string[]): void {
  if (ids.length === 0) return
  db.run(
    'DELETE FROM candidates WHERE connection = ? AND id IN (SELECT value FROM json_each(?))',
    connection,
    JSON.stringify(ids),
  )
}

function passesOf(db: Database, connection: number): Passes {
  const row = db.get('SELECT newest, swept FROM passes WHERE connection = ?', connection)
  return (row as Passes | undefined) ?? { newest: -1, swept: -1 }
}

/** Drops the stamps of a pass that was given up. */
function begin(db: Database, connection: number, pass: number): void {
  db.run('DELETE FROM stamps WHERE connection = ?', connection)
  db.run(
    `INSERT INTO passes (connection, newest, swept) VALUES (?, ?, -1)
     ON CONFLICT DO UPDATE SET newest = excluded.newest`,
    connection,
    pass,
  )
}
