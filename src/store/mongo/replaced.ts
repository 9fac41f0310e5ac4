import { leaseLost } from '../failures.js'
import type { Replaced } from '../port.js'
import { pack, unpack } from '../replaced.js'
import type { Fates } from './changes.js'
import type { Database } from './database.js'
import type { Intent, ReplacedDocument } from './documents.js'
import { damaged } from './failures.js'
import { documentId } from './keys.js'
import type { State } from './state.js'

/**
 * What the commits of a run replaced: documents numbered from 0. The numbers are given away together with the intent, in
 * one conditional write, so each belongs to one commit; whatever is inserted late, or a second time, is refused.
 */

/** Documents that are read at a time. */
const READ = 10

/** Before the people: whoever is written stands here already. */
export async function writeReplaced(db: Database, state: State, from: number, texts: readonly string[]): Promise<void> {
  await db.collections.replaced.copy(texts.map((people, i) => documentOf(state, from + i, people)))
}

/**
 * Of a commit that did not come to its end only those stay who were written, as they were before, and those whose
 * revision we have moved on ourselves, with nothing to give back. Where the dead process never wrote its document, an
 * empty one takes its place, so that it cannot come later. The first who settles it is right: by then nobody can be
 * written any more.
 */
export async function settleReplaced(
  db: Database,
  state: State,
  { replaced }: Intent,
  { writtenIds, revoked }: Fates,
): Promise<void> {
  if (!replaced || replaced.count === 0) return
  const { collections } = db
  const numbers = Array.from({ length: replaced.count }, (_, i) => replaced.from + i)
  const empty = numbers.map((no) => documentOf(state, no, pack([])))
  await collections.replaced.copy(empty)
  const moved = [...revoked].map(([id, revision]): Replaced => ({ id, revision, before: {} }))
  for (const { _id, no, runId, settled, people } of await collections.replaced.find(named(empty), {
    sort: { no: 1 },
  })) {
    if (settled) continue
    const written = unpacked(people, runId).filter(({ id }) => writtenIds.has(id))
    const kept = no === replaced.from ? [...written, ...moved] : written
    await collections.replaced.update({ _id, settled: false }, { $set: { settled: true, people: pack(kept) } })
  }
}

/** `countNow` tells how many there are of the run. They are dropped all together, after the count. */
export async function* readReplaced(
  db: Database,
  connection: string,
  runId: string,
  countNow: () => Promise<number>,
): AsyncGenerator<Replaced[]> {
  const count = await countNow()
  for (let from = 0; from < count; from += READ) {
    const wanted = Array.from({ length: Math.min(READ, count - from) }, (_, i) => {
      return { _id: documentId(connection, runId, from + i) }
    })
    const found = await db.collections.replaced.find(named(wanted), { sort: { no: 1 } })
    if (found.length < wanted.length && (await countNow()) === 0) {
      if (from === 0) return
      // Half of it would be taken for all: only whoever has the lease drops any.
      throw leaseLost()
    }
    if (found.length < wanted.length)
      throw damaged(`what run ${runId} replaced`, `${found.length} of ${wanted.length} documents are there`)
    for (const { people } of found) yield unpacked(people, runId)
  }
}

function named(documents: readonly { readonly _id: string }[]) {
  return { _id: { $in: documents.map(({ _id }) => _id) } }
}

function documentOf({ _id: connection, run }: State, no: number, people: string): ReplacedDocument {
  const { runId = '', startedAt = '' } = run?.record ?? {}
  return { _id: documentId(connection, runId, no), connection, runId, startedAt, no, settled: false, people }
}

function unpacked(people: string, runId: string): Replaced[] {
  try {
    return unpack(people)
  } catch (error) {
    throw damaged(`what run ${runId} replaced`, String(error))
  }
}
