import mongoose from 'mongoose'
import { NEW_FEEDS, type FeedName, type Feeds } from '../../domain/feed.js'
import { leaseLost } from '../failures.js'
import type { Filter, Update } from './collection.js'
import type { Database } from './database.js'
import { wasMade } from './doubt.js'
import { damaged } from './failures.js'
import type { ConnectionDocument } from './documents.js'
import { stateProblem } from './shapes.js'

/** A connection's one document, which everything that must happen together is compared and set in. */
export type State = Omit<ConnectionDocument, 'feeds'>

export async function readState(db: Database, connection: string): Promise<State | null> {
  const state = await db.collections.connections.one({ _id: connection }, { feeds: 0 })
  const problem = state && stateProblem({ ...state })
  if (problem) throw damaged(`what is remembered of connection ${connection}`, problem)
  return state
}

/** Throws `lease.lost` when `fence` is not the newest. */
export async function stateUnder(db: Database, connection: string, fence: number): Promise<State> {
  const state = await readState(db, connection)
  if (state?.fence !== fence) throw leaseLost()
  return state
}

/**
 * One conditional write: if nobody has taken the lease or written since `state` was read. Throws `lease.lost`. Where the
 * answer is lost, the document itself tells whether the write was ours.
 */
export async function compareAndSet(db: Database, state: State, update: Update): Promise<State> {
  const { _id, fence, version } = state
  const last = new mongoose.Types.ObjectId().toHexString()
  const next = { ...update, $set: { ...(update['$set'] as Filter | undefined), last }, $inc: { version: 1 } }
  const isOurs = async () => (await db.collections.connections.one({ _id }, { last: 1 }))?.last === last
  const write = () => db.collections.connections.update({ _id, fence, version }, next, 'commit')
  if (!(await wasMade(write, isOurs))) throw leaseLost()
  return { ...state, version: version + 1 }
}

/** For the first writer of a connection. */
export async function createState(db: Database, connection: string): Promise<void> {
  const nothing: Omit<ConnectionDocument, '_id'> = {
    fence: 0,
    version: 0,
    lease: null,
    intent: null,
    passes: { newest: -1, swept: -1, sweep: null },
    run: null,
    last: null,
  }
  await db.collections.connections.upsert({ _id: connection }, { $setOnInsert: nothing })
}

/** What an older version did not know yet reads as in a new feed. */
export async function readFeed<N extends FeedName>(db: Database, connection: string, name: N): Promise<Feeds[N]> {
  const document = await db.collections.connections.one({ _id: connection }, { [`feeds.${name}`]: 1 })
  const feed: unknown = document?.feeds?.[name]
  if (feed !== undefined && (typeof feed !== 'object' || feed === null))
    throw damaged(`the feed ${name} of connection ${connection}`, 'it is no document')
  return { ...structuredClone(NEW_FEEDS[name]), ...(feed as Feeds[N] | undefined) }
}

export function setFeeds(feeds: Partial<Feeds>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [`feeds.${name}`, feed]))
}
