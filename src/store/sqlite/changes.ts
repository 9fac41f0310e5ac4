import { dueAt } from '../../domain/ahead.js'
import { fold } from '../../domain/fold.js'
import type { HistoryEntry, User, UserChange } from '../../domain/user.js'
import type { Database } from './database.js'
import { writeKeys } from './keys.js'
import { Origins } from './origins.js'
import { encodeUser, objectIdKey } from './rows.js'
import { searchText } from './search.js'

const INSERT = `
  INSERT INTO users (connection, id, entra_object_id, revision, presence, status, account, account_reason, first_login,
    origin, search, upn, due_at, data, removal, hold)
  VALUES (?1, ?2, ${objectIdKey('?3')}, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
  ON CONFLICT DO NOTHING`

const UPDATE = `
  UPDATE users SET revision = ?4, presence = ?5, status = ?6, account = ?7, account_reason = ?8, first_login = ?9,
    search = ?10, upn = ?11, due_at = ?12, data = ?13, removal = ?14, hold = ?15
  WHERE connection = ?1 AND id = ?2 AND revision = ?3`

/** The first entries of somebody who came without any have no age: they stay. */
const ADD_HISTORY = `
  INSERT INTO history (user, entries, connection, at)
  SELECT no, ?3, ?1, iif(origin IS NULL AND NOT EXISTS (SELECT 1 FROM history WHERE user = users.no), NULL, ?4)
  FROM users WHERE connection = ?1 AND id = ?2`

/**
 * Writes people who are still as they were when `before` was read, newcomers whom nobody has created meanwhile, and
 * their history. Gives the ids (of `after`) of the others: all or nothing, the caller has to undo everything then.
 */
export function writeChanges(
  db: Database,
  connection: number,
  changes: readonly UserChange[],
  how: 'all-or-nothing' | 'each-alone' = 'all-or-nothing',
): string[] {
  const lost: string[] = []
  const origins = new Origins(db)
  const tally = new Tally()
  for (const change of changes) {
    const written = change.before
      ? updateUser(db, connection, change, change.before)
      : createUser(db, connection, change, origins)
    if (!written) {
      lost.push(change.after.id)
      continue
    }
    tally.move(change)
    writeKeys(db, connection, change)
  }
  if (lost.length === 0 || how === 'each-alone') tally.write(db, connection)
  return lost
}

function createUser(db: Database, connection: number, change: UserChange, origins: Origins): boolean {
  const { after: user, entries } = change
  const origin = entries.length === 0 ? null : origins.numberOf(entries)
  const { changes } = db
    .statement(INSERT)
    .run(
      connection,
      user.id,
      user.entraObjectId,
      user.revision,
      user.presence,
      user.status,
      user.account,
      user.accountReason,
      user.firstLoginAt === null ? 0 : 1,
      origin,
      searchText(user),
      upnKey(user),
      dueAt(user),
      encodeUser(user),
      user.removal?.state ?? null,
      user.removal?.hold ?? null,
    )
  return changes === 1
}

function updateUser(db: Database, connection: number, { after, entries }: UserChange, before: User): boolean {
  const updated = db.run(
    UPDATE,
    connection,
    after.id,
    before.revision,
    after.revision,
    after.presence,
    after.status,
    after.account,
    after.accountReason,
    after.firstLoginAt === null ? 0 : 1,
    searchText(after),
    upnKey(after),
    dueAt(after),
    encodeUser(after),
    after.removal?.state ?? null,
    after.removal?.hold ?? null,
  )
  if (updated === 0) return false
  addHistory(db, connection, after.id, entries)
  return true
}

/** Entries that are as old as the last of them. */
export function addHistory(db: Database, connection: number, id: string, entries: readonly HistoryEntry[]): void {
  const last = entries.at(-1)
  if (last) db.run(ADD_HISTORY, connection, id, JSON.stringify(entries), last.at)
}

/** Who moves from one combination of status, account state and first login to another, summed up per batch. */
class Tally {
  readonly #moves = new Map<string, { user: User; people: number }>()

  move({ before, after }: UserChange): void {
    if (before) this.#add(before, -1)
    this.#add(after, 1)
  }

  write(db: Database, connection: number): void {
    for (const { user, people } of this.#moves.values()) {
      if (people === 0) continue
      db.run(
        `INSERT INTO tallies (connection, status, account, first_login, people) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET people = people + excluded.people`,
        connection,
        user.status,
        user.account,
        user.firstLoginAt === null ? 0 : 1,
        people,
      )
    }
  }

  #add(user: User, people: number): void {
    const key = `${user.status} ${user.account} ${user.firstLoginAt === null ? 0 : 1}`
    const entry = this.#moves.get(key)
    if (entry) entry.people += people
    else this.#moves.set(key, { user, people })
  }
}

function upnKey({ userPrincipalName }: User): string | null {
  return userPrincipalName === null ? null : fold(userPrincipalName)
}
