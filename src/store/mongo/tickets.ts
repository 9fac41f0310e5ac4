import type { TicketStore } from '../port.js'
import type { Database } from './database.js'
import { damaged } from './failures.js'
import { documentId } from './keys.js'

/** How many dead tickets one write clears away. */
const CLEARED = 100

export function ticketStore(db: Database, connection: string, now: () => Date): TicketStore {
  const { tickets } = db.collections
  return {
    async put(key, value, until) {
      const over = { connection, until: { $lt: now().toISOString() } }
      const dead = await tickets.find(over, { select: { _id: 1 }, limit: CLEARED })
      if (dead.length > 0) await tickets.remove({ ...over, _id: { $in: dead.map(({ _id }) => _id) } })
      const _id = documentId(connection, key)
      await tickets.upsert({ _id }, { $set: { connection, value: JSON.stringify(value), until } })
    },
    async take(key, at) {
      const ticket = await tickets.take({ _id: documentId(connection, key) })
      if (!ticket || ticket.until <= at) return null
      try {
        return JSON.parse(ticket.value) as unknown
      } catch (error) {
        throw damaged('a ticket', String(error))
      }
    },
    // Where there is one that has not run out, the filter finds none, and to insert another is refused.
    claim: (key, at, until) =>
      tickets.upsert(
        { _id: documentId(connection, key), until: { $lte: at } },
        { $set: { connection, value: 'true', until } },
      ),
  }
}
