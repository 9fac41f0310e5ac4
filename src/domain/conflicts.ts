import { isPresent, isThere } from './change.js'
import { fold } from './fold.js'
import type { User } from './user.js'

/**
 * Pure: records that may be one person, or people who share what should tell them apart. They are shown to somebody who
 * knows, and never joined here: a wrong guess gives one person's history to another.
 */

/**
 * `rehired`: an address of somebody present was that of a record no longer present, under another object id;
 * `same-address`: several present people have one address; `moved`: the same object id or address was in another
 * connection before; `twice`: one object id is present in several connections.
 */
export const CONFLICT_KINDS = ['same-address', 'rehired', 'moved', 'twice'] as const
export type ConflictKind = (typeof CONFLICT_KINDS)[number]

/** What tells a conflict. */
export type Holder = Pick<User, 'id' | 'connection' | 'entraObjectId' | 'presence'>

/** `address` is folded, and null where an object id is what they share. Those present in the directory come first. */
export interface Conflict<H extends Holder = User> {
  readonly kind: ConflictKind
  readonly address: string | null
  readonly users: readonly H[]
}

const ADDRESS = 'address:'
const OBJECT = 'object:'

/** Folded; user name and email alike. */
export function addressesOf({ userPrincipalName, mail }: User): string[] {
  const given = [userPrincipalName, mail].map((one) => fold((one ?? '').trim()))
  return [...new Set(given.filter((one) => one !== ''))]
}

/** What somebody may share with others: their addresses and their object id. */
export function sharedKeys(user: User): string[] {
  const keys = addressesOf(user).map((one) => ADDRESS + one)
  return user.entraObjectId === null ? keys : [...keys, OBJECT + user.entraObjectId]
}

/** What it means that these people, each given once, share this key; null: nothing. */
export function conflictAt<H extends Holder>(key: string, holders: readonly H[]): Conflict<H> | null {
  if (holders.length < 2) return null
  const present = holders.filter(isPresent)
  const users = [...present, ...holders.filter((one) => !isPresent(one))]
  const connections = new Set(holders.map(({ connection }) => connection))
  if (key.startsWith(OBJECT)) return { kind: present.length > 1 ? 'twice' : 'moved', address: null, users }
  const address = key.slice(ADDRESS.length)
  // One object id in several connections is told by that, not by the address it has in each.
  if (areOne(holders)) return null
  if (present.length > 1) return areOne(present) ? null : { kind: 'same-address', address, users }
  if (present.length === 0) return null
  return { kind: connections.size > 1 ? 'moved' : 'rehired', address, users }
}

function areOne(holders: readonly Holder[]): boolean {
  const [first] = holders
  return holders.every(({ entraObjectId }) => entraObjectId !== null && entraObjectId === first?.entraObjectId)
}

/** Every conflict once, though people share both user name and email; in order of kind, then address. */
export function distinct<H extends Holder>(conflicts: readonly Conflict<H>[]): Conflict<H>[] {
  const byPeople = new Map<string, Conflict<H>>()
  for (const conflict of conflicts) {
    const people = conflict.users.map(({ connection, id }) => `${connection} ${id}`).sort()
    const key = [conflict.kind, ...people].join('\n')
    if (!byPeople.has(key)) byPeople.set(key, conflict)
  }
  const rank = ({ kind }: Conflict<H>): number => CONFLICT_KINDS.indexOf(kind)
  const nameOf = ({ address, users }: Conflict<H>): string => address ?? users[0]?.entraObjectId ?? ''
  return [...byPeople.values()].sort((a, b) => rank(a) - rank(b) || (nameOf(a) < nameOf(b) ? -1 : 1))
}

/** The conflicts of one person among people who may share something with them, themselves included or not. */
export function conflictsOf(user: User, others: readonly User[]): Conflict[] {
  const all = new Map([...others, user].map((one) => [`${one.connection} ${one.id}`, one]))
  const conflicts = sharedKeys(user).flatMap((key) => {
    const holders = [...all.values()].filter((one) => sharedKeys(one).includes(key))
    return conflictAt(key, holders) ?? []
  })
  return distinct(conflicts)
}

/**
 * The record of an earlier account of a newcomer's user name, the one changed last, out of those found by that name; null:
 * nobody had it, or somebody present has it still. It is told, not joined.
 */
export function rehired(
  newcomer: Pick<User, 'id' | 'entraObjectId' | 'userPrincipalName'>,
  found: readonly User[],
): User | null {
  const name = newcomer.userPrincipalName
  if (name === null) return null
  const others = found.filter(
    ({ id, entraObjectId, userPrincipalName }) =>
      id !== newcomer.id &&
      entraObjectId !== newcomer.entraObjectId &&
      userPrincipalName !== null &&
      fold(userPrincipalName) === fold(name),
  )
  if (others.some(isThere)) return null
  return others.reduce<User | null>((last, one) => (last === null || one.updatedAt > last.updatedAt ? one : last), null)
}

/**
 * The account somebody deleted has now: of the same user name, or created after the deletion. Whoever had the address
 * beside them, such as that of a shared mailbox, is somebody else.
 */
export function newerThan(deleted: User, conflicts: readonly Conflict[]): User | null {
  const { removal, userPrincipalName } = deleted
  const deletedAt = removal?.presence === 'soft-deleted' || removal?.presence === 'gone' ? removal.at : null
  const isNewer = (one: User): boolean =>
    (userPrincipalName !== null &&
      one.userPrincipalName !== null &&
      fold(one.userPrincipalName) === fold(userPrincipalName)) ||
    (deletedAt !== null && one.createdAt > deletedAt)
  const people = conflicts
    .filter(({ kind }) => kind === 'rehired' || kind === 'same-address')
    .flatMap(({ users }) => users)
  return people.find((one) => one.id !== deleted.id && one.account === 'active' && isNewer(one)) ?? null
}
