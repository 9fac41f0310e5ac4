import { toConnectorError, type ConnectorError } from '../domain/errors.js'
import type { DirectoryFeed } from '../domain/feed.js'
import { confirmCandidates } from './candidates.js'
import { grantFreeSeats } from './reevaluate.js'
import { fullPass, readRounds } from './rounds.js'
import { notedPeople, settleRemovals } from './settle.js'
import type { Work } from './work.js'

/**
 * Now and then everybody is read again right after an incremental round, when nothing should have changed: whatever has
 * is what the rounds have missed (restores and removals have gone missing: microsoft-graph-docs#4498, #5821). It comes
 * last, when the run has done what it is for, and ends no run where Microsoft does not answer. One that was stopped, or
 * has failed, is begun again by the next run.
 */
export async function reconcile(work: Work): Promise<void> {
  const { feed, writer } = work
  if (writer.run.kind !== 'incremental' || !mustReconcile(feed, work)) return
  const { kind } = writer.run
  const { completedAt } = feed
  const before = await changesSoFar(work)
  const { held } = writer.run.users
  const failure = await readEverybody(work)
  const now = await changesSoFar(work)
  const missed = now.changes + now.noted - before.changes - before.noted
  if (missed > 0) {
    // Removals that wait since this run began count with those of now: they are all of one run.
    await settleRemovals(work, held === 0 ? 0 : held + now.noted)
    await grantFreeSeats(work)
  }
  const { drift } = work.feed
  const count = missed + (drift?.isPart ? drift.count : 0)
  const at = writer.now().toISOString()
  if (work.feed.completedAt === completedAt) {
    writer.run = { ...writer.run, kind }
    await work.commitFeed({ ...work.feed, pass: null, ...(count > 0 ? { drift: { at, count, isPart: true } } : {}) })
  } else {
    await work.commitFeed({ ...work.feed, drift: { at, count } })
    const message = `Everybody was read again: delta had missed ${inWords(count)}`
    writer.note({ level: count === 0 ? 'info' : 'warn', message })
  }
  if (failure) tell(work, failure, count)
}

/** Whether it is time to. */
export function mustReconcile(
  { completedAt }: Pick<DirectoryFeed, 'completedAt'>,
  { reconcileMs, writer }: Pick<Work, 'reconcileMs' | 'writer'>,
): boolean {
  if (reconcileMs === null || completedAt === null) return false
  return writer.now().getTime() - Date.parse(completedAt) >= reconcileMs
}

/** Gives why it could not be read to the end; throws what must end the run. */
async function readEverybody(work: Work): Promise<ConnectorError | null> {
  try {
    await readRounds(work, { ...fullPass(work, 'to see whether delta has missed anything'), reconciles: true })
    await confirmCandidates(work)
    return null
  } catch (thrown) {
    const error = toConnectorError(thrown, 'reading the directory')
    const isMicrosofts = error.code.startsWith('graph.') || error.code === 'sign-in.refused'
    if (!isMicrosofts || error.code === 'graph.foreign-link' || error.code === 'graph.redirected') throw error
    return error
  }
}

function tell({ writer }: Work, { code, message, details }: ConnectorError, missed: number): void {
  writer.note({
    level: 'warn',
    message: 'Everybody was to be read again, and it failed: the next run tries it again',
    details: { ...details, code, reason: message, missed: `${inWords(missed)} so far` },
  })
}

async function changesSoFar(work: Work): Promise<{ readonly changes: number; readonly noted: number }> {
  const { created, updated, frozen, deactivated, reactivated } = work.writer.run.users
  let noted = 0
  for await (const people of notedPeople(work)) noted += people.length
  return { changes: created + updated + frozen + deactivated + reactivated, noted }
}

function inWords(count: number): string {
  return count === 0 ? 'nothing' : count === 1 ? '1 change' : `${count.toLocaleString('en')} changes`
}
