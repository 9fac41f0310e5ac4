import { z } from 'zod'
import type { Json } from './answer.js'
import { growGroups } from './group-growth.js'
import { MEMBER_TYPES, type Member } from './members.js'
import type { Parts } from './tenant.js'

/** Commands about groups. A group is named by object id or display name, a member by id, name or index, or as it is. */

const properties = z.record(z.string(), z.json())
const member = z.union([
  z.string(),
  z.number().int().min(0),
  z.strictObject({ id: z.string(), type: z.enum(MEMBER_TYPES) }),
])
const members = z.array(member)

export const groupCommand = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('createGroup'), group: properties.default({}), members: members.default([]) }),
  z.strictObject({ op: z.literal('updateGroup'), group: z.string(), patch: properties }),
  z.strictObject({ op: z.enum(['addMembers', 'removeMembers']), group: z.string(), members }),
  z.strictObject({ op: z.enum(['deleteGroup', 'restoreGroup', 'purgeGroup', 'group']), group: z.string() }),
  z.strictObject({
    op: z.literal('growGroups'),
    groups: z.number().int().min(1),
    percent: z.number(),
    seed: z.number().default(1),
    branches: z.number().int().min(1).default(8),
  }),
  z.strictObject({
    op: z.literal('groupDelta'),
    emptyPages: z.number().int().exactOptional(),
    knobs: z
      .strictObject({
        pageSize: z.number().int().min(1).exactOptional(),
        membersPerItem: z.number().int().min(1).exactOptional(),
      })
      .default({}),
  }),
  z.strictObject({ op: z.literal('castsAreAdvanced'), value: z.boolean() }),
])
type GroupOrder = z.output<typeof groupCommand>

export function onGroups(parts: Parts, order: GroupOrder): Json {
  const { groups, groupDelta } = parts
  switch (order.op) {
    case 'createGroup':
      return shown(groups.create(order.group, named(parts, order.members)))
    case 'growGroups':
      return shown(growGroups(groups, order))
    case 'groupDelta':
      if (order.emptyPages !== undefined) groupDelta.emptyPagesBefore(order.emptyPages)
      Object.assign(groupDelta, order.knobs)
      return null
    case 'castsAreAdvanced':
      groups.castsAreAdvanced = order.value
      return null
    default:
      return onGroup(parts, order)
  }
}

function onGroup(parts: Parts, order: Extract<GroupOrder, { group: string }>): Json {
  const { groups } = parts
  const id = idOf(parts, order.group)
  switch (order.op) {
    case 'updateGroup':
      return shown(groups.update(id, order.patch))
    case 'addMembers':
      return groups.addMembers(id, named(parts, order.members))
    case 'removeMembers':
      return groups.removeMembers(
        id,
        named(parts, order.members).map((one) => (typeof one === 'string' ? one : one.id)),
      )
    case 'deleteGroup':
      return shown(groups.softDelete(id))
    case 'restoreGroup':
      return shown(groups.restore(id))
    case 'purgeGroup':
      return shown(groups.purge(id))
    case 'group':
      return shown({ ...groups.find(id), members: groups.membersOf(id, false) })
  }
}

function idOf({ groups }: Parts, name: string): string {
  const group = groups.find(name) ?? [...groups.all(), ...groups.deleted()].find((one) => one.displayName === name)
  if (!group) throw new Error(`No group is called ${name}.`)
  return group.id
}

function named(parts: Parts, list: z.output<typeof members>): (string | Member)[] {
  return list.map((one) => {
    if (typeof one === 'object') return { ...one, id: one.id.toLowerCase() }
    if (typeof one === 'number') return parts.directory.byIndex(one).id
    return parts.directory.find(one)?.id ?? idOf(parts, one)
  })
}

function shown(what: object): Json {
  return JSON.parse(JSON.stringify(what)) as Json
}
