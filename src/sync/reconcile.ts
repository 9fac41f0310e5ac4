import type { DirectoryFeed } from '../domain/feed.js'
import { confirmCandidates } from './candidates.js'
import { fullPass, readRounds } from './rounds.js'
import { notedPeople } from './settle.js'
import type { Work } from './work.js'

/**
 * Now and then everybody is read again right after an incremental round, when nothing should have changed: whatever has
 * is what the rounds have missed (restores and removals have gone missing: microsoft-graph-docs#4498, #5821). It comes
 * last in a run, and counts for nothing when it is stopped: the next run begins it again.
 */
export async function reconcile(work: Work): Promise<void> {
  const { feed, writer } = work
  if (writer.run.kind !== 'incremental' || !mustReconcile(feed, work)) return
  const before = await changesSoFar(work)
  await readRounds(work, fullPass(work, 'to see whether delta has missed anything'))
  await confirmCandidates(work)
  const count = (await changesSoFar(work)) - before
  const at = writer.now().toISOString()
  await work.commitFeed({ ...work.feed, drift: { at, count } })
  const missed = count === 0 ? 'nothing' : count === 1 ? '1 change' : `${count.toLocaleString('en')} changes`
  writer.note({ level: count === 0 ? 'info' : 'warn', message: `Everybody was read again: delta had missed ${missed}` })
}

/** Whether it is time to. */
export function mustReconcile(
  { completedAt }: Pick<DirectoryFeed, 'completedAt'>,
  { reconcileMs, writer }: Pick<Work, 'reconcileMs' | 'writer'>,
): boolean {
  if (reconcileMs === null || completedAt === null) return false
  return writer.now().getTime() - Date.parse(completedAt) >= reconcileMs
}

async function changesSoFar(work: Work): Promise<number> {
  const { created, updated, frozen, deactivated, reactivated } = work.writer.run.users
  let noted = 0
  for await (const people of notedPeople(work)) noted += people.length
  return created + updated + frozen + deactivated + reactivated + noted
}
