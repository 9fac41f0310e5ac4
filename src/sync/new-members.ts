import type { DirectoryItem } from '../domain/directory.js'
import { ConnectorError } from '../domain/errors.js'
import { IdSet } from '../domain/id-set.js'
import { FAILURES_IN_A_ROW, leaveToTheNextRun, lookUpAll } from './look-ups.js'
import type { Work } from './work.js'

const SLICE = 999
const LOOK_UPS = 40

/** Members of the assigned groups we do not have, at most so many. Nobody else tells of them: Entra has not changed them. */
export async function newMembers(work: Work, most = Infinity): Promise<string[]> {
  const { store } = work.writer
  const unknown = new Set<string>()
  for (const ids of slicesOf(work)) {
    const { users } = await store.known(ids)
    for (const id of ids) if (!users.has(id)) unknown.add(id)
    if (unknown.size > most) return [...unknown]
  }
  work.strangers = new IdSet(unknown)
  return [...unknown]
}

/** Whom we have we keep: later in a run only those are looked for whom we did not have before. */
function* slicesOf({ strangers, members }: Work): Generator<readonly string[]> {
  for (const set of strangers ? [strangers] : members.sets) yield* set.slices(SLICE)
}

/**
 * Reads people one by one and applies what the directory says; who cannot be read is skipped, and said. Gives how many
 * look-ups failed.
 */
export async function lookUpPeople(work: Work, ids: readonly string[]): Promise<number> {
  let failedInARow = 0
  let skipped = 0
  for (let start = 0; start < ids.length; start += LOOK_UPS) {
    const some = ids.slice(start, start + LOOK_UPS)
    if (failedInARow >= FAILURES_IN_A_ROW) {
      await leaveToTheNextRun(work, some.length)
      skipped += some.length
      continue
    }
    const answers = await lookUpAll(work, some)
    const items: DirectoryItem[] = []
    for (const id of some) {
      const answer = answers.get(id)
      const problem = 'a new member of an assigned group, and the look-up failed'
      const failed = !answer || answer instanceof ConnectorError
      failedInARow = failed ? failedInARow + 1 : 0
      if (failed) skipped += 1
      items.push(failed ? { kind: 'unreadable', entraObjectId: id, problem } : answer)
    }
    await work.apply(items, { whole: true, proof: 'look-up' })
    work.writer.progress({ phase: 'look-ups', done: start + some.length, total: ids.length })
  }
  return skipped
}
