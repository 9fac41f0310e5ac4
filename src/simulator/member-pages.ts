import { graphAnswer, type Answer, type JsonObject } from './answer.js'
import { badRequest, notFound, unsupportedQuery } from './errors.js'
import type { Exchange } from './exchange.js'
import { groupProperty, namesIn, parseGroupSelect, plainGroup, type Group } from './group.js'
import { liveGroup } from './group-pages.js'
import type { Groups } from './groups.js'
import { continued, startOf, topOf } from './listing.js'
import { MEMBER_TYPES, type Member, type MemberType } from './members.js'
import { isUserProperty, parseSelect } from './properties.js'
import { plainObject } from './represent.js'
import { mayRead, READS_GROUPS, READS_USERS } from './route.js'
import type { GraphRequest, Tenant } from './tenant.js'

const MOST_CHECKED_GROUPS = 20

/** Users first, in the order of the directory, then groups in the order of making: a place that no change moves. */
const GROUPS_FROM = 1_000_000_000
const OTHERS_FROM = 2_000_000_000

/**
 * `members`, `transitiveMembers`, `memberOf` and `transitiveMemberOf`, of a group or, the last two, of a user, with or
 * without a cast to one type. Only what is live shows. What the caller may not read comes with its id and nulls:
 * https://learn.microsoft.com/graph/permissions-overview, limited information for inaccessible member objects.
 */
export function memberPage(tenant: Tenant, { exchange, roles, segments }: GraphRequest): Answer {
  const [collection = '', id = '', relation = '', cast] = segments
  const { query } = exchange
  const type = cast === undefined ? undefined : castTo(cast)
  const subject = collection.toLowerCase() === 'users' ? livePerson(tenant, id) : liveGroup(tenant, id)
  refuseUnsupported(tenant, exchange, { type, relation, subject })
  const top = topOf(query)
  const from = startOf(query)
  const places = placesOf(tenant, { subject, relation: relation.toLowerCase(), type })
  const first = places.findIndex(({ place }) => place >= from)
  const rest = first < 0 ? [] : places.slice(first, first + top + 1)
  const next = rest[top]
  const path = segments.map(encodeURIComponent).join('/')
  const isCounted = isAdvanced(exchange) && !query.has('$skiptoken')
  const show = shower(tenant, { roles, select: query.get('$select'), withType: type === undefined })
  return graphAnswer({
    '@odata.context': `${tenant.origin()}/v1.0/$metadata#${type === undefined ? 'directoryObjects' : `${type}s`}`,
    ...(isCounted ? { '@odata.count': places.length } : {}),
    ...(next ? { '@odata.nextLink': `${tenant.origin()}/v1.0/${path}?${continued(query, next.place)}` } : {}),
    value: rest.slice(0, top).map(({ member }) => show(member)),
  })
}

/** `POST /users/{id}/checkMemberGroups`: which of the groups somebody is in, nested ones included. */
export function checkMemberGroups(tenant: Tenant, { segments, body }: GraphRequest): Answer {
  const person = livePerson(tenant, segments[1] ?? '')
  const wanted = groupIdsIn(body)
  const held = new Set(tenant.groups.groupsOf(person.id, true).map(({ id }) => id))
  const context = `${tenant.origin()}/v1.0/$metadata#Collection(Edm.String)`
  return graphAnswer({ '@odata.context': context, value: wanted.filter((id) => held.has(id.toLowerCase())) })
}

function groupIdsIn(body: string): string[] {
  let given: unknown
  try {
    given = (JSON.parse(body) as { groupIds?: unknown } | null)?.groupIds
  } catch {
    given = undefined
  }
  const ids = Array.isArray(given) ? given.filter((id) => typeof id === 'string') : []
  if (!Array.isArray(given) || ids.length !== given.length) throw badRequest('A list of groupIds is needed.')
  if (ids.length > MOST_CHECKED_GROUPS)
    throw badRequest(`Too many groups are checked at once: at most ${MOST_CHECKED_GROUPS} are allowed.`)
  return ids
}

function livePerson({ directory }: Tenant, idOrUpn: string): { readonly id: string } {
  const person = directory.find(idOrUpn)
  if (person?.standing !== 'live') throw notFound(idOrUpn)
  return person
}

function castTo(cast: string): MemberType {
  const wanted = cast.toLowerCase().replace('microsoft.graph.', '')
  const type = MEMBER_TYPES.find((known) => known.toLowerCase() === wanted)
  if (type === undefined) throw unsupportedQuery(`Unsupported cast to '${cast}'.`)
  return type
}

interface Asked {
  readonly type: MemberType | undefined
  readonly relation: string
  readonly subject: Partial<Group> & { readonly id: string }
}

function refuseUnsupported({ groups }: Tenant, exchange: Exchange, { type, relation, subject }: Asked): void {
  for (const option of ['$filter', '$orderby', '$search', '$expand'])
    if (exchange.query.has(option))
      throw unsupportedQuery('The specified filter to the reference property query is currently not supported.')
  if (type === undefined) return
  if (groups.castsAreAdvanced && !isAdvanced(exchange))
    throw unsupportedQuery('The cast needs ConsistencyLevel: eventual and $count=true.')
  const isMicrosoft365 = Array.isArray(subject.groupTypes) && subject.groupTypes.includes('Unified')
  if (isMicrosoft365 && type !== 'user' && /members$/i.test(relation))
    throw unsupportedQuery(`A Microsoft 365 group has no members of the type '${type}'.`)
}

function isAdvanced({ headers, query }: Exchange): boolean {
  return headers['consistencylevel'] === 'eventual' && query.get('$count') === 'true'
}

interface Place {
  readonly member: Member
  readonly place: number
}

/** Lists as they were last needed: the pages of a large group would else gather and sort everybody again. */
const remembered = new WeakMap<Groups, Map<string, { readonly stamp: string; readonly places: readonly Place[] }>>()
const MOST_REMEMBERED = 64

function placesOf(tenant: Tenant, { subject, relation, type }: Asked): readonly Place[] {
  const { groups, directory } = tenant
  groups.hearOfPurges()
  const key = `${subject.id} ${relation} ${type ?? ''}`
  const stamp = `${groups.journal.length} ${directory.journal.length}`
  const lists = remembered.get(groups) ?? new Map<string, { stamp: string; places: readonly Place[] }>()
  const known = lists.get(key)
  if (known?.stamp === stamp) return known.places
  const places = related(tenant, subject.id, relation)
    .filter((member) => (type === undefined || member.type === type) && groups.isLive(member))
    .map((member, at) => ({ member, place: placeOf(tenant, member, at) }))
    .sort((one, other) => one.place - other.place)
  if (lists.size >= MOST_REMEMBERED) lists.clear()
  remembered.set(groups, lists.set(key, { stamp, places }))
  return places
}

function related({ groups }: Tenant, id: string, relation: string): readonly Member[] {
  const isTransitive = relation.startsWith('transitive')
  if (relation.endsWith('members')) return groups.membersOf(id, isTransitive)
  return groups.groupsOf(id, isTransitive).map((group) => ({ id: group.id, type: 'group' }))
}

function placeOf({ directory, groups }: Tenant, { id, type }: Member, at: number): number {
  if (type === 'user') return directory.indexOf(id) ?? 0
  return type === 'group' ? GROUPS_FROM + (groups.indexOf(id) ?? 0) : OTHERS_FROM + at
}

/** A selection may name properties of either type; each object shows those of its own. */
function shower(
  { directory, groups }: Tenant,
  asked: { readonly roles: readonly string[]; readonly select: string | undefined; readonly withType: boolean },
): (member: Member) => JsonObject {
  const names = namesIn(asked.select)
  const strange = names.find((name) => name.toLowerCase() !== 'id' && !isUserProperty(name) && !groupProperty(name))
  if (strange !== undefined)
    throw badRequest(`Parsing OData Select and Expand failed: Could not find a property named '${strange}'.`)
  const of = (isKnown: (name: string) => unknown): string =>
    names.length === 0 ? '' : ['id', ...names.filter(isKnown)].join(',')
  const ofUser = parseSelect(of(isUserProperty))
  const ofGroup = parseGroupSelect(of(groupProperty))
  const readsUsers = mayRead(asked.roles, READS_USERS)
  const readsGroups = mayRead(asked.roles, READS_GROUPS)
  return ({ id, type }) => {
    const head: JsonObject = asked.withType ? { '@odata.type': `#microsoft.graph.${type}` } : {}
    const empty = (list: readonly string[]): JsonObject => {
      return { id, ...Object.fromEntries(list.map((name) => [name, null])) }
    }
    if (type === 'user') {
      const person = readsUsers ? directory.find(id) : undefined
      return { ...head, ...(person ? plainObject(person, ofUser) : empty(ofUser.names)) }
    }
    const group = readsGroups ? groups.find(id) : undefined
    return { ...head, ...(group ? plainGroup(group, ofGroup.names) : empty(ofGroup.names)) }
  }
}
