import { differences, sumsOf, COMPARED, type Compared, type Difference } from './copy-compare.js'
import { checkEnds, markTarget, type Ends } from './copy-ends.js'
import { takeLeases, type Leases } from './copy-leases.js'
import { copyConnection, type Side, type Step } from './copy-portions.js'
import type { Store } from './port.js'
import type { Progress } from './run-writer.js'

/**
 * Everything of one store into another: all connections, each person with their history, and what is remembered between
 * runs. Tickets, leases and the stamps of a full pass stay behind.
 *
 * The target carries a mark from the first moment: which store it is a copy of, and whether the copy is finished. Stopped
 * anywhere, the same call goes on: it compares and writes what differs. Runs are kept out of both stores by their leases
 * until the end. Logins and requests need no lease: one that changes the source meanwhile is found by the comparison at
 * the end, which reads all of both stores again; the next call brings it over. Only a copy that was found the same is
 * finished, and a finished one is compared and never written again.
 */

export interface CopyOptions {
  readonly holder: string
  readonly now: () => Date
  readonly newId: () => string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

export interface CopyReport {
  /** What the target holds of each kind. */
  readonly copied: Readonly<Record<Compared, number>>
  readonly verified: boolean
  readonly differences: readonly Difference[]
  /** When an earlier call finished the copy, ISO 8601 UTC; null where this one wrote. */
  readonly finishedBefore: string | null
}

/**
 * Throws `usage.invalid` when `from` is empty, and when `to` is the same store or holds anything but an unfinished or
 * finished copy of `from`, `lease.held` while a run is on in one of them, `lease.lost`, what the signal is aborted with,
 * and `store.*`.
 */
export async function copyStore(ends: Ends, options: CopyOptions): Promise<CopyReport> {
  const { from, to } = ends
  const { now, holder } = options
  const origins = await checkEnds(ends, options.newId)
  const { mark } = origins
  const connections = await from.connections()
  const ours = await takeLeases(from, connections, { holder, side: 'source' })
  let theirs: Leases | null = null
  try {
    if (!mark) await markTarget(to, origins, now().toISOString())
    const finishedBefore = mark?.finishedAt ?? null
    const atLeast = finishedBefore === null ? ours.fences : new Map<string, number>()
    theirs = await takeLeases(to, connections, { holder, side: 'target', atLeast })
    const signal = AbortSignal.any([options.signal, ours.lost, theirs.lost])
    const steps = await stepsOf(from, connections, { ...options, signal })
    const copying = steps('copying', 1)
    if (finishedBefore === null)
      for (const name of connections) {
        const sides = { connection: name, from: sideOf(from, name), to: sideOf(to, name) }
        await copyConnection({ ...sides, fence: theirs.fences.get(name) ?? 0 }, mark !== null, copying)
      }
    const compared = await compare(ends, connections, steps('comparing', 2))
    if (compared.verified && finishedBefore === null) await to.origin.endCopy(now().toISOString())
    return { ...compared, finishedBefore }
  } finally {
    await theirs?.release()
    await ours.release()
  }
}

async function compare(
  { from, to }: Ends,
  connections: readonly string[],
  step: Step,
): Promise<Omit<CopyReport, 'finishedBefore'>> {
  const copied = Object.fromEntries(COMPARED.map((kind) => [kind, 0])) as Record<Compared, number>
  const found: Difference[] = []
  const all = new Set([...connections, ...(await from.connections()), ...(await to.connections())])
  for (const name of all) {
    const [source, target] = [await sumsOf(sideOf(from, name), step), await sumsOf(sideOf(to, name), step)]
    found.push(...differences(name, source, target))
    for (const kind of COMPARED) copied[kind] += target[kind].count
  }
  return { copied, verified: found.length === 0, differences: found }
}

function sideOf(store: Store, connection: string): Side {
  return { archive: store.archive(connection), runs: store.of(connection).runs }
}

/** `times` is how often a phase reads everybody. */
async function stepsOf(
  from: Store,
  connections: readonly string[],
  { signal, onProgress }: CopyOptions,
): Promise<(phase: 'copying' | 'comparing', times: number) => Step> {
  let total = 0
  for (const name of connections)
    total += (await from.of(name).tally()).reduce((people, { count }) => people + count, 0)
  return (phase, times) => {
    let read = 0
    const onPeople = (more: number): void => {
      read += more
      onProgress?.({ phase, done: Math.floor(read / times), total })
    }
    return { signal, onPeople }
  }
}
