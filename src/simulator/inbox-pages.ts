import { graphAnswer, type Answer, type JsonObject } from './answer.js'
import { badRequest, GraphRefusal } from './errors.js'
import { continued, startOf } from './listing.js'
import type { InboxMessage } from './mailboxes.js'
import type { GraphRequest, Tenant } from './tenant.js'

const DEFAULT_TOP = 10
const MOST_TOP = 1000
const MESSAGE_CLASS = 'String 0x001A'

type Test = (message: InboxMessage) => boolean

/** `GET /users/{mailbox}/mailFolders/inbox/messages`. https://learn.microsoft.com/graph/api/user-list-messages */
export function inboxPage(tenant: Tenant, { exchange, segments }: GraphRequest): Answer {
  const mailbox = tenant.mailboxes.require(segments[1] ?? '')
  const { query } = exchange
  const test = filterOf(tenant, query.get('$filter'))
  const order = orderOf(query.get('$orderby'))
  const withClass = expandsClass(query.get('$expand'))
  const matching = tenant.mailboxes.inbox(mailbox).filter(test)
  const sorted = matching.sort((a, b) => (a.receivedAt.getTime() - b.receivedAt.getTime()) * order)
  const start = startOf(query)
  const top = topOf(query.get('$top'))
  const path = `${tenant.origin()}/v1.0/users/${encodeURIComponent(mailbox)}/mailFolders/inbox/messages`
  const more = start + top < sorted.length
  return graphAnswer({
    '@odata.context': `${tenant.origin()}/v1.0/$metadata#users('${mailbox}')/mailFolders('inbox')/messages`,
    value: sorted.slice(start, start + top).map((message) => shown(message, query.get('$select'), withClass)),
    ...(more ? { '@odata.nextLink': `${path}?${continued(query, start + top)}` } : {}),
  })
}

/** `GET /users/{mailbox}/messages/{id}/$value`: the email as it came. */
export function messageValue(tenant: Tenant, { segments }: GraphRequest): Answer {
  const mailbox = tenant.mailboxes.require(segments[1] ?? '')
  const id = segments.at(-2)
  const message = tenant.mailboxes.inbox(mailbox).find((one) => one.id === id)
  if (!message) throw new GraphRefusal(404, 'ErrorItemNotFound', 'The specified object was not found in the store.')
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: [message.mime] }
}

function filterOf({ mailboxes }: Tenant, filter: string | undefined): Test {
  if (filter === undefined) return () => true
  const tests = filter.split(/\s+and\s+(?![^(]*\))/).map((condition) => {
    const time = /^receivedDateTime (ge|gt|le|lt) (\S+)$/i.exec(condition.trim())
    if (time) return timeTest(time[1] ?? '', time[2] ?? '')
    if (mailboxes.refusesPropertyFilter)
      throw new GraphRefusal(400, 'InefficientFilter', 'The restriction or sort order is too complex.')
    return propertyTest(condition.trim())
  })
  return (message) => tests.every((test) => test(message))
}

function timeTest(operator: string, value: string): Test {
  const wanted = Date.parse(value)
  if (!/^\d{4}-\d\d-\d\dT.*Z$/.test(value) || Number.isNaN(wanted)) throw badRequest('Invalid filter clause.')
  // Exchange keeps whole seconds.
  const seconds = (date: Date): number => Math.floor(date.getTime() / 1000) * 1000
  switch (operator.toLowerCase()) {
    case 'ge':
      return ({ receivedAt }) => seconds(receivedAt) >= wanted
    case 'gt':
      return ({ receivedAt }) => seconds(receivedAt) > wanted
    case 'le':
      return ({ receivedAt }) => seconds(receivedAt) <= wanted
    default:
      return ({ receivedAt }) => seconds(receivedAt) < wanted
  }
}

/** https://learn.microsoft.com/graph/api/singlevaluelegacyextendedproperty-get */
function propertyTest(condition: string): Test {
  const form = /^singleValueExtendedProperties\/any\((\w+):\s*\1\/id eq '([^']*)' and \1\/value eq '([^']*)'\)$/i.exec(
    condition,
  )
  if (form?.[2]?.toLowerCase() !== MESSAGE_CLASS.toLowerCase())
    throw badRequest(`Invalid filter clause: '${condition}'.`)
  const wanted = form[3]?.toLowerCase()
  return ({ messageClass }) => messageClass.toLowerCase() === wanted
}

function orderOf(order = 'receivedDateTime desc'): 1 | -1 {
  const [, direction = 'asc'] = /^receivedDateTime(?:\s+(asc|desc))?$/i.exec(order) ?? []
  if (!/^receivedDateTime\b/i.test(order)) throw badRequest(`Invalid sort order: '${order}'.`)
  return direction.toLowerCase() === 'desc' ? -1 : 1
}

function expandsClass(expand: string | undefined): boolean {
  if (expand === undefined) return false
  const [, id] = /^singleValueExtendedProperties\(\$filter=id eq '([^']*)'\)$/i.exec(expand) ?? []
  if (id?.toLowerCase() !== MESSAGE_CLASS.toLowerCase()) throw badRequest(`Invalid expand clause: '${expand}'.`)
  return true
}

function topOf(asked: string | undefined): number {
  if (asked === undefined) return DEFAULT_TOP
  const top = Number(asked)
  if (Number.isInteger(top) && top > 0 && top <= MOST_TOP) return top
  throw badRequest(`The limit of '${MOST_TOP}' for Top query has been exceeded.`)
}

function shown(message: InboxMessage, select: string | undefined, withClass: boolean): JsonObject {
  const { id, receivedAt, subject, messageClass } = message
  const receivedDateTime = receivedAt.toISOString().replace(/\.\d+Z$/, 'Z')
  const all: JsonObject = { receivedDateTime, subject, isRead: false, hasAttachments: false }
  const names = select?.split(',').map((name) => name.trim()) ?? Object.keys(all)
  const chosen = Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))
  const properties = [{ id: MESSAGE_CLASS, value: messageClass }]
  return {
    '@odata.etag': `W/"${id}"`,
    id,
    ...chosen,
    ...(withClass ? { singleValueExtendedProperties: properties } : {}),
  }
}
