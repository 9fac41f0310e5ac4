import mongoose from 'mongoose'
import { NO_COUNTS } from '../../domain/run.js'
import type { Batch, Write } from '../port.js'
import { packs, replacedBy } from '../replaced.js'
import { fatesOf, look, writeEach, type PlannedWrite } from './changes.js'
import { added, beyond, carry, settle, sum } from './counts.js'
import type { Database } from './database.js'
import { moveHistory } from './history.js'
import { putHold } from './holds.js'
import { keepRun, settleIntent, unparkWritten } from './intent.js'
import { park, unpark } from './parked.js'
import { clearPasses, preparePass, resolve } from './passes.js'
import { settleReplaced, writeReplaced } from './replaced.js'
import { leftRun, moveLines } from './runs.js'
import type { Intent, RunState } from './documents.js'
import { compareAndSet, createState, setFeeds, stateUnder, type State } from './state.js'

/** The page commit, in the order `open.ts` gives reasons for. `lost` holds our ids, those of `after`. */
export async function commitBatch(db: Database, connection: string, batch: Batch): Promise<{ lost: string[] }> {
  const mark = new mongoose.Types.ObjectId().toHexString()
  const changes = batch.users ?? []
  let state = await settleIntent(db, await stateUnder(db, connection, batch.fence))
  const { writes, lost } = await look(db, connection, changes, { commit: mark })
  if (lost.length > 0) return { lost: [...lost] }

  state = await withRun(db, state, batch)
  if (writes.length > 0 || batch.hold) {
    const missed = await writePeople(db, state, batch, writes, mark)
    if (missed.lost.length > 0) return missed
    state = missed.state
  }
  await unpark(db, connection, batch.unpark ?? [])
  await park(db, connection, batch.park ?? [])
  const passes = await preparePass(db, state, batch, mark)
  await resolve(db, connection, passes.sweep, batch.resolved ?? [])

  const passIsOver = passes.sweep === mark || passes.newest !== state.passes.newest
  state = await end(db, state, batch, passes)
  // Committed: what is left to do is done by whoever comes next. So it is in `writePart`.
  await tidy(db, state, passIsOver, writes).catch(() => undefined)
  return { lost: [] }
}

/** Outside of runs: each person alone. What is parked or remembered is so whoever was lost. */
export async function writePart(db: Database, connection: string, part: Write): Promise<{ lost: string[] }> {
  const last = new mongoose.Types.ObjectId().toHexString()
  const { writes, lost } = await look(db, connection, part.users ?? [], { last })
  const missed = await writeEach(db, writes, last)
  await unpark(db, connection, part.unpark ?? [])
  await park(db, connection, part.park ?? [])
  if (part.feeds) {
    await createState(db, connection)
    await db.collections.connections.update({ _id: connection }, { $set: setFeeds(part.feeds) })
  }
  await moveHistories(db, connection, writes).catch(() => undefined)
  return { lost: [...lost, ...missed] }
}

/** From now on the connection's document names the run of this batch; the one before has a document of its own. */
async function withRun(db: Database, state: State, { run }: Batch): Promise<State> {
  if (state.run?.record.runId === run.runId) return state
  await keepRun(db, state)
  const left = await leftRun(db, state._id, run.runId)
  const nothingDone = { ...run, users: NO_COUNTS, signIns: { ...run.signIns, read: 0, firstLogins: 0 } }
  const next: RunState = left ?? { record: nothingDone, credit: {}, carried: {}, flushed: 0, tail: [] }
  return { ...(await compareAndSet(db, state, { $set: { run: next } })), run: next }
}

async function writePeople(
  db: Database,
  state: State,
  { unpark = [], hold }: Batch,
  writes: readonly PlannedWrite[],
  commit: string,
): Promise<{ lost: string[]; state: State }> {
  const people = writes.map(({ person }) => person)
  const texts = packs(writes.map(({ change }) => replacedBy(change)))
  const replaced = { from: state.run?.replaced ?? 0, count: texts.length }
  const intent: Intent = { commit, people, unpark, replaced, ...(hold ? { hold } : {}) }
  const numbered = replaced.from + replaced.count
  const next = await compareAndSet(db, state, { $set: { intent, 'run.replaced': numbered } })
  const intended: State = { ...next, intent, run: state.run && { ...state.run, replaced: numbered } }
  if (hold) await putHold(db, state._id, hold)
  await writeReplaced(db, intended, replaced.from, texts)
  const { whole } = await db.collections.people.bulk(
    writes.map(({ op }) => op),
    'commit',
  )
  if (whole) return { lost: [], state: intended }

  const fates = await fatesOf(db, intent)
  const { written } = fates
  const keys = new Set(written.map(({ key }) => key))
  const lost = writes.filter(({ person }) => !keys.has(person.key)).map(({ id }) => id)
  if (lost.length === 0) return { lost, state: intended }
  await settleReplaced(db, intended, intent, fates)
  await unparkWritten(db, state._id, intent, written)
  const carried = carry(state.run?.carried ?? {}, written)
  const after = await compareAndSet(db, intended, { $set: { intent: null, 'run.carried': carried } })
  return { lost, state: after }
}

/** The one write that makes the batch count: cursor, counts, log, stamps; the intent is dropped. */
async function end(db: Database, state: State, batch: Batch, passes: State['passes']): Promise<State> {
  const { run: record, log = [], feeds = {} } = batch
  const before = state.run ?? { credit: {}, carried: {}, flushed: 0, tail: [] }
  const known = sum(before.credit, beyond(record, state.run?.record))
  const credit = sum(known, settle(before.carried, added(record, state.run)))
  const next = await compareAndSet(db, state, {
    $set: { intent: null, passes, ...setFeeds(feeds), 'run.record': record, 'run.credit': credit, 'run.carried': {} },
    ...(log.length > 0 ? { $push: { 'run.tail': { $each: log } } } : {}),
  })
  const run: RunState = { ...before, record, credit, carried: {}, tail: [...before.tail, ...log] }
  return { ...next, intent: null, passes, run }
}

async function tidy(db: Database, state: State, passIsOver: boolean, writes: readonly PlannedWrite[]): Promise<void> {
  await moveLines(db, state)
  if (passIsOver) await clearPasses(db, state._id, state.passes)
  await moveHistories(db, state._id, writes)
}

async function moveHistories(db: Database, connection: string, writes: readonly PlannedWrite[]): Promise<void> {
  for (const { overflows, person } of writes) if (overflows) await moveHistory(db, connection, person.key)
}
