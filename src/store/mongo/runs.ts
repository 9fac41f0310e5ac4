import type { LogEntry, Run } from '../../domain/run.js'
import { cut, readCursor } from '../cursor.js'
import type { RunStore } from '../port.js'
import { LOG_PORTION } from '../port-archive.js'
import type { Filter } from './collection.js'
import { runOf } from './counts.js'
import type { Database } from './database.js'
import { damaged } from './failures.js'
import { documentId } from './keys.js'
import { prune } from './prune.js'
import { readReplaced } from './replaced.js'
import type { LinesDocument, RunDocument, RunState } from './documents.js'
import { runProblem } from './shapes.js'
import { compareAndSet, readState, type State } from './state.js'

/** Lines that are moved at once: always that many, so that a copy made twice is the same one. */
const LINES = LOG_PORTION

/** The newest run stands in the connection's document; the others have one of their own. A newer copy stays. */
export async function storeRun(db: Database, connection: string, run: RunState, version: number): Promise<void> {
  const { runId, startedAt, finishedAt } = run.record
  const { record, flushed, tail } = run
  const finished = finishedAt !== null
  const set = { connection, runId, startedAt, finished, version, record, flushed, tail, replaced: run.replaced ?? 0 }
  const _id = documentId(connection, runId)
  await db.collections.runs.upsert({ _id, version: { $lt: version } }, { $set: set })
}

/** A run as it was left, for the commit that goes on with it; null for a new one. */
export async function leftRun(db: Database, connection: string, runId: string): Promise<RunState | null> {
  const run = await db.collections.runs.one({ _id: documentId(connection, runId) })
  if (!run) return null
  const { flushed, tail, replaced = 0 } = run
  return { record: recordOf(run), flushed, tail, replaced, credit: {}, carried: {} }
}

/** Moves the oldest lines out of the connection's document: copied first, dropped where nobody has committed since. */
export async function moveLines(db: Database, state: State): Promise<void> {
  const { run, _id: connection } = state
  if (!run || run.tail.length < LINES) return
  const { runId } = run.record
  const chunks: LinesDocument[] = []
  const whole = run.tail.length - (run.tail.length % LINES)
  for (let i = 0; i < whole; i += LINES) {
    const from = run.flushed + i
    chunks.push({
      _id: documentId(connection, runId, from),
      connection,
      runId,
      from,
      lines: run.tail.slice(i, i + LINES),
    })
  }
  await db.collections.runLines.copy(chunks)
  await compareAndSet(db, state, {
    $set: { 'run.flushed': run.flushed + whole, 'run.tail': run.tail.slice(whole) },
  })
}

/** Runs without an end, oldest first. */
export async function unfinishedRuns(db: Database, { _id: connection, run }: State): Promise<Run[]> {
  const filter = { connection, finished: false, ...(run ? { runId: { $ne: run.record.runId } } : {}) }
  const left = (await db.collections.runs.find(filter)).map(recordOf)
  if (run && run.record.finishedAt === null) left.push(runOf(run))
  return left.sort((a, b) => (isNewer(a, b.startedAt, b.runId) ? 1 : -1))
}

export function runStore(db: Database, connection: string): RunStore {
  const current = async () => (await readState(db, connection))?.run ?? null
  const stateOf = async (runId: string): Promise<RunState | null> => {
    const newest = await current()
    return newest?.record.runId === runId ? newest : leftRun(db, connection, runId)
  }
  return {
    async list({ limit, cursor }) {
      const [startedAt = '', id = ''] = cursor === undefined ? [] : readCursor('runs', cursor, 2)
      const newest = await current()
      const before: Filter = { $or: [{ startedAt: { $lt: startedAt } }, { startedAt, runId: { $lt: id } }] }
      const stored = await db.collections.runs.find(
        {
          connection,
          ...(cursor === undefined ? {} : before),
          ...(newest ? { runId: { $ne: newest.record.runId } } : {}),
        },
        { sort: { startedAt: -1, runId: -1 }, limit: limit + 1 },
      )
      const runs = stored.map(recordOf)
      if (newest && (cursor === undefined || !isNewerOrSame(newest.record, startedAt, id))) runs.push(runOf(newest))
      runs.sort((a, b) => (isNewer(a, b.startedAt, b.runId) ? -1 : 1))
      const { page, nextCursor } = cut('runs', runs, limit, (run) => [run.startedAt, run.runId])
      return { runs: page, nextCursor }
    },

    async get(runId) {
      const newest = await current()
      if (newest?.record.runId === runId) return runOf(newest)
      const run = await db.collections.runs.one({ _id: documentId(connection, runId) })
      return run && recordOf(run)
    },

    async *log(runId) {
      const run = await stateOf(runId)
      if (!run) return
      for (let from = 0; from < run.flushed; from += LINES) {
        const chunk = await db.collections.runLines.one({ _id: documentId(connection, runId, from) })
        if (!chunk && ((await stateOf(runId))?.flushed ?? 0) <= from) return // Dropped meanwhile.
        if (!Array.isArray(chunk?.lines))
          throw damaged(`the log of run ${runId}`, `lines ${from} to ${from + LINES} are missing`)
        yield* chunk.lines
      }
      yield* run.tail satisfies readonly LogEntry[]
    },

    async *replaced(runId) {
      yield* readReplaced(db, connection, runId, async () => {
        const state = await readState(db, connection)
        const isNewest = state?.run?.record.runId === runId
        const run = isNewest ? state.run : await leftRun(db, connection, runId)
        // Those of a commit that is under way come last.
        const pending = isNewest ? (state.intent?.replaced?.count ?? 0) : 0
        return (run?.replaced ?? 0) - pending
      })
    },

    prune: (fence, ages, limit) => prune(db, connection, fence, ages, limit),
  }
}

export function recordOf(run: RunDocument): Run {
  const problem = runProblem({ ...run })
  if (problem) throw damaged(`the record of run ${run.runId}`, problem)
  return run.record
}

function isNewer(run: Run, startedAt: string, id: string): boolean {
  return run.startedAt === startedAt ? run.runId > id : run.startedAt > startedAt
}

function isNewerOrSame(run: Run, startedAt: string, id: string): boolean {
  return (run.startedAt === startedAt && run.runId === id) || isNewer(run, startedAt, id)
}
