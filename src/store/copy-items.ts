import { createHash } from 'node:crypto'
import type { DirectoryFeed } from '../domain/feed.js'
import type { Archived, ArchiveItem, ArchiveKind, ArchiveStore } from './port-archive.js'

/** What is read of one side: a portion at a time, so that memory does not grow with the tenant. */

/** In this order: without its feeds a half-copied connection would read everybody anew, and lose nobody. */
export const KINDS = [
  'users',
  'parked',
  'candidates',
  'tokens',
  'runs',
  'holds',
  'feeds',
] as const satisfies ArchiveKind[]

export const PORTION = 500

/** Throws what it was aborted with. */
export async function* portions<K extends ArchiveKind>(
  archive: ArchiveStore,
  kind: K,
  signal: AbortSignal,
): AsyncGenerator<ArchiveItem<K>[]> {
  for (let after: string | null = null; ;) {
    signal.throwIfAborted()
    const items: ArchiveItem<K>[] = await archive.read(kind, { after, limit: PORTION })
    if (items.length > 0) yield items
    if (items.length < PORTION) return
    after = items.at(-1)?.key ?? null
  }
}

/**
 * An item as it moves. The stamps of a full pass stay behind, so one that is half read is begun anew there: without
 * pass and delta link everybody is read.
 */
export function moved<K extends ArchiveKind>(kind: K, item: ArchiveItem<K>): ArchiveItem<K> {
  if (kind !== 'feeds' || item.key !== 'directory') return item
  const feed = item.value as DirectoryFeed
  if (feed.pass === null || feed.pass.kind === 'incremental') return item
  const anew: DirectoryFeed = { ...feed, pass: null, deltaLink: null }
  return { key: item.key, value: anew as Archived[K] }
}

/** The same text for the same value, in whatever order its properties come. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    const given = part as Readonly<Record<string, unknown>>
    return Object.fromEntries(
      Object.keys(given)
        .sort()
        .map((name) => [`.${name}`, given[name]]),
    )
  })
}

/** How many there are, and a hash of all of them in whatever order they come. */
export class Sum {
  count = 0
  #total = 0n

  /** `weight` is how many it counts for. */
  add(value: unknown, weight = 1): void {
    const hash = createHash('sha256').update(canonical(value)).digest('hex')
    this.#total = BigInt.asUintN(256, this.#total + BigInt(`0x${hash}`))
    this.count += weight
  }

  /** 64 hexadecimal digits. */
  get hash(): string {
    return this.#total.toString(16).padStart(64, '0')
  }
}
