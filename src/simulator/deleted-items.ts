import { graphAnswer, type Answer } from './answer.js'
import { notFound } from './errors.js'
import type { GraphRequest, Tenant } from './tenant.js'
import { continued, startOf, topOf } from './listing.js'
import { parseSelect } from './properties.js'
import { plainObject } from './represent.js'

/** `GET /directory/deletedItems/microsoft.graph.user`: who can still be restored. */
export function deletedPage({ origin, directory }: Tenant, { exchange }: GraphRequest): Answer {
  const { query } = exchange
  directory.purgeExpired()
  const selection = parseSelect(query.get('$select'))
  const top = topOf(query)
  const from = startOf(query)
  const people = directory.deleted()
  const next = `${origin()}/v1.0/directory/deletedItems/microsoft.graph.user?${continued(query, from + top)}`
  return graphAnswer({
    '@odata.context': `${origin()}/v1.0/$metadata#users(${selection.text})`,
    ...(people.length > from + top ? { '@odata.nextLink': next } : {}),
    value: people.slice(from, from + top).map((person) => plainObject(person, selection)),
  })
}

/** `GET /directory/deletedItems/{id}`, with or without the type in the path. */
export function deletedItem({ origin, directory }: Tenant, { exchange, last }: GraphRequest): Answer {
  directory.purgeExpired()
  const person = directory.find(last)
  if (person?.standing !== 'soft-deleted' || person.id !== last.toLowerCase()) throw notFound(last)
  const selection = parseSelect(exchange.query.get('$select') ?? DELETED_SET)
  const type = { '@odata.type': '#microsoft.graph.user' }
  const context = { '@odata.context': `${origin()}/v1.0/$metadata#directoryObjects/$entity` }
  return graphAnswer({ ...context, ...type, ...plainObject(person, selection) })
}

const DELETED_SET =
  'id,deletedDateTime,businessPhones,displayName,givenName,jobTitle,mail,mobilePhone,officeLocation,preferredLanguage,surname,userPrincipalName'
