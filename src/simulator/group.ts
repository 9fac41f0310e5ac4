import type { Json } from './answer.js'
import { badRequest } from './errors.js'
import type { Standing } from './person.js'

/** The properties of a Graph group that can be selected. https://learn.microsoft.com/graph/api/resources/group */
const GROUP_PROPERTIES = [
  'displayName',
  'description',
  'mail',
  'mailEnabled',
  'mailNickname',
  'securityEnabled',
  'securityIdentifier',
  'groupTypes',
  'membershipRule',
  'proxyAddresses',
  'visibility',
  'isAssignableToRole',
  'createdDateTime',
  'deletedDateTime',
  'onPremisesSyncEnabled',
  'onPremisesSamAccountName',
  'onPremisesSecurityIdentifier',
] as const
export type GroupProperty = (typeof GROUP_PROPERTIES)[number]

const GROUP_COLLECTIONS: readonly GroupProperty[] = ['groupTypes', 'proxyAddresses']

export type GroupInput = { readonly [name in Exclude<GroupProperty, 'deletedDateTime'>]?: Json | undefined }

/** One immutable state of a group; who is in it is kept apart. */
export type Group = GroupInput & {
  readonly id: string
  readonly displayName: string
  readonly deletedDateTime?: string | undefined
  readonly standing: Standing
}

/** `names` never holds `id`, which always comes back. `members` is the relationship, which only delta can select. */
export interface GroupSelection {
  readonly names: readonly GroupProperty[]
  readonly members: boolean
  readonly text: string
}

const BY_LOWER_CASE = new Map<string, GroupProperty>(GROUP_PROPERTIES.map((name) => [name.toLowerCase(), name]))

export function groupProperty(name: string): GroupProperty | undefined {
  return BY_LOWER_CASE.get(name.trim().toLowerCase())
}

export function namesIn(select: string | undefined): string[] {
  return (select ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
}

/** Unknown names are a 400. Nothing selected is everything, without the members. */
export function parseGroupSelect(select: string | undefined, of: 'plain' | 'delta' = 'plain'): GroupSelection {
  const wanted = namesIn(select).filter((name) => name.toLowerCase() !== 'id')
  const members = of === 'delta' && wanted.some((name) => name.toLowerCase() === 'members')
  const names = namesIn(select).length === 0 ? GROUP_PROPERTIES : wanted.flatMap((name) => named(name, members))
  return { names, members, text: [...names, ...(members ? ['members()'] : [])].join(',') }
}

function named(name: string, members: boolean): GroupProperty[] {
  const property = groupProperty(name)
  if (property) return [property]
  if (members && name.toLowerCase() === 'members') return []
  throw badRequest(
    `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type 'microsoft.graph.group'.`,
  )
}

/** Outside of delta every selected property is there. */
export function plainGroup(group: Group, names: readonly GroupProperty[]): Record<string, Json> {
  const object: Record<string, Json> = { id: group.id }
  for (const name of names) object[name] = group[name] ?? (GROUP_COLLECTIONS.includes(name) ? [] : null)
  return object
}
