import { KINDS, moved, portions, Sum } from './copy-items.js'
import type { Side, Step } from './copy-portions.js'
import { LOG_PORTION, type Archived, type ArchiveItem, type ArchiveKind } from './port-archive.js'

/** What is counted and hashed on both sides. */
export const COMPARED = [
  'users',
  'history',
  'parked',
  'candidates',
  'tokens',
  'runs',
  'logLines',
  'holds',
  'feeds',
] as const
export type Compared = (typeof COMPARED)[number]

export type Sums = Readonly<Record<Compared, Sum>>

export interface Difference {
  readonly connection: string
  readonly kind: Compared
  readonly source: { readonly count: number; readonly hash: string }
  readonly target: { readonly count: number; readonly hash: string }
}

/** Everything of one side, read once more from the start. */
export async function sumsOf({ archive, runs }: Side, { signal, onPeople }: Step): Promise<Sums> {
  const sums = Object.fromEntries(COMPARED.map((kind) => [kind, new Sum()])) as unknown as Sums
  for (const kind of KINDS)
    for await (const items of portions(archive, kind, signal)) {
      for (const item of items) addTo(sums, kind, moved(kind, item))
      if (kind === 'users') onPeople(items.length)
      if (kind === 'runs') for (const { key } of items) await addLog(sums, runs, key, signal)
    }
  return sums
}

function addTo(sums: Sums, kind: ArchiveKind, { key, value }: ArchiveItem<ArchiveKind>): void {
  if (kind !== 'users') {
    sums[kind].add([key, value])
    return
  }
  const { user, history } = value as Archived['users']
  sums.users.add([key, user])
  sums.history.add([key, history], history.length)
}

async function addLog({ logLines }: Sums, runs: Side['runs'], runId: string, signal: AbortSignal): Promise<void> {
  let at = 0
  for await (const line of runs.log(runId)) {
    if (at % LOG_PORTION === 0) signal.throwIfAborted()
    logLines.add([runId, at, line])
    at += 1
  }
}

export function differences(connection: string, source: Sums, target: Sums): Difference[] {
  return COMPARED.filter((kind) => source[kind].hash !== target[kind].hash).map((kind) => {
    const plain = ({ count, hash }: Sum) => ({ count, hash })
    return { connection, kind, source: plain(source[kind]), target: plain(target[kind]) }
  })
}
