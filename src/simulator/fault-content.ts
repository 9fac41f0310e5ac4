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
  ContentFault | Extract<FaultAction, { kind: 'edit' | 'foreign-next-link' | 'foreign-delta-link' }>

/**
 * A real page, spoiled. Null when there is nothing to spoil: an error, no JSON, or no such link on this page.
 * `closedEarly` turns a next link into the delta link of a service that ends the round too soon.
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
      return typeof next === 'string' ? { ...rest, '@odata.deltaLink': closedEarly(next), value } : null
    case 'empty-page':
      return { ...body, value: [] }
    case 'shrunken':
      return { ...body, value: items.slice(0, Math.floor(items.length / 2)) }
    case 'bad-entries':
      return { ...body, value: [...BAD_ENTRIES, ...items] }
  }
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
