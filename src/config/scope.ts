import { isGuid } from '../domain/guid.js'
import { problemOfPath, PROPERTIES } from '../domain/properties.js'
import { EVERYONE, RULE_OPERATORS, type RuleOperator, type ScopeConfig, type ScopeRule } from '../domain/scope.js'
import { booleanIn, didYouMean, fieldsIn, listIn, textIn, under, type Fields, type Report } from './json-shape.js'
import { quoted } from './parsers.js'

/** `scope.json`, or the scope of a connection in `connections.json`: who of the tenant is ours at all. */

const KEYS = ['groups', 'nested', 'userTypes', 'rules', 'neverRemove']
const USER_TYPES = ['Member', 'Guest'] as const
const WITHOUT_VALUE: readonly RuleOperator[] = ['empty', 'not-empty']

/** Everyone where it cannot be read: its problems are told. */
export function readScope(json: unknown, report: Report): ScopeConfig {
  const given = fieldsIn(json, { path: '', known: KEYS, example: '{"groups": ["…"]}' }, report)
  if (!given) return EVERYONE
  return {
    groups: groupsIn(given, report),
    nested: given.has('nested') ? (booleanIn(given.get('nested'), 'nested', report) ?? true) : true,
    userTypes: userTypesIn(given, report),
    rules: rulesIn(given, report),
    neverRemove: each(given, 'neverRemove', '["ceo@contoso.example"]', report, textIn),
  }
}

type ReadEntry<T> = (entry: unknown, path: string, report: Report) => T | undefined

/** What can be read of a list; empty without it. */
function each<T>(given: Fields, key: string, example: string, report: Report, read: ReadEntry<T>): T[] {
  const list = given.has(key) ? listIn(given.get(key), key, example, report) : undefined
  return (list ?? []).flatMap((entry, index) => {
    const value = read(entry, `${key}[${index}]`, report)
    return value === undefined ? [] : [value]
  })
}

/** “Any of none” would be nobody: a list that is there and empty is a mistake. */
function notEmpty(given: Fields, key: string, what: string, report: Report): void {
  const list = given.get(key)
  if (Array.isArray(list) && list.length === 0)
    report(key, `names no ${what}`, 'Name one, or take it out: that is everybody.')
}

function groupsIn(given: Fields, report: Report): readonly string[] {
  notEmpty(given, 'groups', 'group', report)
  const example = '["11111111-2222-4333-8444-555555555555"]'
  const ids = each(given, 'groups', example, report, (entry, path) => {
    if (typeof entry === 'string' && isGuid(entry.trim())) return entry.trim().toLowerCase()
    const what = typeof entry === 'string' ? `is ${quoted(entry)}, which` : 'is something that'
    const where = 'Entra admin center → Entra ID → Groups → the group → Overview'
    report(path, `${what} is not the object id of a group`, `Copy the Object ID from ${where}.`)
    return undefined
  })
  return [...new Set(ids)]
}

function userTypesIn(given: Fields, report: Report): ScopeConfig['userTypes'] {
  notEmpty(given, 'userTypes', 'user type', report)
  const types = each(given, 'userTypes', '["Member"]', report, (entry, path) => {
    const type = USER_TYPES.find((one) => typeof entry === 'string' && one.toLowerCase() === entry.trim().toLowerCase())
    if (type === undefined) report(path, 'is not a user type', 'Write "Member" or "Guest".')
    return type
  })
  return [...new Set(types)]
}

function rulesIn(given: Fields, report: Report): readonly ScopeRule[] {
  return each(given, 'rules', '[{"property": "department", "op": "equals", "value": "Sales"}]', report, ruleIn)
}

function ruleIn(entry: unknown, path: string, report: Report): ScopeRule | undefined {
  const example = '{"property": "department", "op": "equals", "value": "Sales"}'
  const rule = fieldsIn(entry, { path, known: ['property', 'op', 'value'], example }, report)
  if (!rule) return undefined
  const property = propertyIn(rule, path, report)
  const op = operatorIn(rule, under(path, 'op'), report)
  const value = op === undefined ? undefined : valueIn(rule, op, under(path, 'value'), report)
  if (property === undefined || op === undefined) return undefined
  return value === undefined ? { property, op } : { property, op, value }
}

function propertyIn(rule: Fields, path: string, report: Report): string | undefined {
  const place = under(path, 'property')
  if (!rule.has('property')) {
    report(place, 'is missing', 'Write a property as Graph names it, such as "department".')
    return undefined
  }
  return sourceIn(rule.get('property'), place, report)
}

/** A path of the directory whose changes are reported; undefined after it was reported. */
export function sourceIn(json: unknown, path: string, report: Report): string | undefined {
  const text = textIn(json, path, report)?.trim()
  if (text === undefined) return undefined
  const bad = problemOfPath(text)
  if (!bad) return text
  const remedy = bad.misspelt === undefined ? bad.remedy : didYouMean(bad.misspelt, PROPERTIES, bad.remedy)
  report(path, `is ${quoted(text)}, which ${bad.problem}`, remedy)
  return undefined
}

function operatorIn(rule: Fields, path: string, report: Report): RuleOperator | undefined {
  const given = rule.get('op')
  const op = RULE_OPERATORS.find((one) => one === given)
  if (op !== undefined) return op
  const possible = `Use one of: ${RULE_OPERATORS.join(', ')}.`
  if (!rule.has('op')) report(path, 'is missing', possible)
  else if (typeof given !== 'string') report(path, 'is not an operator', possible)
  else report(path, `is ${quoted(given)}, which is not an operator`, didYouMean(given, RULE_OPERATORS, possible))
  return undefined
}

function valueIn(rule: Fields, op: RuleOperator, path: string, report: Report): ScopeRule['value'] | undefined {
  const value = rule.get('value')
  if (WITHOUT_VALUE.includes(op)) {
    if (rule.has('value')) report(path, `has no place with the operator “${op}”`, 'Take it out.')
    return undefined
  }
  if (!rule.has('value')) {
    report(path, `is missing: the operator “${op}” compares with it`, `Write ${op === 'in' ? '["…"]' : '"…"'}.`)
    return undefined
  }
  if (op === 'in') return valuesIn(value, path, report)
  if (Array.isArray(value)) {
    const remedy = op === 'equals' ? 'Use "op": "in" for several.' : 'Write one text.'
    report(path, `is a list, but the operator “${op}” compares with one text`, remedy)
    return undefined
  }
  if (value === '' && (op === 'equals' || op === 'not-equals')) {
    report(path, 'is empty', `Use "op": "${op === 'equals' ? 'empty' : 'not-empty'}", without a value.`)
    return undefined
  }
  return textIn(value, path, report)
}

function valuesIn(value: unknown, path: string, report: Report): readonly string[] | undefined {
  if (!Array.isArray(value)) {
    report(path, 'must be a list: the operator “in” compares with several', 'Write ["…", "…"].')
    return undefined
  }
  if (value.length === 0) report(path, 'names nothing, so nobody would be left', 'Name what to compare with.')
  return value.flatMap((entry: unknown, index) => textIn(entry, `${path}[${index}]`, report) ?? [])
}
