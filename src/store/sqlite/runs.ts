import type { LogEntry, Run } from '../../domain/run.js'
import type { RunStore } from '../port.js'
import type { ConnectionNumber } from './connections.js'
import { cut, readCursor } from '../cursor.js'
import type { Database } from './database.js'
import { checkFence } from './fence.js'
import { prune } from './prune.js'
import { readReplaced } from './replaced.js'
import { parse } from './rows.js'

const LINES = 500

interface Row {
  readonly id: string
  readonly started_at: string
  readonly data: string
}

/** Writes the record and appends to its log. */
export function writeRun(db: Database, connection: number, run: Run, log: readonly LogEntry[]): void {
  db.run(
    `INSERT INTO runs (connection, id, started_at, finished, data) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (connection, id) DO UPDATE SET finished = excluded.finished, data = excluded.data`,
    connection,
    run.runId,
    run.startedAt,
    run.finishedAt === null ? 0 : 1,
    JSON.stringify(run),
  )
  if (log.length === 0) return
  const no = numberOf(db, connection, run.runId)
  const sql = 'SELECT coalesce(max(line), 0) AS line FROM run_log WHERE run = ?'
  let { line } = db.get(sql, no) as { line: number }
  for (const entry of log)
    db.run('INSERT INTO run_log (run, line, entry) VALUES (?, ?, ?)', no, (line += 1), JSON.stringify(entry))
}

/** Lines of a log from number `from` on, in place of all that stood there. */
export function putLines(
  db: Database,
  connection: number,
  runId: string,
  from: number,
  log: readonly LogEntry[],
): void {
  const no = numberOf(db, connection, runId)
  db.run('DELETE FROM run_log WHERE run = ? AND line > ?', no, from)
  const sql = 'INSERT INTO run_log (run, line, entry) VALUES (?, ?, ?)'
  for (const [i, entry] of log.entries()) db.run(sql, no, from + i + 1, JSON.stringify(entry))
}

/** Runs without an end, oldest first. */
export function unfinishedRuns(db: Database, connection: number): Run[] {
  return db
    .all<Row>(
      `SELECT id, started_at, data FROM runs WHERE connection = ? AND finished = 0 ORDER BY started_at, id`,
      connection,
    )
    .map((row) => runOf(db, row))
}

export function runStore(db: Database, connection: ConnectionNumber): RunStore {
  return {
    async list({ limit, cursor }) {
      const [startedAt, id] = cursor === undefined ? ['~', '~'] : readCursor('runs', cursor, 2)
      const rows = await db.read(() =>
        db.all<Row>(
          `SELECT id, started_at, data FROM runs WHERE connection = ? AND (started_at, id) < (?, ?)
           ORDER BY started_at DESC, id DESC LIMIT ?`,
          connection.get(),
          startedAt ?? '',
          id ?? '',
          limit + 1,
        ),
      )
      const { page, nextCursor } = cut('runs', rows, limit, (row) => [row.started_at, row.id])
      return { runs: page.map((row) => runOf(db, row)), nextCursor }
    },

    async get(runId) {
      const sql = 'SELECT id, started_at, data FROM runs WHERE connection = ? AND id = ?'
      const row = await db.read(() => db.get(sql, connection.get(), runId) as Row | undefined)
      return row ? runOf(db, row) : null
    },

    async *log(runId) {
      const no = await db.read(() => numberOf(db, connection.get(), runId))
      for (let after = 0; ; after += LINES) {
        const sql = 'SELECT entry FROM run_log WHERE run = ? AND line > ? ORDER BY line LIMIT ?'
        const rows = await db.read(() => db.all<{ entry: string }>(sql, no, after, LINES))
        for (const { entry } of rows) yield parse(db, entry, `a line in the log of run ${runId}`) as LogEntry
        if (rows.length < LINES) return
      }
    },

    replaced: (runId) => readReplaced(db, connection, runId),

    prune: (fence, ages, limit) =>
      db.write(() => {
        checkFence(db, connection.get(), fence)
        return prune(db, connection.get(), ages, limit)
      }),
  }
}

function runOf(db: Database, { id, data }: Row): Run {
  return parse(db, data, `the record of run ${id}`) as Run
}

function numberOf(db: Database, connection: number, runId: string): number {
  const sql = 'SELECT no FROM runs WHERE connection = ? AND id = ?'
  return (db.get(sql, connection, runId) as { no: number } | undefined)?.no ?? 0
}
