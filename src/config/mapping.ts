import type { FieldMapping, MappingConfig } from '../domain/mapping.js'
import type { ScopeConfig } from '../domain/scope.js'
import { PROFILE_FIELDS, type ProfileField } from '../domain/user.js'
import type { SettingsProblem } from './config.js'
import { booleanIn, didYouMean, fieldsIn, listIn, under, type Report } from './json-shape.js'
import { quoted } from './parsers.js'
import { sourceIn } from './scope.js'

/** `mapping.json`, or the mapping of a connection in `connections.json`: which property of Entra fills which field. */

const FIELDS = PROFILE_FIELDS.filter((field) => field !== 'userPrincipalName')
const EXAMPLE = '{"mail": ["mail", "otherMails[0]"]}'
const SOURCES = '["mail", "otherMails[0]"]'

/** One to one where it cannot be read: its problems are told. */
export function readMapping(json: unknown, report: Report): MappingConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    report('', 'must be an object, written in braces', `Write ${EXAMPLE}.`)
    return {}
  }
  const mapping: Partial<Record<ProfileField, FieldMapping>> = {}
  for (const [key, value] of Object.entries(json)) {
    const field = FIELDS.find((one) => one === key)
    if (field === undefined) notAField(key, report)
    else {
      const read = fieldIn(value, field, report)
      if (read) mapping[field] = read
    }
  }
  return mapping
}

function notAField(key: string, report: Report): void {
  const path = quoted(key).slice(1, -1)
  if (key === 'userPrincipalName')
    report(path, 'cannot be mapped: logins and look-ups go by it', 'Take it out; other fields can be filled from it.')
  else report(path, 'is not a field of people', didYouMean(key, FIELDS, `Use one of: ${FIELDS.join(', ')}.`))
}

function fieldIn(json: unknown, path: string, report: Report): FieldMapping | null {
  if (Array.isArray(json)) return { from: sourcesIn(json, path, report), trim: false, case: null }
  if (typeof json !== 'object' || json === null) {
    report(path, 'must be a list of sources', `Write ${SOURCES}.`)
    return null
  }
  const given = fieldsIn(json, { path, known: ['from', 'trim', 'case'], example: `{"from": ${SOURCES}}` }, report)
  if (!given) return null
  const place = under(path, 'from')
  const list = given.has('from') ? listIn(given.get('from'), place, SOURCES, report) : undefined
  if (!given.has('from')) report(place, 'is missing', `Write ${SOURCES}.`)
  return {
    from: list ? sourcesIn(list, place, report) : [],
    trim: given.has('trim') && (booleanIn(given.get('trim'), under(path, 'trim'), report) ?? false),
    case: given.has('case') ? letterCase(given.get('case'), under(path, 'case'), report) : null,
  }
}

function sourcesIn(list: readonly unknown[], path: string, report: Report): readonly string[] {
  if (list.length === 0)
    report(path, 'names no source', 'Name one, or take the field out: it is filled by the property of its own name.')
  return list.flatMap((entry, index) => sourceIn(entry, `${path}[${index}]`, report) ?? [])
}

function letterCase(json: unknown, path: string, report: Report): FieldMapping['case'] {
  if (json === 'lower' || json === 'upper') return json
  report(path, 'is not a way to write letters', 'Write "lower" or "upper", or take it out.')
  return null
}

/** User types of the scope are compared with the field: a mapped one would not be Entra's word. */
export function userTypeProblem(scope: ScopeConfig, mapping: MappingConfig, place: string): SettingsProblem[] {
  if (scope.userTypes.length === 0 || !mapping.userType) return []
  const rule = '{"property": "userType", "op": "not-equals", "value": "Guest"}'
  const message = `${place} cannot be mapped where the scope names user types.`
  return [{ name: place, message, remedy: `Use a rule such as ${rule} instead of userTypes, or take the field out.` }]
}
