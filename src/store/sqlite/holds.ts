import type { Hold } from '../../domain/hold.js'
import type { HoldStore } from '../port.js'
import type { ConnectionNumber } from './connections.js'
import type { Database } from './database.js'
import { parse } from './rows.js'

interface Row {
  readonly id: string
  readonly data: string
}

export function holdStore(db: Database, connection: ConnectionNumber): HoldStore {
  return {
    async list({ all, limit }) {
      const open = all ? '' : 'AND ended = 0'
      const sql = `SELECT id, data FROM holds WHERE connection = ? ${open} ORDER BY created_at DESC, id DESC LIMIT ?`
      return (await db.read(() => db.all<Row>(sql, connection.get(), limit))).map((row) => holdOf(db, row))
    },
    async get(id) {
      const sql = 'SELECT id, data FROM holds WHERE connection = ? AND id = ?'
      const row = await db.read(() => db.get(sql, connection.get(), id) as Row | undefined)
      return row ? holdOf(db, row) : null
    },
    put: (hold) => db.write(() => putHold(db, connection.getOrCreate(), hold)),
  }
}

/** Over the revision before it. False where that is not the one there. */
export function putHold(db: Database, connection: number, hold: Hold): boolean {
  if (hold.revision === 1) return insertHold(db, connection, hold)
  const sql = 'UPDATE holds SET ended = ?, revision = ?, data = ? WHERE connection = ? AND id = ? AND revision = ?'
  const { id, ended, revision } = hold
  return db.run(sql, ended === null ? 0 : 1, revision, JSON.stringify(hold), connection, id, revision - 1) === 1
}

/** False where there is one. */
export function insertHold(db: Database, connection: number, hold: Hold): boolean {
  const sql = `
    INSERT INTO holds (connection, id, created_at, ended, revision, data) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`
  const { id, createdAt, ended, revision } = hold
  return db.run(sql, connection, id, createdAt, ended === null ? 0 : 1, revision, JSON.stringify(hold)) === 1
}

export function holdOf(db: Database, { id, data }: Row): Hold {
  return parse(db, data, `the hold ${id}`) as Hold
}
