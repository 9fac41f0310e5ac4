import type { User } from '../../domain/user.js'
import type { Batch } from '../port.js'
import type { Op } from './collection.js'
import type { Database } from './database.js'
import { documentId, objectKey, objectKeyRange } from './keys.js'
import { usersOf, WITHOUT_HISTORY } from './records.js'
import { readState, type State } from './state.js'

/**
 * Stamps of a full pass: a document per page with the object ids it named. Who is a candidate is worked out by the
 * commit that ends the pass, under a mark of its own; only the conditional write at its end makes the mark the one that
 * counts. So what a commit leaves that never ended means nothing to anybody.
 */

const PRESENT = ['enabled', 'disabled']

/** People held in memory at once while a pass ends: all its stamps are looked through for each such stretch of them. */
const PEOPLE = 100_000

/** Pages and ends of passes that are over, or that a newer one has replaced, change nothing. */
function counts({ passes }: State, pass: number): boolean {
  return pass >= passes.newest && pass > passes.swept
}

/** Before the conditional write. Gives what it is to set. */
export async function preparePass(
  db: Database,
  state: State,
  { seen, sweep }: Pick<Batch, 'seen' | 'sweep'>,
  commit: string,
): Promise<State['passes']> {
  let { passes } = state
  if (seen && counts(state, seen.pass)) {
    await stamp(db, state, seen)
    passes = { ...passes, newest: Math.max(passes.newest, seen.pass) }
  }
  if (sweep && counts({ ...state, passes }, sweep.pass)) {
    await makeCandidates(db, state._id, sweep.pass, commit)
    passes = { newest: sweep.pass, swept: sweep.pass, sweep: commit }
  }
  return passes
}

/**
 * Afterwards: what passes that are over have left. Whatever stays for now goes with the next one. Whoever comes to it
 * late, with another process long at work, names older passes only. Candidates without a pass are of an older version.
 */
export async function clearPasses(
  db: Database,
  connection: string,
  { newest, swept, sweep }: State['passes'],
): Promise<void> {
  const over = swept === newest ? { $lte: newest } : { $lt: newest }
  await db.collections.stamps.remove({ connection, pass: over })
  await db.collections.candidates.remove({ connection, sweep: { $ne: sweep ?? '' }, pass: { $not: { $gt: swept } } })
}

/** A page that is read again takes the place of the one before; a process that has lost the lease comes too late. */
async function stamp(
  db: Database,
  { _id: connection, fence }: State,
  { pass, page, entraObjectIds: objectIds }: NonNullable<Batch['seen']>,
): Promise<void> {
  const _id = documentId(connection, pass, page)
  const set = { connection, pass, page, fence, objectIds }
  await db.collections.stamps.upsert({ _id, fence: { $lte: fence } }, { $set: set })
}

async function makeCandidates(db: Database, connection: string, pass: number, sweep: string): Promise<void> {
  const { people, candidates } = db.collections
  const [start, end] = objectKeyRange(connection)
  for (let after = start; ;) {
    const present = await people.find(
      { key: { $gt: after, $lt: end }, presence: { $in: PRESENT } },
      { select: { key: 1, id: 1 }, sort: { key: 1 }, limit: PEOPLE },
    )
    const last = present.at(-1)
    if (!last) return
    const named = await namedBetween(db, connection, pass, after, last.key)
    const ops = present
      .filter(({ key }) => !named.has(key))
      .map(({ id = '' }): Op => ({ insert: { _id: documentId(connection, sweep, id), connection, sweep, pass, id } }))
    await candidates.bulk(ops)
    if (present.length < PEOPLE) return
    after = last.key
  }
}

/** Keys of people a pass has named, of a stretch of them. */
async function namedBetween(
  db: Database,
  connection: string,
  pass: number,
  after: string,
  last: string,
): Promise<Set<string>> {
  const prefix = objectKey(connection, '').length
  const found = await db.collections.stamps.aggregate<{ objectIds: string }>([
    { $match: { connection, pass } },
    { $unwind: '$objectIds' },
    { $match: { objectIds: { $gt: after.slice(prefix), $lte: last.slice(prefix) } } },
    { $project: { _id: 0, objectIds: 1 } },
  ])
  return new Set(found.map(({ objectIds }) => objectKey(connection, objectIds)))
}

/** Who was looked up. Before the conditional write: what the look-up said of them has been written by then. */
export async function resolve(
  db: Database,
  connection: string,
  sweep: string | null,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0 || sweep === null) return
  await db.collections.candidates.remove({ _id: { $in: ids.map((id) => documentId(connection, sweep, id)) } })
}

/** In order of our id, as they are now, those still present. */
export async function readCandidates(db: Database, connection: string, limit: number, after: string): Promise<User[]> {
  const sweep = (await readState(db, connection))?.passes.sweep
  if (!sweep) return []
  const present: User[] = []
  for (let last = after; ;) {
    const some = await db.collections.candidates.find(
      { connection, sweep, id: { $gt: last } },
      { sort: { id: 1 }, limit },
    )
    const ids = some.map(({ id }) => id)
    const found = await db.collections.people.find(
      { connection, id: { $in: ids }, presence: { $in: PRESENT } },
      { select: WITHOUT_HISTORY, sort: { id: 1 } },
    )
    present.push(...usersOf(found))
    if (present.length >= limit || ids.length < limit) return present.slice(0, limit)
    last = ids.at(-1) ?? last
  }
}
