import { fold } from '../../domain/fold.js'
import type { HistoryEntry, User } from '../../domain/user.js'
import type { Known, RemovalQuery, Tally, UserQuery } from '../port.js'
import { cut, readCursor } from '../cursor.js'
import { isFound } from '../search.js'
import type { Database } from './database.js'
import { parkedOf } from './parked.js'
import { objectIdKey, parse, readUsers } from './rows.js'
import { MAY_BE_FOUND, needle } from './search.js'

/** Reads of one connection's people. `name` is the connection's name, `no` its number. */
export interface Scope {
  readonly db: Database
  readonly name: string
  readonly no: number
}

const KNOWN = `
  SELECT data FROM json_each(?2) AS asked
  CROSS JOIN users ON connection = ?1 AND entra_object_id = ${objectIdKey('asked.value')}`

const BY_ID = `
  SELECT data FROM users WHERE connection = ?1 AND (id = ?2 OR entra_object_id = ${objectIdKey('?2')}) ORDER BY id`

/** The plus keeps the planner from walking everybody in order of id. */
const BY_UPN = 'SELECT data FROM users WHERE connection = ? AND upn = ? ORDER BY +id'

const DUE = 'SELECT data FROM users WHERE connection = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?'

const CANDIDATES = `
  SELECT data FROM candidates JOIN users USING (connection, id)
  WHERE connection = ? AND id > ? AND presence IN ('enabled', 'disabled') ORDER BY id LIMIT ?`

const REMOVALS = 'SELECT data FROM users WHERE connection = ? AND removal = ? AND id > ? ORDER BY id LIMIT ?'

const REMOVALS_OF_HOLD = `
  SELECT data FROM users WHERE connection = ? AND removal = ? AND id > ? AND hold = ? ORDER BY id LIMIT ?`

/** How many rows a search reads at a time at least: some of them only look like a match. */
const SEARCH_CHUNK = 200

export function knownUsers({ db, name, no }: Scope, entraObjectIds: readonly string[]): Known {
  const ids = JSON.stringify(entraObjectIds)
  const users = new Map<string, User>()
  for (const user of readUsers(db, name, KNOWN, no, ids)) users.set(user.entraObjectId ?? '', user)
  return { users, parked: parkedOf(db, no, ids) }
}

export function findUsers({ db, name, no }: Scope, idOrUpn: string): User[] {
  const byId = readUsers(db, name, BY_ID, no, idOrUpn.toLowerCase())
  return byId.length > 0 ? byId : readUsers(db, name, BY_UPN, no, fold(idOrUpn))
}

export function dueUsers({ db, name, no }: Scope, now: string, limit: number): User[] {
  return readUsers(db, name, DUE, no, now, limit)
}

export function countOwed({ db, no }: Scope): number {
  const sql = 'SELECT count(*) AS owed FROM users WHERE connection = ? AND due_at IS NOT NULL'
  return (db.get(sql, no) as { owed: number }).owed
}

export function listUsers(scope: Scope, query: UserQuery): { users: User[]; nextCursor: string | null } {
  const { search, limit, cursor } = query
  const [after = ''] = cursor === undefined ? [] : readCursor('users', cursor, 1)
  const isWanted = search === undefined ? undefined : (user: User) => isFound(user, search)
  const users = readWhere(scope, whereOf(query), after, limit + 1, isWanted)
  const { page, nextCursor } = cut('users', users, limit, ({ id }) => [id])
  return { users: page, nextCursor }
}

export function readHistory({ db, no }: Scope, userId: string): HistoryEntry[] {
  const rows = db.all<{ entries: string }>(
    `SELECT entries FROM users JOIN origins ON origins.no = origin WHERE connection = ?1 AND id = ?2
     UNION ALL
     SELECT entries FROM (
       SELECT entries FROM users JOIN history ON history.user = users.no
       WHERE users.connection = ?1 AND id = ?2 ORDER BY history.no)`,
    no,
    userId,
  )
  return rows.flatMap(({ entries }) => parse(db, entries, `the history of user ${userId}`) as HistoryEntry[])
}

export function readTally({ db, no }: Scope): Tally[] {
  return db
    .all<Omit<Tally, 'firstLogin'> & { firstLogin: number }>(
      `SELECT status, account, first_login AS firstLogin, people AS count FROM tallies
       WHERE connection = ? AND people > 0`,
      no,
    )
    .map(({ status, account, firstLogin, count }) => ({
      status,
      account,
      firstLogin: firstLogin ? 'completed' : 'pending',
      count,
    }))
}

export function readCandidates({ db, name, no }: Scope, limit: number, after: string): User[] {
  return readUsers(db, name, CANDIDATES, no, after, limit)
}

export function readRemovals({ db, name, no }: Scope, { state, hold, limit, after = '' }: RemovalQuery): User[] {
  return hold === undefined
    ? readUsers(db, name, REMOVALS, no, state, after, limit)
    : readUsers(db, name, REMOVALS_OF_HOLD, no, state, after, hold, limit)
}

interface Where {
  readonly conditions: readonly string[]
  readonly values: readonly (string | number)[]
}

function whereOf({ status, account, accountReason, firstLogin, search, stuckSince }: UserQuery): Where {
  const conditions: string[] = []
  const values: (string | number)[] = []
  const also = (condition: string, value: string | number | undefined): void => {
    if (value === undefined) return
    conditions.push(condition)
    values.push(value)
  }
  also('status = ?', status)
  also('account = ?', account)
  also('account_reason = ?', accountReason)
  also('first_login = ?', firstLogin && (firstLogin === 'completed' ? 1 : 0))
  also(MAY_BE_FOUND, search === undefined ? undefined : needle(search))
  if (stuckSince) {
    const stuck = Object.entries(stuckSince)
    // Column `data` holds null for a `statusSince` (22) that equals `createdAt` (21).
    const since = 'coalesce(data ->> 22, data ->> 21)'
    conditions.push("account = 'active'", `(${stuck.map(() => `status = ? AND ${since} < ?`).join(' OR ') || 'FALSE'})`)
    values.push(...stuck.flat())
  }
  return { conditions, values }
}

/** Up to `limit` people in order of id; `isWanted` decides where a condition lets too many through. */
function readWhere(
  { db, name, no }: Scope,
  { conditions, values }: Where,
  after: string,
  limit: number,
  isWanted?: (user: User) => boolean,
): User[] {
  const sql = `SELECT data FROM users WHERE ${['connection = ?', 'id > ?', ...conditions].join(' AND ')} ORDER BY id LIMIT ?`
  const chunk = isWanted ? Math.max(SEARCH_CHUNK, Math.min(limit, 1000)) : limit
  const wanted: User[] = []
  for (let last = after; ;) {
    const rows = readUsers(db, name, sql, no, last, ...values, chunk)
    wanted.push(...(isWanted ? rows.filter(isWanted) : rows))
    const next = rows.at(-1)
    if (wanted.length >= limit || rows.length < chunk || !next) return wanted.slice(0, limit)
    last = next.id
  }
}
