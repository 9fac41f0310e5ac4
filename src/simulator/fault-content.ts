import { bodyOf, jsonAnswer, type Answer, type Json } from './answer.js'
import type { ContentFault, FaultAction } from './faults.js'

type Body = Record<string, unknown>

/** Entries nobody can read, each in its own way. The last two are readable but for one property. */
export const BAD_ENTRIES: readonly unknown[] = [
  { displayName: 'Nobody without an id', userPrincipalName: 'nobody@contoso.example' },
  { id: 7, displayName: 'Id of a wrong type' },
  { id: null },
  { id: '' },
  null,
  'an entry that is a text',
  { id: 'bad00000-0000-4000-8000-000000000001', userPrincipalName: 'bad1@contoso.example', accountEnabled: 'yes' },
  {
    id: 'bad00000-0000-4000-8000-000000000002',
    userPrincipalName: 'bad2@contoso.example',
    displayName: { first: 'Bad' },
  },
]

/** Whether an action changes the content of a real answer. */
export type ContentAction =
  ContentFault | Extract<FaultAction, { kind: 'edit' | 'withhold' | 'foreign-next-link' | 'foreign-delta-link' }>

/**
 * A real page, spoiled. Null when there is nothing to spoil: an error, no JSON, or no such link on this page.
 * `closedEarly` turns a next link into the delta link of a service that ends the round too soon; null for links of a listing.
 */
export function spoilContent(
  answer: Answer,
  action: ContentAction,
  closedEarly: (nextLink: string) => Json,
): Answer | null {
  if (answer.status !== 200) return null
  const body = JSON.parse(bodyOf(answer).toString()) as Body
  const changed = change(body, action, closedEarly)
  return changed ? jsonAnswer(200, changed as Json, answer.headers) : null
}

function change(body: Body, action: ContentAction, closedEarly: (nextLink: string) => Json): Body | null {
  if (typeof action === 'object') {
    if (action.kind === 'edit') {
      action.edit(body)
      return body
    }
    if (action.kind === 'withhold') return withheld(body, action)
    return moveLink(body, action.kind === 'foreign-next-link' ? '@odata.nextLink' : '@odata.deltaLink', action.origin)
  }
  const { value, '@odata.nextLink': next, '@odata.deltaLink': delta, ...rest } = body
  if (!Array.isArray(value)) return null
  const items: readonly unknown[] = value
  switch (action) {
    case 'missing-value':
      return { ...without(body, 'value') }
    case 'value-not-array':
      return { ...body, value: { first: items[0] ?? null } }
    case 'no-link':
      return { ...rest, value }
    case 'both-links':
      return { ...body, '@odata.nextLink': next ?? delta, '@odata.deltaLink': delta ?? next }
    case 'early-delta-link':
      return early(next, closedEarly, { ...rest, value })
    case 'empty-page':
      return { ...body, value: [] }
    case 'shrunken':
      return { ...body, value: items.slice(0, Math.floor(items.length / 2)) }
    case 'bad-entries':
      return { ...body, value: [...BAD_ENTRIES, ...items] }
  }
}

function early(next: unknown, closedEarly: (nextLink: string) => Json, rest: Body): Body | null {
  const link = typeof next === 'string' ? closedEarly(next) : null
  return link === null ? null : { ...rest, '@odata.deltaLink': link }
}

type Withhold = Extract<FaultAction, { kind: 'withhold' }>

function withheld(body: Body, action: Withhold): Body | null {
  if (!Array.isArray(body['value'])) return null
  const items: readonly unknown[] = body['value']
  const kept = items.filter((item) => !isWithheld(String((item as { id?: unknown } | null)?.id), action))
  return kept.length === items.length ? null : { ...body, value: kept }
}

/** By the id's own digits, so that every round withholds the same. */
function isWithheld(id: string, action: Withhold): boolean {
  if ('ids' in action) return action.ids.includes(id)
  return (parseInt(id.slice(0, 8), 16) / 2 ** 32) * 100 < action.percent
}

function without(body: Body, name: string): Body {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key !== name))
}

/** The same link at another origin. */
function moveLink(body: Body, name: string, origin: string): Body | null {
  const link = body[name]
  if (typeof link !== 'string') return null
  const { pathname, search } = new URL(link)
  return { ...body, [name]: `${origin}${pathname}${search}` }
}
