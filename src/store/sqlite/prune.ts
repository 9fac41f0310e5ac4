import type { Ages } from '../port.js'
import type { Database } from './database.js'

/** What is older than it is kept, a few rows at a time, the oldest first and over an index by age. */

interface Part {
  readonly db: Database
  readonly no: number
  readonly ages: Ages
  /** The run that stays, with all that belongs to it. */
  readonly newest: string
}

const NEWEST = 'SELECT id FROM runs WHERE connection = ? ORDER BY started_at DESC, id DESC LIMIT 1'

const OLD_RUNS = `
  SELECT no, id, started_at AS startedAt FROM runs
  WHERE connection = ? AND started_at < ? AND finished = 1 AND id <> ? ORDER BY started_at, id LIMIT ?`

/** From the end: a log that is half gone is one that ends earlier. */
const LINES = `
  DELETE FROM run_log WHERE (run, line) IN (SELECT run, line FROM run_log WHERE run = ? ORDER BY line DESC LIMIT ?)`

const REPLACED_OF_RUN = `
  DELETE FROM replaced WHERE no IN (
    SELECT no FROM replaced WHERE connection = ? AND started_at = ? AND run = ? ORDER BY line LIMIT ?)`

const REPLACED = `
  DELETE FROM replaced WHERE no IN (
    SELECT no FROM replaced WHERE connection = ? AND started_at < ? AND run <> ?
    ORDER BY started_at, run, line LIMIT ?)`

/** The newest entry of each person stays: it tells why they are as they are. */
const HISTORY = `
  DELETE FROM history WHERE no IN (
    SELECT no FROM history AS old WHERE connection = ? AND at < ?
      AND EXISTS (SELECT 1 FROM history AS newer WHERE newer.user = old.user AND newer.no > old.no)
    ORDER BY at LIMIT ?)`

const HOLDS = `
  DELETE FROM holds WHERE (connection, id) IN (
    SELECT connection, id FROM holds WHERE connection = ? AND ended = 1 AND created_at < ? ORDER BY created_at LIMIT ?)`

/** Gives how many rows have gone, `limit` at most. */
export function prune(db: Database, no: number, ages: Ages, limit: number): number {
  const newest = (db.get(NEWEST, no) as { id: string } | undefined)?.id ?? ''
  const part: Part = { db, no, ages, newest }
  let left = limit
  for (const drop of [dropRuns, dropReplaced, dropHistory, dropHolds]) if (left > 0) left -= drop(part, left)
  return limit - left
}

function dropRuns({ db, no, ages, newest }: Part, limit: number): number {
  if (ages.runs === null) return 0
  let left = limit
  const runs = db.all<{ no: number; id: string; startedAt: string }>(OLD_RUNS, no, ages.runs, newest, limit)
  for (const run of runs) {
    left -= db.run(LINES, run.no, left)
    if (left > 0) left -= db.run(REPLACED_OF_RUN, no, run.startedAt, run.id, left)
    if (left === 0) break
    left -= db.run('DELETE FROM runs WHERE no = ?', run.no)
  }
  return limit - left
}

function dropReplaced({ db, no, ages, newest }: Part, limit: number): number {
  return ages.replaced === null ? 0 : db.run(REPLACED, no, ages.replaced, newest, limit)
}

function dropHistory({ db, no, ages }: Part, limit: number): number {
  return ages.history === null ? 0 : db.run(HISTORY, no, ages.history, limit)
}

function dropHolds({ db, no, ages }: Part, limit: number): number {
  return ages.runs === null ? 0 : db.run(HOLDS, no, ages.runs, limit)
}
