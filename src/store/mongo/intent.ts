import { fatesOf, revoke } from './changes.js'
import { carry, runOf } from './counts.js'
import type { Database } from './database.js'
import type { Intent, IntendedPerson } from './documents.js'
import { putHold } from './holds.js'
import { objectKey } from './keys.js'
import { unpark } from './parked.js'
import { settleReplaced } from './replaced.js'
import { storeRun } from './runs.js'
import { compareAndSet, type State } from './state.js'

/**
 * Ends a commit that did not come to its end, ours or a dead process's: first nobody can be written by it any more, then
 * it is seen who was, then one conditional write drops the intent and carries them for the run. Stopped anywhere, the
 * next one does the same again.
 */
export async function settleIntent(db: Database, state: State): Promise<State> {
  const { intent, run } = state
  if (!intent) return state
  if (intent.hold) await putHold(db, state._id, intent.hold)
  await revoke(db, state._id, intent)
  const fates = await fatesOf(db, intent)
  const { written } = fates
  await settleReplaced(db, state, intent, fates)
  await unparkWritten(db, state._id, intent, written)
  const carried = carry(run?.carried ?? {}, written)
  const next = await compareAndSet(db, state, {
    $set: { intent: null, ...(run && written.length > 0 ? { 'run.carried': carried } : {}) },
  })
  return { ...next, intent: null, run: run && { ...run, carried } }
}

/** After a take-over: what the dead run has done stands in its record, before anybody gives it its end. */
export async function settleRun(db: Database, state: State): Promise<State> {
  const { run } = state
  if (!run || [run.credit, run.carried].every((more) => Object.keys(more).length === 0)) return state
  const settled = { ...run, record: runOf(run), credit: {}, carried: {} }
  const { record, credit, carried } = settled
  const next = await compareAndSet(db, state, {
    $set: { 'run.record': record, 'run.credit': credit, 'run.carried': carried },
  })
  return { ...next, run: settled }
}

/** The run before gets a document of its own, where it is found from now on. */
export async function keepRun(db: Database, state: State): Promise<void> {
  if (state.run) await storeRun(db, state._id, { ...state.run, record: runOf(state.run) }, state.version)
}

/** Whoever is written has had their parked sign-ins applied: planned again they are unchanged, and nobody would ask. */
export async function unparkWritten(
  db: Database,
  connection: string,
  { unpark: applied }: Intent,
  written: readonly IntendedPerson[],
): Promise<void> {
  const keys = new Set(written.map(({ key }) => key))
  await unpark(
    db,
    connection,
    applied.filter(({ entraObjectId }) => keys.has(objectKey(connection, entraObjectId))),
  )
}
