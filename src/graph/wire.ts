/// <reference lib="es2024.string" />

import type { DirectoryItem, DirectoryPage, Patch, Unreadable } from '../domain/directory.js'
import type { SourcePath } from '../domain/properties.js'
import { PROFILE_FIELDS, type ProfileField, type Source } from '../domain/user.js'
import type { AnswerFacts } from './call.js'
import { fieldsOf } from './envelope.js'
import { incomplete } from './network-failure.js'

/**
 * Pure: Graph's JSON as items. Checks are written by hand: a page of 999 must cost less than a millisecond. A page that
 * is not whole throws `graph.incomplete-answer`; an entry that cannot be read is an item of its own.
 */

type Fields = Readonly<Record<string, unknown>>

/**
 * `guard` refuses links that lead elsewhere, before anything of the page is used; values of the `paths` become the
 * `source` of a patch.
 */
export function directoryPage(
  body: unknown,
  facts: AnswerFacts,
  guard: (link: string) => void,
  paths: readonly SourcePath[] = [],
): DirectoryPage {
  const { value, link } = collection(body, facts)
  const delta = link('@odata.deltaLink')
  const next = link('@odata.nextLink')
  const both = delta !== null && next !== null
  const only = delta ?? next
  if (both || only === null) throw incomplete({ ...facts.details, words: 'neither or both of nextLink and deltaLink' })
  guard(only)
  return {
    items: value.map((entry) => directoryItem(entry, paths)),
    cursor: { kind: delta === null ? 'next' : 'delta', link: only },
  }
}

export interface Collection {
  readonly value: readonly unknown[]
  /** Null when it is not there. */
  readonly link: (name: '@odata.nextLink' | '@odata.deltaLink') => string | null
}

export function collection(body: unknown, facts: AnswerFacts): Collection {
  const fields = fieldsOf(body)
  const value = fields?.['value']
  if (!fields || !Array.isArray(value)) throw incomplete({ ...facts.details, words: 'the page has no value' })
  const link: Collection['link'] = (name) => {
    const given = fields[name]
    if (given === undefined || given === null) return null
    if (typeof given === 'string' && given !== '') return given
    throw incomplete({ ...facts.details, words: `${name} is no link` })
  }
  return { value: value as unknown[], link }
}

export function directoryItem(entry: unknown, paths: readonly SourcePath[] = []): DirectoryItem {
  const fields = fieldsOf(entry)
  if (!fields) return unreadable(null, `the entry is ${kindOf(entry)}`)
  const id = fields['id']
  if (typeof id !== 'string' || id === '') return unreadable(null, `"id" is ${kindOf(id)}`)
  const entraObjectId = wellFormed(id.toLowerCase())
  const removed = fields['@removed']
  return removed === undefined ? patch(entraObjectId, fields, paths) : tombstone(entraObjectId, removed)
}

/** Anything but `deleted` can be restored, and counts as that. */
function tombstone(entraObjectId: string, removed: unknown): DirectoryItem {
  const reason = fieldsOf(removed)
  if (!reason) return unreadable(entraObjectId, `"@removed" is ${kindOf(removed)}`)
  return { kind: 'tombstone', entraObjectId, presence: reason['reason'] === 'deleted' ? 'gone' : 'soft-deleted' }
}

function patch(entraObjectId: string, fields: Fields, paths: readonly SourcePath[]): Patch | Unreadable {
  const profile: Partial<Record<ProfileField, string | null>> = {}
  for (const name of PROFILE_FIELDS) {
    const value = fields[name]
    if (value === undefined) continue
    if (typeof value === 'string') profile[name] = value === '' ? null : wellFormed(value)
    else if (value === null) profile[name] = null
    else return unreadable(entraObjectId, `"${name}" is ${kindOf(value)}, not text`)
  }
  const accountEnabled = fields['accountEnabled']
  if (accountEnabled !== undefined && accountEnabled !== null && typeof accountEnabled !== 'boolean')
    return unreadable(entraObjectId, `"accountEnabled" is ${kindOf(accountEnabled)}, not true or false`)
  const stated = accountEnabled === undefined ? {} : { accountEnabled }
  if (paths.length === 0) return { kind: 'patch', entraObjectId, profile, ...stated }
  const source = sourceIn(fields, paths)
  if (typeof source === 'string') return unreadable(entraObjectId, source)
  return { kind: 'patch', entraObjectId, profile, source, ...stated }
}

/** Values of the paths into properties that are there, or what is wrong with one. */
function sourceIn(fields: Fields, paths: readonly SourcePath[]): Source | string {
  const source: Record<string, string | null> = {}
  for (const { text, property, index, part } of paths) {
    const whole = fields[property]
    if (whole === undefined) continue
    const within = placeIn(whole, { index, part })
    if (within === undefined) return `"${property}" is ${kindOf(whole)}, not ${index === null ? 'an object' : 'a list'}`
    if (typeof within === 'object' && within !== null) return `"${text}" is ${kindOf(within)}, not text`
    source[text] = within === null || within === '' ? null : wellFormed(String(within))
  }
  return source
}

type Scalar = string | number | boolean | null

/** Undefined when the property is not of the form the path expects. */
function placeIn(whole: unknown, { index, part }: Pick<SourcePath, 'index' | 'part'>): Scalar | object | undefined {
  if (whole === null || (index === null && part === null)) return whole as Scalar | object
  if (index !== null) return Array.isArray(whole) ? ((whole as (Scalar | object)[])[index] ?? null) : undefined
  const fields = fieldsOf(whole)
  return fields ? (fields[part ?? ''] ?? null) : undefined
}

function unreadable(entraObjectId: string | null, problem: string): Unreadable {
  return { kind: 'unreadable', entraObjectId, problem }
}

/** What it is, never what it says: it may be something that must not be shown. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (value === '') return 'empty'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'object':
      return 'an object'
    case 'string':
      return 'text'
    case 'number':
      return 'a number'
    default:
      return 'true or false'
  }
}

/** Half a surrogate pair cannot be stored as UTF-8; escapes in JSON can make one. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed()
}
