import { IdSet } from '../domain/id-set.js'
import type { Work } from './work.js'

const SLICE = 999

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
