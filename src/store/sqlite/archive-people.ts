import { keysOf } from '../../domain/ahead.js'
import type { HistoryEntry } from '../../domain/user.js'
import type { ArchiveItem, Wanted } from '../port-archive.js'
import { addHistory, writeChanges } from './changes.js'
import type { Database } from './database.js'
import { objectIdKey, parse, readUsers } from './rows.js'
import type { Scope } from './users.js'

/** People as they move, with their whole history. */

const OF_THESE = 'SELECT data FROM users WHERE connection = ?1 AND id IN (SELECT value FROM json_each(?2)) ORDER BY id'
const NEXT = 'SELECT data FROM users WHERE connection = ?1 AND id > ?2 ORDER BY id LIMIT ?3'

/** What they came with first, then as it was written. */
const HISTORY = `
  SELECT id, entries FROM (
    SELECT users.id AS id, entries, 0 AS place FROM json_each(?2) AS asked
    CROSS JOIN users ON users.connection = ?1 AND users.id = asked.value
    JOIN origins ON origins.no = origin
    UNION ALL
    SELECT users.id AS id, entries, history.no AS place FROM json_each(?2) AS asked
    CROSS JOIN users ON users.connection = ?1 AND users.id = asked.value
    JOIN history ON history.user = users.no)
  ORDER BY place`

export function readPeople({ db, name, no }: Scope, wanted: Wanted): ArchiveItem<'users'>[] {
  const users =
    'keys' in wanted
      ? readUsers(db, name, OF_THESE, no, JSON.stringify(wanted.keys))
      : readUsers(db, name, NEXT, no, wanted.after ?? '', wanted.limit)
  const histories = new Map(users.map(({ id }): [string, HistoryEntry[]] => [id, []]))
  const rows = db.all<{ id: string; entries: string }>(HISTORY, no, JSON.stringify([...histories.keys()]))
  for (const { id, entries } of rows)
    histories.get(id)?.push(...(parse(db, entries, `the history of user ${id}`) as HistoryEntry[]))
  return users.map((user) => ({ key: user.id, value: { user, history: histories.get(user.id) ?? [] } }))
}

export function putPeople(scope: Scope, items: readonly ArchiveItem<'users'>[]): void {
  const { db, no } = scope
  const ids = items.map(({ key }) => key)
  const objectIds = items.map(({ value }) => value.user.entraObjectId).filter((id) => id !== null)
  dropPeople(scope, [...ids, ...holders(db, no, objectIds)])
  const changes = items.map(({ value: { user, history } }) => {
    return { before: null, after: user, entries: history.slice(0, 1) }
  })
  const lost = writeChanges(db, no, changes)
  if (lost.length > 0) throw new Error(`${lost.length} people of one portion stand in each other's way`)
  for (const { key, value } of items)
    for (const entries of byTime(value.history.slice(1))) addHistory(db, no, key, entries)
}

/** As they were written: those of one time together. */
function byTime(history: readonly HistoryEntry[]): HistoryEntry[][] {
  const groups: HistoryEntry[][] = []
  for (const one of history) {
    const last = groups.at(-1)
    if (last?.[0]?.at === one.at) last.push(one)
    else groups.push([one])
  }
  return groups
}

/** Our ids of those who have these object ids now. */
function holders(db: Database, no: number, objectIds: readonly string[]): string[] {
  return db.texts(
    `SELECT users.id FROM json_each(?2) AS asked
     CROSS JOIN users ON connection = ?1 AND entra_object_id = ${objectIdKey('asked.value')}`,
    no,
    JSON.stringify(objectIds),
  )
}

export function dropPeople({ db, name, no }: Scope, ids: readonly string[]): void {
  for (const user of readUsers(db, name, OF_THESE, no, JSON.stringify(ids))) {
    for (const key of keysOf(user))
      db.run('DELETE FROM keys WHERE connection = ? AND key = ? AND id = ?', no, key, user.id)
    db.run('DELETE FROM history WHERE user = (SELECT no FROM users WHERE connection = ? AND id = ?)', no, user.id)
    db.run('DELETE FROM users WHERE connection = ? AND id = ?', no, user.id)
    db.run(
      `UPDATE tallies SET people = people - 1
       WHERE connection = ? AND status = ? AND account = ? AND first_login = ?`,
      no,
      user.status,
      user.account,
      user.firstLoginAt === null ? 0 : 1,
    )
  }
}
