import { fold } from './fold.js'
import type { MappingConfig } from './mapping.js'
import { valuesOf } from './rule.js'
import { narrowsTypes, type ScopeConfig, type ScopeRule } from './scope.js'

/** What scope and mapping together ask of the directory. */
export interface Selection {
  readonly scope: ScopeConfig
  readonly mapping: MappingConfig
}

/** Paths whose values are read with everybody, each once, in an order that does not depend on that of the files. */
export function pathsOf({ scope, mapping }: Selection): readonly string[] {
  const ofRules = scope.rules.map(({ property }) => property)
  const ofFields = Object.values(mapping).flatMap(({ from }) => from)
  return [...new Set([...ofRules, ...ofFields])].sort()
}

/**
 * Changes exactly when the meaning does: the order of groups, rules and fields does not count, nor letter case where
 * nothing compares it. People who are never removed are left out: that list decides when it is asked.
 */
export function fingerprintOf({ groups, nested, userTypes, rules }: ScopeConfig, mapping: MappingConfig): string {
  const fields = Object.entries(mapping).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify({
    ...(groups.length > 0 ? { groups: distinct(groups.map(fold)), nested } : {}),
    ...(narrowsTypes(userTypes) ? { userTypes: distinct(userTypes) } : {}),
    ...(rules.length > 0 ? { rules: distinct(rules.map(meaningOf)) } : {}),
    ...(fields.length > 0 ? { mapping: fields.map(([field, how]) => [field, how.from, how.trim, how.case]) } : {}),
  })
}

function meaningOf({ property, op, value }: ScopeRule): string {
  const values = distinct(valuesOf(value).map(fold))
  return JSON.stringify([property, op === 'in' && values.length === 1 ? 'equals' : op, ...values])
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort()
}
