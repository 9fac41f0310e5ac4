import type { LogEntry } from '../domain/run.js'
import { canonical, KINDS, moved, portions } from './copy-items.js'
import type { RunStore } from './port.js'
import { LOG_PORTION, type ArchiveItem, type ArchiveKind, type ArchiveStore } from './port-archive.js'

/** One connection on both sides. */
export interface Sides {
  readonly connection: string
  readonly from: Side
  readonly to: Side
  /** Of the lease we hold on the target. */
  readonly fence: number
}

export interface Side {
  readonly archive: ArchiveStore
  readonly runs: RunStore
}

export interface Step {
  readonly signal: AbortSignal
  /** Called with how many more people are done. */
  readonly onPeople: (more: number) => void
}

/**
 * Makes the target what the source is. `resumed`: something of it may be there already. Then only what differs is
 * written, and what the source no longer has goes: so it is the same whether the source has changed since or not.
 */
export async function copyConnection(sides: Sides, resumed: boolean, step: Step): Promise<void> {
  for (const kind of KINDS) {
    await putAll(sides, kind, resumed, step)
    if (resumed && kind !== 'feeds') await dropOthers(sides, kind, step.signal)
  }
}

async function putAll(sides: Sides, kind: ArchiveKind, resumed: boolean, step: Step): Promise<void> {
  const { from, to, fence } = sides
  for await (const read of portions(from.archive, kind, step.signal)) {
    const items = read.map((item) => moved(kind, item))
    const differing = resumed ? await differingFrom(to.archive, kind, items) : items
    if (differing.length > 0) await to.archive.put(fence, kind, differing)
    if (kind === 'runs') for (const { key } of items) await putLog(sides, key, step.signal)
    if (kind === 'users') step.onPeople(items.length)
  }
}

async function differingFrom<K extends ArchiveKind>(
  archive: ArchiveStore,
  kind: K,
  items: readonly ArchiveItem<K>[],
): Promise<ArchiveItem<K>[]> {
  const there = await archive.read(kind, { keys: items.map(({ key }) => key) })
  const texts = new Map(there.map((item) => [item.key, canonical(item.value)]))
  return items.filter(({ key, value }) => texts.get(key) !== canonical(value))
}

async function dropOthers(
  { from, to, fence }: Sides,
  kind: Exclude<ArchiveKind, 'feeds'>,
  signal: AbortSignal,
): Promise<void> {
  for await (const items of portions(to.archive, kind, signal)) {
    const keys = items.map(({ key }) => key)
    const known = new Set((await from.archive.read(kind, { keys })).map(({ key }) => key))
    const others = keys.filter((key) => !known.has(key))
    if (others.length > 0) await to.archive.drop(fence, kind, others)
  }
}

/** From the first portion on that is not there as it should be. */
async function putLog({ from, to, fence }: Sides, runId: string, signal: AbortSignal): Promise<void> {
  const there = logPortions(to.runs.log(runId))
  let differs = false
  let at = 0
  for await (const lines of logPortions(from.runs.log(runId))) {
    signal.throwIfAborted()
    if (!differs) {
      const found = await there.next()
      differs = found.done === true || canonical(found.value) !== canonical(lines)
    }
    if (differs) await to.archive.putLog(fence, runId, at, lines)
    at += lines.length
  }
  const isLonger = !differs && (await there.next()).done !== true
  if (isLonger) await to.archive.putLog(fence, runId, at - (at % LOG_PORTION), [])
  await there.return(undefined)
}

async function* logPortions(log: AsyncIterable<LogEntry>): AsyncGenerator<LogEntry[], undefined> {
  let lines: LogEntry[] = []
  for await (const line of log) {
    lines.push(line)
    if (lines.length < LOG_PORTION) continue
    yield lines
    lines = []
  }
  if (lines.length > 0) yield lines
  return undefined
}
