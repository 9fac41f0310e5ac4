import { fold } from '../../domain/fold.js'
import type { Account, Status, User } from '../../domain/user.js'
import { cut, readCursor } from '../cursor.js'
import type { Known, RemovalQuery, Tally, UserQuery } from '../port.js'
import { isFound } from '../search.js'
import type { Filter, Find } from './collection.js'
import type { Database } from './database.js'
import { objectKey } from './keys.js'
import { parkedOf } from './parked.js'
import { usersOf, WITHOUT_HISTORY } from './records.js'

/** Reads of one connection's people. */
export interface Scope {
  readonly db: Database
  readonly connection: string
}

/** How many people a search reads at a time at least. */
const SEARCH_CHUNK = 200

/** A pattern has a greatest length; what is longer is compared afterwards, as everything that is found is. */
const PATTERN_LENGTH = 1000

export async function knownUsers({ db, connection }: Scope, entraObjectIds: readonly string[]): Promise<Known> {
  const keys = [...new Set(entraObjectIds)].map((id) => objectKey(connection, id))
  const [people, parked] = await Promise.all([
    db.collections.people.find({ key: { $in: keys } }, { select: WITHOUT_HISTORY }),
    parkedOf(db, connection, entraObjectIds),
  ])
  return { users: new Map(usersOf(people).map((user) => [user.entraObjectId ?? '', user])), parked }
}

export async function findUsers(scope: Scope, names: readonly string[]): Promise<Map<string, User[]>> {
  const { connection } = scope
  const ids = names.map((name) => name.toLowerCase())
  const keys = ids.map((id) => objectKey(connection, id))
  const any = [{ id: { $in: ids } }, { key: { $in: keys } }, { upn: { $in: names.map(fold) } }]
  const people = await readPeople(scope, { $or: any }, { sort: { id: 1 } })
  const found = names.map((name): [string, User[]] => {
    const id = name.toLowerCase()
    const byId = people.filter((user) => user.id === id || user.entraObjectId === id)
    return [name, byId.length > 0 ? byId : people.filter((user) => isCalled(user, name))]
  })
  return new Map(found)
}

function isCalled({ userPrincipalName: upn }: User, name: string): boolean {
  return upn !== null && fold(upn) === fold(name)
}

export function usersByKey(scope: Scope, key: string): Promise<User[]> {
  return readPeople(scope, { keys: key }, { sort: { id: 1 } })
}

export function dueUsers(scope: Scope, now: string, limit: number): Promise<User[]> {
  return readPeople(scope, { dueAt: { $lte: now } }, { sort: { dueAt: 1, id: 1 }, limit })
}

export function countOwed({ db, connection }: Scope): Promise<number> {
  return db.collections.people.count({ connection, dueAt: { $gt: '' } })
}

export async function listUsers(scope: Scope, query: UserQuery): Promise<{ users: User[]; nextCursor: string | null }> {
  const { search, limit, cursor } = query
  const [after = ''] = cursor === undefined ? [] : readCursor('users', cursor, 1)
  const isWanted = search === undefined ? undefined : (user: User) => isFound(user, search)
  const users = await readWhere(scope, filterOf(query), after, limit + 1, isWanted)
  const { page, nextCursor } = cut('users', users, limit, ({ id }) => [id])
  return { users: page, nextCursor }
}

export function readRemovals(scope: Scope, { state, hold, limit, after = '' }: RemovalQuery): Promise<User[]> {
  const filter = { removalState: state, id: { $gt: after }, ...(hold === undefined ? {} : { hold }) }
  return readPeople(scope, filter, { sort: { id: 1 }, limit })
}

/** Counted each time, over an index: numbers kept beside the people could not change in the same write as they. */
export async function readTally({ db, connection }: Scope): Promise<Tally[]> {
  interface Group {
    readonly _id: { readonly status: Status; readonly account: Account; readonly loggedIn: boolean }
    readonly count: number
  }
  const groups = await db.collections.people.aggregate<Group>([
    { $match: { connection, status: { $gt: '' } } },
    { $group: { _id: { status: '$status', account: '$account', loggedIn: '$loggedIn' }, count: { $sum: 1 } } },
  ])
  return groups.map(({ _id: { status, account, loggedIn }, count }) => ({
    status,
    account,
    firstLogin: loggedIn ? 'completed' : 'pending',
    count,
  }))
}

function filterOf({ status, account, accountReason, firstLogin, search, stuckSince }: UserQuery): Filter[] {
  const given = { status, account, accountReason, loggedIn: firstLogin && firstLogin === 'completed' }
  const filters: Filter[] = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ [name]: value }))
  if (search !== undefined && search !== '') {
    const pattern = { $regex: patternOf(search) }
    filters.push({ $or: [{ search: pattern }, { upn: pattern }] })
  }
  if (stuckSince) {
    const stuck = Object.entries(stuckSince).map(([one, since]) => ({ status: one, statusSince: { $lt: since } }))
    filters.push({ account: 'active' }, stuck.length > 0 ? { $or: stuck } : { status: { $in: [] } })
  }
  return filters
}

/** Literally: every ASCII sign but letters and digits by its number, NUL too, which no pattern may contain. */
function patternOf(search: string): string {
  let start = ''
  for (const sign of fold(search)) {
    if (start.length >= PATTERN_LENGTH) break
    const code = sign.codePointAt(0) ?? 0
    start += code < 128 && !/[a-z0-9]/i.test(sign) ? `\\x${code.toString(16).padStart(2, '0')}` : sign
  }
  return start
}

/** Up to `limit` people in order of id; `isWanted` decides where a filter lets too many through. */
async function readWhere(
  scope: Scope,
  filters: readonly Filter[],
  after: string,
  limit: number,
  isWanted?: (user: User) => boolean,
): Promise<User[]> {
  const chunk = isWanted ? Math.max(SEARCH_CHUNK, Math.min(limit, 1000)) : limit
  const wanted: User[] = []
  for (let last = after; ;) {
    const filter = { id: { $gt: last }, ...(filters.length > 0 ? { $and: filters } : {}) }
    const people = await readPeople(scope, filter, { sort: { id: 1 }, limit: chunk })
    wanted.push(...(isWanted ? people.filter(isWanted) : people))
    const next = people.at(-1)
    if (wanted.length >= limit || people.length < chunk || !next) return wanted.slice(0, limit)
    last = next.id
  }
}

/** Filters name what the places of revoked insertions do not have: they are never among those found. */
async function readPeople({ db, connection }: Scope, filter: Filter, find: Find): Promise<User[]> {
  return usersOf(await db.collections.people.find({ connection, ...filter }, { select: WITHOUT_HISTORY, ...find }))
}
