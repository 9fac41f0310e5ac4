import { fold } from './fold.js'
import type { RuleOperator, ScopeRule } from './scope.js'

/** Pure: whether a rule of the scope holds for a value, and what it is called. */

/** As many values of a list as a sentence takes. */
const MOST_SHOWN = 3

/** Letter case does not count. An empty value equals nothing and starts with nothing. */
export function holds({ op, value }: ScopeRule, given: string | null): boolean {
  if (op === 'empty') return !hasValue(given)
  if (op === 'not-empty') return hasValue(given)
  if (!hasValue(given)) return op === 'not-equals'
  const text = fold(given)
  const wanted = valuesOf(value).map(fold)
  if (op === 'not-equals') return !wanted.includes(text)
  if (op === 'starts-with') return wanted.some((start) => text.startsWith(start))
  if (op === 'ends-with') return wanted.some((end) => text.endsWith(end))
  return wanted.includes(text)
}

/** Nothing but blanks is no value. */
export function hasValue(value: string | null | undefined): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

/** Tells one rule from another, in whatever order its values stand: `rule:department equals Sales`. */
export function nameOfRule({ property, op, value }: ScopeRule): string {
  const values = [...valuesOf(value)].sort().join(', ')
  return `rule:${property} ${op}${values && ` ${values}`}`
}

const WORDS: Readonly<Record<RuleOperator, string>> = {
  equals: 'equals',
  'not-equals': 'does not equal',
  'starts-with': 'starts with',
  'ends-with': 'ends with',
  in: 'is one of',
  empty: 'is empty',
  'not-empty': 'is not empty',
}

/** For people: `rule: department equals “Sales”`. */
export function sentenceOf({ property, op, value }: ScopeRule): string {
  const values = valuesOf(value).map((text) => `“${text}”`)
  const shown = values.slice(0, MOST_SHOWN).join(', ')
  const more = values.length > MOST_SHOWN ? ` and ${values.length - MOST_SHOWN} more` : ''
  return `rule: ${property} ${WORDS[op]}${shown && ` ${shown}`}${more}`
}

export function valuesOf(value: ScopeRule['value']): readonly string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}
