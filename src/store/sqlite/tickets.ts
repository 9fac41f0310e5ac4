import type { TicketStore } from '../port.js'
import type { ConnectionNumber } from './connections.js'
import type { Database } from './database.js'
import type { LeaseOptions } from './leases.js'
import { parse } from './rows.js'

/** How many dead tickets one write clears away. */
const CLEARED = 100

export function ticketStore(db: Database, connection: ConnectionNumber, { now }: LeaseOptions): TicketStore {
  return {
    put: (key, value, until) =>
      db.write(() => {
        const no = connection.getOrCreate()
        db.run(
          `DELETE FROM tickets WHERE (connection, key) IN
             (SELECT connection, key FROM tickets WHERE connection = ? AND until < ? LIMIT ${CLEARED})`,
          no,
          now().toISOString(),
        )
        db.run(
          `INSERT INTO tickets (connection, key, value, until) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET value = excluded.value, until = excluded.until`,
          no,
          key,
          JSON.stringify(value),
          until,
        )
      }),
    take: (key, at) =>
      db.write(() => {
        const sql = 'DELETE FROM tickets WHERE connection = ? AND key = ? RETURNING value, until'
        const row = db.get(sql, connection.get(), key) as { value: string; until: string } | undefined
        return row && row.until > at ? parse(db, row.value, 'a ticket') : null
      }),
    claim: (key, at, until) =>
      db.write(() => {
        const sql = `INSERT INTO tickets (connection, key, value, until) VALUES (?, ?, 'true', ?)
          ON CONFLICT DO UPDATE SET value = excluded.value, until = excluded.until WHERE until <= ?`
        return db.run(sql, connection.getOrCreate(), key, until, at) === 1
      }),
  }
}
