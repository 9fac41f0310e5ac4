import type { Run } from '../../domain/run.js'
import type { UserChange } from '../../domain/user.js'
import type { Replaced } from '../port.js'
import { pack, replacedBy, unpack } from '../replaced.js'
import type { ConnectionNumber } from './connections.js'
import { damaged } from './rows.js'
import type { Database } from './database.js'

/** A row per commit, numbered from 1 within its run: what is dropped goes from the start, so what begins with 1 is whole. */

const ADD = `
  INSERT INTO replaced (connection, started_at, run, line, people)
  SELECT ?1, ?2, ?3, coalesce(max(line), 0) + 1, ?4 FROM replaced WHERE connection = ?1 AND started_at = ?2 AND run = ?3`

const NEXT = `
  SELECT people FROM runs JOIN replaced USING (connection, started_at)
  WHERE connection = ? AND runs.id = ? AND run = runs.id AND line = ?`

export function recordReplaced(
  db: Database,
  connection: number,
  { runId, startedAt }: Run,
  changes: readonly UserChange[],
): void {
  if (changes.length > 0) db.run(ADD, connection, startedAt, runId, pack(changes.map(replacedBy)))
}

export async function* readReplaced(
  db: Database,
  connection: ConnectionNumber,
  runId: string,
): AsyncGenerator<Replaced[]> {
  for (let line = 1; ; line += 1) {
    const row = await db.read(() => db.get(NEXT, connection.get(), runId, line) as { people: string } | undefined)
    if (!row) return
    yield unpacked(db, row.people, runId)
  }
}

function unpacked(db: Database, people: string, runId: string): Replaced[] {
  try {
    return unpack(people)
  } catch (error) {
    throw damaged(db, `what run ${runId} replaced`, error)
  }
}

export function dropReplaced(db: Database, connection: number, runId: string): void {
  const sql = `
    DELETE FROM replaced WHERE no IN (
      SELECT replaced.no FROM runs JOIN replaced USING (connection, started_at)
      WHERE connection = ? AND runs.id = ? AND run = runs.id)`
  db.run(sql, connection, runId)
}
