/// <reference lib="es2024.string" />

import type { DirectoryItem, DirectoryPage, Patch, Unreadable } from '../domain/directory.js'
import { PROFILE_FIELDS, type ProfileField } from '../domain/user.js'
import type { AnswerFacts } from './call.js'
import { fieldsOf } from './envelope.js'
import { incomplete } from './network-failure.js'

/**
 * Pure: Graph's JSON as items. Checks are written by hand: a page of 999 must cost less than a millisecond. A page that
 * is not whole throws `graph.incomplete-answer`; an entry that cannot be read is an item of its own.
 */

type Fields = Readonly<Record<string, unknown>>

/** `guard` refuses links that lead elsewhere, before anything of the page is used. */
export function directoryPage(body: unknown, facts: AnswerFacts, guard: (link: string) => void): DirectoryPage {
  const { value, link } = collection(body, facts)
  const delta = link('@odata.deltaLink')
  const next = link('@odata.nextLink')
  const both = delta !== null && next !== null
  const only = delta ?? next
  if (both || only === null) throw incomplete({ ...facts.details, words: 'neither or both of nextLink and deltaLink' })
  guard(only)
  return { items: value.map(directoryItem), cursor: { kind: delta === null ? 'next' : 'delta', link: only } }
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

export function directoryItem(entry: unknown): DirectoryItem {
  const fields = fieldsOf(entry)
  if (!fields) return unreadable(null, `the entry is ${kindOf(entry)}`)
  const id = fields['id']
  if (typeof id !== 'string' || id === '') return unreadable(null, `"id" is ${kindOf(id)}`)
  const entraObjectId = wellFormed(id.toLowerCase())
  const removed = fields['@removed']
  return removed === undefined ? patch(entraObjectId, fields) : tombstone(entraObjectId, removed)
}

/** Anything but `deleted` can be restored, and counts as that. */
function tombstone(entraObjectId: string, removed: unknown): DirectoryItem {
  const reason = fieldsOf(removed)
  if (!reason) return unreadable(entraObjectId, `"@removed" is ${kindOf(removed)}`)
  return { kind: 'tombstone', entraObjectId, presence: reason['reason'] === 'deleted' ? 'gone' : 'soft-deleted' }
}

function patch(entraObjectId: string, fields: Fields): Patch | Unreadable {
  const profile: Partial<Record<ProfileField, string | null>> = {}
  for (const name of PROFILE_FIELDS) {
    const value = fields[name]
    if (value === undefined) continue
    if (typeof value === 'string') profile[name] = value === '' ? null : wellFormed(value)
    else if (value === null) profile[name] = null
    else return unreadable(entraObjectId, `"${name}" is ${kindOf(value)}, not text`)
  }
  const accountEnabled = fields['accountEnabled']
  if (accountEnabled === undefined) return { kind: 'patch', entraObjectId, profile }
  if (typeof accountEnabled === 'boolean' || accountEnabled === null) {
    return { kind: 'patch', entraObjectId, profile, accountEnabled }
  }
  return unreadable(entraObjectId, `"accountEnabled" is ${kindOf(accountEnabled)}, not true or false`)
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
