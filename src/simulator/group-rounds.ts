import type { JsonObject } from './answer.js'
import type { PagePosition } from './delta-tokens.js'
import type { Group, GroupProperty, GroupSelection } from './group.js'
import type { GroupChange } from './groups.js'
import type { Member } from './members.js'

/** A group as it was at some time, with its direct members by id. */
interface GroupThen {
  readonly group: Group
  readonly members: ReadonlyMap<string, Member>
}

/** Every group as it was when the journal had `length` entries, in the order they were made. */
function groupsAt(journal: readonly GroupChange[], length: number): GroupThen[] {
  const then: { group: Group; members: Map<string, Member> }[] = []
  for (const { index, group, added, removed } of journal.slice(0, length)) {
    const members = then[index]?.members ?? new Map<string, Member>()
    for (const member of added) members.set(member.id, member)
    for (const member of removed) members.delete(member.id)
    then[index] = { group, members }
  }
  return then
}

/** The items of a whole round. A group with many members comes as several items, each with a part of them. */
export function groupItems(
  journal: readonly GroupChange[],
  { from, to, ids }: PagePosition,
  shape: { readonly selection: GroupSelection; readonly membersPerItem: number; readonly minimal: boolean },
): JsonObject[] {
  const after = groupsAt(journal, to)
  const isAsked = ({ group }: GroupThen): boolean => !ids || ids.includes(group.id)
  if (from === null)
    return after
      .filter((then) => isAsked(then) && then.group.standing === 'live')
      .flatMap((then) => wholeGroup(then, shape.selection, shape.membersPerItem))
  const before = groupsAt(journal, from)
  return [...touched(journal.slice(from, to))].flatMap(([index, touch]) => {
    const then = after[index]
    if (!then || !isAsked(then)) return []
    if (then.group.standing !== 'live') return [tombstone(then.group)]
    if (touch.whole) return wholeGroup(then, shape.selection, shape.membersPerItem)
    const members = shape.selection.members ? changesOf(before[index]?.members, then.members) : []
    const properties = shape.selection.names.filter((name) => touch.properties.has(name))
    if (members.length === 0 && properties.length === 0) return []
    const shown = shape.minimal ? properties : shape.selection.names
    return inParts(
      withValues(then.group, shown, (value) => value !== undefined),
      members,
      shape.membersPerItem,
    )
  })
}

interface Touch {
  readonly whole: boolean
  readonly properties: ReadonlySet<string>
}

/** The groups that changed, by index, ordered by their last change. */
function touched(changes: readonly GroupChange[]): Map<number, Touch> {
  const found = new Map<number, Touch>()
  for (const { index, kind, properties } of changes) {
    const earlier = found.get(index)
    found.delete(index)
    found.set(index, {
      whole: earlier?.whole === true || kind === 'created' || kind === 'restored',
      properties: new Set([...(earlier?.properties ?? []), ...properties]),
    })
  }
  return found
}

function wholeGroup(
  { group, members }: GroupThen,
  { names, members: withMembers }: GroupSelection,
  most: number,
): JsonObject[] {
  const head = withValues(group, names, (value) => value !== undefined && value !== null)
  return inParts(head, withMembers ? [...members.values()].map(reference) : [], most)
}

function withValues(group: Group, names: readonly GroupProperty[], isShown: (value: unknown) => boolean): JsonObject {
  const item: JsonObject = { id: group.id }
  for (const name of names) {
    const value = group[name]
    if (value !== undefined && isShown(value)) item[name] = value
  }
  return item
}

/** Additions, then removals; "deleted" is said of the membership, not of the member. */
function changesOf(before: ReadonlyMap<string, Member> | undefined, after: ReadonlyMap<string, Member>): JsonObject[] {
  const added = [...after.values()].filter(({ id }) => before?.has(id) !== true)
  const removed = [...(before?.values() ?? [])].filter(({ id }) => !after.has(id))
  return [
    ...added.map(reference),
    ...removed.map((member) => ({ ...reference(member), '@removed': { reason: 'deleted' } })),
  ]
}

function inParts(head: JsonObject, members: readonly JsonObject[], most: number): JsonObject[] {
  if (members.length === 0) return [head]
  return Array.from({ length: Math.ceil(members.length / most) }, (_, part) => ({
    ...head,
    'members@delta': members.slice(part * most, (part + 1) * most),
  }))
}

function reference({ id, type }: Member): JsonObject {
  return { '@odata.type': `#microsoft.graph.${type}`, id }
}

function tombstone({ id, standing }: Group): JsonObject {
  return { id, '@removed': { reason: standing === 'purged' ? 'deleted' : 'changed' } }
}
