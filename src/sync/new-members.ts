import { IdSet } from '../domain/id-set.js'
import { rulesOf, type Work } from './work.js'

const SLICE = 999

/** Above so many new members of groups it costs less to read everybody than each of them. */
export const MOST_NEW_MEMBERS = 500

/**
 * Members of the assigned groups we do not have and have not judged. Nobody else tells of them: Entra has not changed
 * them. Members whom a rule or their user type keeps out are never ours: as long as they are the same, none is new.
 */
export async function newMembers(work: Work): Promise<IdSet> {
  const { feed } = work
  const unknown = await strangersOf(work)
  return feed.rules === rulesOf(work) && feed.strangers === unknown.fingerprint ? new IdSet() : unknown
}

/** Members of the assigned groups we do not have. */
export async function strangersOf(work: Work): Promise<IdSet> {
  const { store } = work.writer
  const unknown = new IdSet()
  for (const ids of slicesOf(work)) {
    const { users } = await store.known(ids)
    for (const id of ids) if (!users.has(id)) unknown.add(id)
  }
  work.strangers = unknown
  return unknown
}

/** Whom we have we keep: later in a run only those are looked for whom we did not have before. */
function* slicesOf({ strangers, members }: Work): Generator<readonly string[]> {
  for (const set of strangers ? [strangers] : members.sets) yield* set.slices(SLICE)
}
