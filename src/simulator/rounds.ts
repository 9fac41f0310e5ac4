import type { JsonObject } from './answer.js'
import type { PagePosition } from './delta-tokens.js'
import type { Directory } from './directory.js'
import type { Person } from './person.js'
import type { Selection } from './properties.js'
import { changedItem, tombstone, wholeItem } from './represent.js'

/** Somebody who changed within a round. `whole` is a new or restored person, shown like in an initial round. */
export interface RoundEntry {
  readonly index: number
  readonly whole: boolean
  readonly properties: ReadonlySet<string>
}

export interface PageShape {
  readonly pageSize: number
  readonly repeatObjects: number
  readonly tombstonesInInitial: boolean
}

/** How somebody was when the journal had `length` entries; undefined before they were created. */
export function viewAt(directory: Directory, length: number): (index: number) => Person | undefined {
  if (length >= directory.journal.length) return (index) => directory.byIndex(index)
  const earlier = new Map<number, Person | undefined>()
  for (const { index, before } of directory.journal.slice(length)) if (!earlier.has(index)) earlier.set(index, before)
  return (index) => (earlier.has(index) ? earlier.get(index) : directory.byIndex(index))
}

/** Who changed in a round, each once, ordered by the last change; only changes to selected properties count. */
export function changedIn(directory: Directory, position: PagePosition, selection: Selection): RoundEntry[] {
  const { ids } = position
  const entries = new Map<number, RoundEntry>()
  for (const { index, kind, properties } of directory.journal.slice(position.from ?? 0, position.to)) {
    if (ids && !ids.includes(directory.byIndex(index).id)) continue
    if (kind === 'updated' && !selection.names.some((name) => properties.has(name))) continue
    const earlier = entries.get(index)
    entries.delete(index)
    entries.set(index, {
      index,
      whole: earlier?.whole === true || kind !== 'updated',
      properties: earlier ? new Set([...earlier.properties, ...properties]) : properties,
    })
  }
  return [...entries.values()]
}

/** A page of an initial round: people by index, without those who are not there. */
export function initialItems(
  view: (index: number) => Person | undefined,
  position: PagePosition,
  selection: Selection,
  shape: PageShape,
): JsonObject[] {
  const { ids, count, offset } = position
  const items: JsonObject[] = []
  for (const index of indexesOf(count, offset, shape)) {
    const person = view(index)
    if (!person || (ids && !ids.includes(person.id))) continue
    if (person.standing === 'live') items.push(wholeItem(person, selection))
    else if (shape.tombstonesInInitial && person.standing === 'soft-deleted') items.push(tombstone(person))
  }
  return items
}

/** A page of a later round. With `minimal` an update carries its changed properties only. */
export function laterItems(
  view: (index: number) => Person | undefined,
  entries: readonly RoundEntry[],
  selection: Selection,
  page: PageShape & { readonly offset: number; readonly minimal: boolean },
): JsonObject[] {
  const items: JsonObject[] = []
  for (const index of indexesOf(entries.length, page.offset, page)) {
    const entry = entries[index]
    const person = entry && view(entry.index)
    if (!person) continue
    if (person.standing !== 'live') items.push(tombstone(person))
    else if (entry.whole) items.push(wholeItem(person, selection))
    else items.push(changedItem(person, selection, page.minimal ? entry.properties : null))
  }
  return items
}

/** The page's own indexes, then the repeated ones: the last of the page before, or on a first page its own first. */
function indexesOf(total: number, offset: number, { pageSize, repeatObjects }: PageShape): number[] {
  const end = Math.min(offset + pageSize, total)
  const repeatFrom = offset > 0 ? Math.max(offset - repeatObjects, 0) : 0
  const repeatTo = offset > 0 ? offset : Math.min(repeatObjects, end)
  const indexes: number[] = []
  for (let index = offset; index < end; index += 1) indexes.push(index)
  if (repeatObjects > 0) for (let index = repeatFrom; index < repeatTo; index += 1) indexes.push(index)
  return indexes
}
