import { badRequest, type GraphRefusal } from './errors.js'

/** The part of OData's `$filter` that the simulated endpoints take. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  /** `in` takes few values: https://learn.microsoft.com/graph/aad-advanced-queries */
  | { readonly kind: 'in'; readonly parts: readonly Comparison[] }
  | Comparison

const MOST_VALUES = 15

export interface Comparison {
  readonly kind: 'compare'
  /** As spelled in the filter. */
  readonly field: string
  readonly operator: string
  readonly value: string
  readonly quoted: boolean
}

const TOKEN = /\s*([(),]|'(?:[^']|'')*'|[^\s(),']+)/y

export function invalidFilter(reason: string): GraphRefusal {
  return badRequest(`Invalid filter clause: ${reason}`)
}

export function parseFilter(filter: string): Condition {
  const tokens = tokenize(filter)
  const condition = either(tokens)
  if (tokens.length > 0) throw invalidFilter(`syntax error near '${tokens[0] ?? ''}'.`)
  return condition
}

function tokenize(filter: string): string[] {
  const text = filter.trim()
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const token = TOKEN.exec(text)?.[1]
    if (token === undefined) throw invalidFilter(`syntax error at position ${at}.`)
    tokens.push(token)
  }
  return tokens
}

function either(tokens: string[]): Condition {
  return joined('or', tokens, (rest) => joined('and', rest, single))
}

function joined(kind: 'and' | 'or', tokens: string[], part: (tokens: string[]) => Condition): Condition {
  const first = part(tokens)
  const parts = [first]
  while (tokens[0]?.toLowerCase() === kind) {
    tokens.shift()
    parts.push(part(tokens))
  }
  return parts.length === 1 ? first : { kind, parts }
}

function single(tokens: string[]): Condition {
  const token = tokens.shift() ?? ''
  if (token.toLowerCase() === 'not') return { kind: 'not', part: single(tokens) }
  if (token === '(') {
    const inner = either(tokens)
    expect(tokens, ')')
    return inner
  }
  if (token.toLowerCase() === 'startswith') {
    expect(tokens, '(')
    const field = tokens.shift() ?? ''
    expect(tokens, ',')
    const comparison = compare(field, 'startswith', tokens)
    expect(tokens, ')')
    return comparison
  }
  const operator = (tokens.shift() ?? '').toLowerCase()
  return operator === 'in' ? oneOf(token, tokens) : compare(token, operator, tokens)
}

function oneOf(field: string, tokens: string[]): Condition {
  expect(tokens, '(')
  const parts = [compare(field, 'eq', tokens)]
  while (tokens[0] === ',') parts.push(compare(field, 'eq', tokens.splice(0, 2).slice(1)))
  expect(tokens, ')')
  if (parts.length > MOST_VALUES) throw invalidFilter(`'in' takes at most ${MOST_VALUES} values.`)
  return { kind: 'in', parts }
}

function compare(field: string, operator: string, tokens: string[]): Comparison {
  const literal = tokens.shift()
  if (!/^[a-z][\w/]*$/i.test(field)) throw invalidFilter(`'${field}' is not a property.`)
  if (literal === undefined || '(),'.includes(literal)) throw invalidFilter('a value is missing.')
  const quoted = literal.startsWith("'")
  const value = quoted ? literal.slice(1, -1).replaceAll("''", "'") : literal
  return { kind: 'compare', field, operator, value, quoted }
}

function expect(tokens: string[], wanted: string): void {
  if (tokens.shift() !== wanted) throw invalidFilter(`'${wanted}' is missing.`)
}

/** The ids of a filter made of `id eq '…'` joined by `or`, all that delta takes. */
export function idsOf(condition: Condition): string[] {
  if (condition.kind === 'or') return condition.parts.flatMap(idsOf)
  if (condition.kind === 'compare' && condition.field.toLowerCase() === 'id' && condition.operator === 'eq')
    return [condition.value.toLowerCase()]
  throw badRequest("A delta filter takes only id eq '…', joined by or.")
}

/** A filter as a function; `compare` decides a single comparison and refuses what cannot be compared. */
export function toTest<T>(
  condition: Condition,
  compare: (comparison: Comparison) => (row: T) => boolean,
): (row: T) => boolean {
  if (condition.kind === 'compare') return compare(condition)
  if (condition.kind === 'not') {
    const part = toTest(condition.part, compare)
    return (row) => !part(row)
  }
  const parts = condition.parts.map((part) => toTest(part, compare))
  return condition.kind === 'and' ? (row) => parts.every((part) => part(row)) : (row) => parts.some((part) => part(row))
}
