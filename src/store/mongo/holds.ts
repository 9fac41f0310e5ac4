import type { Hold } from '../../domain/hold.js'
import type { HoldStore } from '../port.js'
import type { Database } from './database.js'
import type { HoldDocument } from './documents.js'
import { damaged } from './failures.js'
import { documentId } from './keys.js'

export function holdStore(db: Database, connection: string): HoldStore {
  const { holds } = db.collections
  return {
    async list({ all, limit }) {
      const filter = { connection, ...(all ? {} : { ended: false }) }
      const found = await holds.find(filter, { sort: { createdAt: -1, id: -1 }, limit })
      return found.map(holdOf)
    },
    async get(id) {
      const hold = await holds.one({ _id: documentId(connection, id) })
      return hold && holdOf(hold)
    },
    put: (hold) => putHold(db, connection, hold),
  }
}

export function holdOf({ id, record }: HoldDocument): Hold {
  const { id: own, decisions } = (record as Partial<Hold> | null) ?? {}
  if (own !== id || !Array.isArray(decisions)) throw damaged(`the hold ${id}`, 'it is not its record')
  return record
}

/** Over the revision before it; false where that is not the one there. Made again it changes nothing. */
export function putHold({ collections: { holds } }: Database, connection: string, hold: Hold): Promise<boolean> {
  const { _id, ...set } = holdDocument(connection, hold)
  const before = hold.revision - 1
  return before === 0
    ? holds.upsert({ _id, revision: before }, { $set: set })
    : holds.update({ _id, revision: before }, { $set: set })
}

export function holdDocument(connection: string, record: Hold): HoldDocument {
  const { id, createdAt, ended, revision } = record
  return { _id: documentId(connection, id), connection, id, createdAt, ended: ended !== null, revision, record }
}
