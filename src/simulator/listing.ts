import { graphAnswer, type Answer, type JsonObject } from './answer.js'
import { badRequest, GraphRefusal, notFound, notPremium, permissionDenied, unsupportedQuery } from './errors.js'
import type { Query } from './exchange.js'
import { invalidFilter, parseFilter, toTest, type Comparison } from './filter.js'
import type { GraphRequest, Tenant } from './tenant.js'
import type { Person } from './person.js'
import { parseSelect, type Property, type Selection } from './properties.js'
import { plainObject } from './represent.js'

const DEFAULT_TOP = 100
const MOST_TOP = 999
const MOST_TOP_WITH_ACTIVITY = 500
export const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** `GET /users`: everybody live, in pages. */
export function userPage(tenant: Tenant, request: GraphRequest): Answer {
  const { query, headers } = request.exchange
  for (const option of ['$orderby', '$search', '$expand'])
    if (query.has(option)) throw unsupportedQuery(`The query option '${option}' is not supported here.`)
  const selection = parseSelect(query.get('$select'))
  if (selection.signInActivity) refuseActivity(tenant, request.roles)
  const top = topOf(query, selection.signInActivity)
  const filter = query.get('$filter')
  const test = filter === undefined ? () => true : toTest(parseFilter(filter), comparison)
  const isCounted =
    query.get('$count') === 'true' && headers['consistencylevel'] === 'eventual' && !query.has('$skiptoken')
  const { people, next } = livePeople(tenant, { from: startOf(query), top, test })
  return graphAnswer({
    '@odata.context': `${tenant.origin()}/v1.0/$metadata#users(${selection.text})`,
    ...(isCounted ? { '@odata.count': tenant.directory.size } : {}),
    ...(next === null ? {} : { '@odata.nextLink': `${tenant.origin()}/v1.0/users?${continued(query, next)}` }),
    value: people.map((person) => shown(tenant, person, selection)),
  })
}

/** `GET /users/{id or UPN}`. */
export function onePerson(tenant: Tenant, { exchange, roles, last }: GraphRequest): Answer {
  const selection = parseSelect(exchange.query.get('$select'))
  if (selection.signInActivity) {
    refuseActivity(tenant, roles)
    if (!GUID.test(last)) throw badRequest('The sign-in activity can be read by object id only.')
  }
  const person = tenant.directory.find(last)
  if (person?.standing !== 'live') throw notFound(last)
  const context = `${tenant.origin()}/v1.0/$metadata#users(${selection.text})/$entity`
  return graphAnswer({ '@odata.context': context, ...shown(tenant, person, selection) })
}

/** `GET /users/$count`, an advanced query: a bare number as text. */
export function userCount({ directory }: Tenant, { exchange }: GraphRequest): Answer {
  if (exchange.headers['consistencylevel'] !== 'eventual')
    throw badRequest('$count is not currently supported without the header ConsistencyLevel: eventual.')
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: [Buffer.from(String(directory.size))] }
}

/** The query of a next link: everything that was asked, and where to go on. */
export function continued(query: Query, next: number | string): string {
  const kept = [...query].filter(([name]) => name !== '$skiptoken')
  return [...kept, ['$skiptoken', String(next)]]
    .map(([name = '', value = '']) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}

/** Where a next link goes on. */
export function startOf(query: Query): number {
  const token = query.get('$skiptoken') ?? '0'
  if (/^\d+$/.test(token)) return Number(token)
  throw badRequest('The skip token is not valid.')
}

/** The page size asked for; more than Graph allows is refused. */
export function topOf(query: Query, withActivity = false): number {
  const asked = query.get('$top')
  if (asked === undefined) return DEFAULT_TOP
  const top = Number(asked)
  if (!Number.isInteger(top) || top < 1 || top > MOST_TOP)
    throw badRequest(`Invalid page size specified: '${asked}'. Must be between 1 and ${MOST_TOP} inclusive.`)
  if (withActivity && top > MOST_TOP_WITH_ACTIVITY)
    throw new GraphRefusal(
      500,
      'InternalServerError',
      `Cannot query data for more than ${MOST_TOP_WITH_ACTIVITY} users.`,
    )
  return top
}

interface Wanted {
  readonly from: number
  readonly top: number
  readonly test: (person: Person) => boolean
}

function livePeople({ directory }: Tenant, { from, top, test }: Wanted): { people: Person[]; next: number | null } {
  const people: Person[] = []
  for (let index = from; index < directory.count; index += 1) {
    const person = directory.byIndex(index)
    if (person.standing !== 'live' || !test(person)) continue
    if (people.length === top) return { people, next: index }
    people.push(person)
  }
  return { people, next: null }
}

/** Values of single properties only; what needs an advanced query is refused as unsupported. */
function comparison({ field, operator, value }: Comparison): (person: Person) => boolean {
  if (operator !== 'eq' && operator !== 'startswith') throw unsupportedQuery(`Unsupported operator '${operator}'.`)
  const name = field === 'id' ? 'id' : parseSelect(field).names[0]
  if (name === undefined) throw invalidFilter(`the property '${field}' cannot be filtered.`)
  const wanted = value.toLowerCase()
  return (person) => {
    const held = textOf(person, name)
    return operator === 'eq' ? held === wanted : held?.startsWith(wanted) === true
  }
}

function textOf(person: Person, name: Property | 'id'): string | null {
  const value = person[name]
  return typeof value === 'string' || typeof value === 'boolean' ? String(value).toLowerCase() : null
}

function refuseActivity({ licence }: Tenant, roles: readonly string[]): void {
  if (!roles.includes('AuditLog.Read.All')) throw permissionDenied('audit', 'AuditLog.Read.All')
  if (licence === 'none') throw notPremium()
}

function shown({ signIns }: Tenant, person: Person, selection: Selection): JsonObject {
  const object = plainObject(person, selection)
  if (!selection.signInActivity) return object
  const activity = signIns.activityOf(person.id)
  return activity === null ? object : { ...object, signInActivity: activity }
}
