import { graphAnswer, type Answer, type JsonObject } from './answer.js'
import { GraphRefusal, notFound, unsupportedQuery } from './errors.js'
import type { Query } from './exchange.js'
import { invalidFilter, parseFilter, toTest, type Comparison } from './filter.js'
import { groupProperty, parseGroupSelect, plainGroup, type Group } from './group.js'
import { continued, GUID, startOf, topOf } from './listing.js'
import type { GraphRequest, Tenant } from './tenant.js'

/** `GET /groups`: the live ones. */
export function groupPage(tenant: Tenant, { exchange }: GraphRequest): Answer {
  const { query } = exchange
  for (const option of ['$orderby', '$search', '$expand'])
    if (query.has(option)) throw unsupportedQuery(`The query option '${option}' is not supported here.`)
  const filter = query.get('$filter')
  const test = filter === undefined ? () => true : toTest(parseFilter(filter), comparison)
  return pageOf(tenant, tenant.groups.all().filter(test), { query, path: 'groups' })
}

/** `GET /directory/deletedItems/microsoft.graph.group`: those that can still be restored. */
export function deletedGroupPage(tenant: Tenant, { exchange: { query } }: GraphRequest): Answer {
  tenant.groups.purgeExpired()
  return pageOf(tenant, tenant.groups.deleted(), { query, path: 'directory/deletedItems/microsoft.graph.group' })
}

/** `GET /groups/{id}`. */
export function oneGroup(tenant: Tenant, { exchange, last }: GraphRequest): Answer {
  return entity(tenant, liveGroup(tenant, last), exchange.query)
}

/** `GET /directory/deletedItems/microsoft.graph.group/{id}`. */
export function deletedGroup(tenant: Tenant, { exchange, last }: GraphRequest): Answer {
  tenant.groups.purgeExpired()
  const group = tenant.groups.find(last)
  if (group?.standing !== 'soft-deleted') throw notFound(last)
  return entity(tenant, group, exchange.query)
}

/** A group has no other name than its id. */
export function liveGroup({ groups }: Tenant, id: string): Group {
  if (!GUID.test(id)) throw new GraphRefusal(400, 'Request_BadRequest', `Invalid object identifier '${id}'.`)
  const group = groups.find(id)
  if (group?.standing !== 'live') throw notFound(id)
  return group
}

function entity({ origin }: Tenant, group: Group, query: Query): Answer {
  const { names, text } = parseGroupSelect(query.get('$select'))
  const context = `${origin()}/v1.0/$metadata#groups(${text})/$entity`
  return graphAnswer({ '@odata.context': context, ...plainGroup(group, names) })
}

/** Pages go by the order of making, so that a change between two of them moves nobody. */
function pageOf(
  { origin, groups }: Tenant,
  list: readonly Group[],
  { query, path }: { readonly query: Query; readonly path: string },
): Answer {
  const { names, text } = parseGroupSelect(query.get('$select'))
  const top = topOf(query)
  const from = startOf(query)
  const rest = list.filter(({ id }) => (groups.indexOf(id) ?? 0) >= from)
  const next = rest[top]
  const link = next ? `${origin()}/v1.0/${path}?${continued(query, groups.indexOf(next.id) ?? 0)}` : null
  return graphAnswer({
    '@odata.context': `${origin()}/v1.0/$metadata#groups(${text})`,
    ...(link === null ? {} : { '@odata.nextLink': link }),
    value: rest.slice(0, top).map((group): JsonObject => plainGroup(group, names)),
  })
}

function comparison({ field, operator, value }: Comparison): (group: Group) => boolean {
  if (operator !== 'eq' && operator !== 'startswith') throw unsupportedQuery(`Unsupported operator '${operator}'.`)
  const name = field.toLowerCase() === 'id' ? 'id' : groupProperty(field)
  if (name === undefined) throw invalidFilter(`the property '${field}' cannot be filtered.`)
  const wanted = value.toLowerCase()
  return (group) => {
    const held = group[name]
    if (typeof held !== 'string' && typeof held !== 'boolean') return false
    const text = String(held).toLowerCase()
    return operator === 'eq' ? text === wanted : text.startsWith(wanted)
  }
}
