import type { Login } from '../../domain/login.js'
import type { ParkedSignIns } from '../port.js'
import type { Database } from './database.js'
import { damaged } from './failures.js'
import { documentId } from './keys.js'
import type { ParkedDocument } from './documents.js'

const UNPARKED_AT_ONCE = 100

/** Folded into what is parked already, each person in one write that may be made again and comes in any order. */
export async function park(db: Database, connection: string, people: readonly ParkedSignIns[]): Promise<void> {
  for (const { entraObjectId, first, last } of people) {
    const _id = documentId(connection, entraObjectId)
    const update = {
      $min: { first: written(first) },
      $max: { last: written(last) },
      $setOnInsert: { connection, entraObjectId },
    }
    // Of two that insert at once one is refused: then there is something to fold into.
    if (!(await db.collections.parked.upsert({ _id }, update))) await db.collections.parked.upsert({ _id }, update)
  }
}

/**
 * What was applied, as it was read, so that whoever does it late takes nothing else. What has been folded into it since is
 * applied by whoever reads it next.
 */
export async function unpark(db: Database, connection: string, applied: readonly ParkedSignIns[]): Promise<void> {
  for (let start = 0; start < applied.length; start += UNPARKED_AT_ONCE) {
    const these = applied.slice(start, start + UNPARKED_AT_ONCE).map(({ entraObjectId, first, last }) => ({
      _id: documentId(connection, entraObjectId),
      first: written(first),
      last: written(last),
    }))
    await db.collections.parked.remove({ $or: these })
  }
}

/** Object ids that something is parked for, in order. */
export async function parkedIds(db: Database, connection: string, limit: number, after: string): Promise<string[]> {
  const found = await db.collections.parked.find(
    { connection, entraObjectId: { $gt: after } },
    { select: { entraObjectId: 1 }, sort: { entraObjectId: 1 }, limit },
  )
  return found.map(({ entraObjectId }) => entraObjectId)
}

export async function parkedOf(
  db: Database,
  connection: string,
  entraObjectIds: readonly string[],
): Promise<Map<string, ParkedSignIns>> {
  const found = await db.collections.parked.find({
    _id: { $in: entraObjectIds.map((id) => documentId(connection, id)) },
  })
  return new Map(found.map((document) => [document.entraObjectId, spanOf(document)]))
}

export function spanOf({ entraObjectId, first, last }: ParkedDocument): ParkedSignIns {
  return { entraObjectId, first: read(first, entraObjectId), last: read(last, entraObjectId) }
}

export function written(login: Login): string {
  return `${login.at} ${JSON.stringify(login)}`
}

function read(text: string, entraObjectId: string): Login {
  try {
    return JSON.parse(text.slice(text.indexOf(' ') + 1)) as Login
  } catch (error) {
    throw damaged(`what is parked for ${entraObjectId}`, String(error))
  }
}
