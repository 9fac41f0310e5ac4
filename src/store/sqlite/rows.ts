import type { AheadLogin } from '../../domain/ahead.js'
import type { Decision, Removal, Source, StatusReason, User } from '../../domain/user.js'
import type { Database } from './database.js'
import { storeError } from './failures.js'

/**
 * The record of a person as the JSON array of column `data`. What is null for most people stands last and is left out
 * there; `statusSince` and `updatedAt` are null where they equal `createdAt`. The other columns are there to find by.
 */
type Stored = readonly [
  id: string,
  entraObjectId: string | null,
  userPrincipalName: string | null,
  displayName: string | null,
  givenName: string | null,
  surname: string | null,
  mail: string | null,
  jobTitle: string | null,
  department: string | null,
  companyName: string | null,
  officeLocation: string | null,
  mobilePhone: string | null,
  preferredLanguage: string | null,
  employeeId: string | null,
  userType: string | null,
  identity: User['identity'],
  status: User['status'],
  presence: User['presence'],
  seat: boolean,
  account: User['account'],
  revision: number,
  createdAt: string,
  statusSince?: string | null,
  updatedAt?: string | null,
  firstLoginAt?: string | null,
  firstLoginSource?: User['firstLoginSource'],
  lastLoginAt?: string | null,
  accountReason?: User['accountReason'],
  statusReason?: StatusReason | null,
  decision?: Decision | null,
  ahead?: AheadLogin | null,
  removal?: Removal | null,
  source?: Source | null,
  through?: string | null,
]

export function encodeUser(user: User): string {
  const { createdAt, statusSince, updatedAt } = user
  const stored: unknown[] = [
    user.id,
    user.entraObjectId,
    user.userPrincipalName,
    user.displayName,
    user.givenName,
    user.surname,
    user.mail,
    user.jobTitle,
    user.department,
    user.companyName,
    user.officeLocation,
    user.mobilePhone,
    user.preferredLanguage,
    user.employeeId,
    user.userType,
    user.identity,
    user.status,
    user.presence,
    user.seat,
    user.account,
    user.revision,
    createdAt,
    statusSince === createdAt ? null : statusSince,
    updatedAt === createdAt ? null : updatedAt,
    user.firstLoginAt,
    user.firstLoginSource,
    user.lastLoginAt,
    user.accountReason,
    user.statusReason,
    user.decision,
    user.ahead,
    user.removal,
    user.source,
    user.through,
  ] satisfies Stored
  while (stored.at(-1) === null) stored.pop()
  return JSON.stringify(stored)
}

/** Throws `SyntaxError` when the text is damaged: `decodeUsers` tells whose it is. */
function decodeUser(data: string, connection: string): User {
  const stored = JSON.parse(data) as Stored
  if (!Array.isArray(stored) || stored.length < 22) throw new SyntaxError('not the record of a person')
  const createdAt = stored[21]
  return {
    id: stored[0],
    connection,
    entraObjectId: stored[1],
    userPrincipalName: stored[2],
    displayName: stored[3],
    givenName: stored[4],
    surname: stored[5],
    mail: stored[6],
    jobTitle: stored[7],
    department: stored[8],
    companyName: stored[9],
    officeLocation: stored[10],
    mobilePhone: stored[11],
    preferredLanguage: stored[12],
    employeeId: stored[13],
    userType: stored[14],
    identity: stored[15],
    status: stored[16],
    statusSince: stored[22] ?? createdAt,
    statusReason: stored[28] ?? null,
    presence: stored[17],
    decision: stored[29] ?? null,
    removal: stored[31] ?? null,
    source: stored[32] ?? null,
    through: stored[33] ?? null,
    seat: stored[18],
    account: stored[19],
    accountReason: stored[27] ?? null,
    firstLoginAt: stored[24] ?? null,
    firstLoginSource: stored[25] ?? null,
    lastLoginAt: stored[26] ?? null,
    ahead: stored[30] ?? null,
    createdAt,
    updatedAt: stored[23] ?? createdAt,
    revision: stored[20],
  }
}

/** The people of a statement whose only column is `data`. Throws `store.corrupt` naming whose record is damaged. */
export function readUsers(db: Database, connection: string, sql: string, ...values: (string | number)[]): User[] {
  return db.texts(sql, ...values).map((data) => {
    try {
      return decodeUser(data, connection)
    } catch (error) {
      const row = db.get('SELECT id FROM users WHERE data = ?', data) as { id: string } | undefined
      throw damaged(db, `the record of user ${row?.id ?? 'unknown'}`, error)
    }
  })
}

/** A JSON column. `what` names the row, for the day its text is damaged. */
export function parse(db: Database, json: string, what: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw damaged(db, what, error)
  }
}

export function damaged(db: Database, what: string, cause: unknown): Error {
  const words = cause instanceof Error ? cause.message : String(cause)
  return storeError('store.corrupt', { act: 'read', path: db.path, words, because: `${what} is damaged`, cause })
}

/**
 * An object id as its column holds it: 16 bytes where it is a GUID, which halves the index, else the text. For `term`,
 * a column or parameter of a statement.
 */
export function objectIdKey(term: string): string {
  return `CASE WHEN ${term} GLOB '????????-????-????-????-????????????' THEN ifnull(unhex(${term}, '-'), ${term}) ELSE ${term} END`
}
