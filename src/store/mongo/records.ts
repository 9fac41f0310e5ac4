import { dueAt, keysOf } from '../../domain/ahead.js'
import { fold } from '../../domain/fold.js'
import {
  ACCOUNTS,
  IDENTITIES,
  PRESENCES,
  PROFILE_FIELDS,
  STATUSES,
  type HistoryEntry,
  type Source,
  type User,
} from '../../domain/user.js'
import type { Filter, Op, Update } from './collection.js'
import { damaged } from './failures.js'
import { personKey } from './keys.js'
import type { PersonDocument } from './documents.js'
import { isObject, PARTS } from './shapes.js'

/**
 * A person as their document: the properties of the record under their own names, those that are null left out, and
 * beside them what people are found by.
 */

const TEXTS = ['id', 'identity', 'status', 'statusSince', 'presence', 'account', 'createdAt', 'updatedAt'] as const
const NULLABLE = [
  'entraObjectId',
  ...PROFILE_FIELDS,
  'statusReason',
  'decision',
  'removal',
  'through',
  'accountReason',
  'firstLoginAt',
  'firstLoginSource',
  'lastLoginAt',
  'ahead',
] as const
const CLOSED = { identity: IDENTITIES, status: STATUSES, presence: PRESENCES, account: ACCOUNTS } as const

/** All but history and what only writers need. */
export const WITHOUT_HISTORY = { history: 0, keys: 0, search: 0 } as const

/** Null for the place of somebody whose insertion was revoked. Throws `store.corrupt` naming whose document is wrong. */
export function userOf(document: PersonDocument): User | null {
  if (document.revision < 0) return null
  const found = document as unknown as Record<string, unknown>
  const problem = problemOf(found)
  if (problem) throw damaged(`the record of user ${document.id ?? document.key}`, problem)
  const names = [...TEXTS, 'connection', 'seat', 'revision'] as const
  return {
    ...Object.fromEntries(names.map((name) => [name, found[name]])),
    ...Object.fromEntries(NULLABLE.map((name) => [name, found[name] ?? null])),
    source: sourceOf(found),
  } as unknown as User
}

export function usersOf(documents: readonly PersonDocument[]): User[] {
  return documents.map(userOf).filter((user) => user !== null)
}

function problemOf(found: Readonly<Record<string, unknown>>): string | null {
  for (const name of TEXTS) if (typeof found[name] !== 'string') return `${name} is missing or no text`
  for (const [name, values] of Object.entries(CLOSED))
    if (!(values as readonly unknown[]).includes(found[name])) return `${name} is ${JSON.stringify(found[name])}`
  if (typeof found['seat'] !== 'boolean') return 'seat is missing'
  if (!Number.isSafeInteger(found['revision'])) return 'revision is no number'
  for (const name of ['entraObjectId', 'source', 'through', ...PROFILE_FIELDS])
    if (typeof (found[name] ?? '') !== 'string') return `${name} is no text`
  for (const [name, isWhole] of Object.entries(PARTS))
    if (found[name] != null && !isWhole(found[name])) return `${name} is not what we write there`
  return typeof found['source'] === 'string' && sourceOf(found) === null ? 'source is no document' : null
}

/** As text: paths of the directory are no names every server takes. Null also where it cannot be read. */
function sourceOf({ source }: Readonly<Record<string, unknown>>): Source | null {
  try {
    const value: unknown = typeof source === 'string' ? JSON.parse(source) : null
    return isObject(value) ? (value as Source) : null
  } catch {
    return null
  }
}

/** Everything of a person that is no history. */
function fieldsOf(connection: string, user: User): Record<string, unknown> {
  const { userPrincipalName: upn } = user
  const keys = keysOf(user)
  const search = searchTexts(user)
  return {
    ...Object.fromEntries([...TEXTS, ...NULLABLE].map((name) => [name, user[name]])),
    connection,
    key: personKey(connection, user),
    revision: user.revision,
    source: user.source && JSON.stringify(user.source),
    removalState: user.removal?.state ?? null,
    hold: user.removal?.hold ?? null,
    seat: user.seat,
    loggedIn: user.firstLoginAt !== null,
    upn: upn === null ? null : fold(upn),
    search: search.length > 0 ? search : null,
    keys: keys.length > 0 ? keys : null,
    dueAt: dueAt(user),
  }
}

/** Folded, what can be searched for; the user principal name is so already. */
function searchTexts({ displayName, userPrincipalName, mail, employeeId }: User): string[] {
  const texts = [displayName, mail, employeeId]
    .filter((text) => text !== null && text !== '')
    .map((text) => fold(text ?? ''))
  const upn = userPrincipalName === null ? null : fold(userPrincipalName)
  return [...new Set(texts)].filter((text) => text !== upn)
}

/** Each kind leaves the other's alone: a run finds those it has written whoever has written them since. */
export type Mark = { readonly commit: string } | { readonly last: string } | Readonly<Record<string, never>>

export interface Written {
  readonly connection: string
  readonly entries: readonly HistoryEntry[]
  /** What the write leaves in the document, for whoever has to know whether it was made. */
  readonly mark: Mark
}

export function insertion(user: User, { connection, entries, mark }: Written): Op {
  const fields = Object.entries(fieldsOf(connection, user)).filter(([, value]) => value !== null)
  const insert = {
    ...Object.fromEntries(fields),
    entries: entries.length,
    moved: 0,
    history: entries,
    ...mark,
  }
  return { insert }
}

/** Over the place of somebody whose insertion was revoked. */
export function filling(user: User, over: number, written: Written): Op {
  const { insert } = insertion(user, written) as { insert: Filter }
  const { key, ...set } = insert
  return { filter: { key, revision: over }, update: { $set: set } }
}

/** Writes what differs, if the person is still as `before` was read. */
export function change(before: User, after: User, { connection, entries, mark }: Written): Op {
  const [old, next] = [fieldsOf(connection, before), fieldsOf(connection, after)]
  const set: Record<string, unknown> = { ...mark }
  const unset: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(next)) {
    if (JSON.stringify(value) === JSON.stringify(old[name])) continue
    if (value === null) unset[name] = 1
    else set[name] = value
  }
  const update: Update = {
    $set: { ...set, revision: after.revision },
    ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}),
    ...(entries.length > 0 ? { $push: { history: { $each: entries } }, $inc: { entries: entries.length } } : {}),
  }
  return { filter: { key: personKey(connection, before), revision: before.revision }, update }
}
