import type { LeaseStore } from '../port.js'
import type { DatabaseClock } from './clock.js'
import type { Database } from './database.js'
import { settleIntent, settleRun } from './intent.js'
import { unfinishedRuns } from './runs.js'
import type { ConnectionDocument } from './documents.js'
import { createState, readState, stateUnder } from './state.js'

type Lease = ConnectionDocument['lease']

/**
 * The lease stands in the connection's document, so that taking it and raising the fence are one write. Renewing leaves
 * `version` alone: it may happen in the middle of a commit.
 */
export function leaseStore(
  db: Database,
  connection: string,
  clock: DatabaseClock,
  isDeadHere: (holder: string) => boolean,
): LeaseStore {
  const { connections } = db.collections
  const release = async (fence: number): Promise<void> => {
    await connections.update({ _id: connection, fence }, { $set: { 'lease.holder': null } })
  }
  return {
    async take(holder, ttl) {
      for (;;) {
        const state = await readState(db, connection)
        if (!state) {
          await createState(db, connection)
          continue
        }
        const now = await clock.time()
        const { fence, lease } = state
        if (!isFree(lease, now, isDeadHere))
          return {
            taken: false,
            holder: lease?.holder ?? '',
            since: clock.ours(lease?.since ?? 0),
            until: clock.ours(lease?.until ?? 0),
          }
        const same = lease === null ? { lease: null } : { 'lease.holder': lease.holder, 'lease.until': lease.until }
        const next: Lease = { holder, since: now, until: now + ttl, ttl }
        const update = { $inc: { fence: 1 }, $set: { lease: next } }
        if (!(await connections.update({ _id: connection, fence, ...same }, update))) continue

        try {
          const ours = await stateUnder(db, connection, fence + 1)
          const settled = await settleRun(db, await settleIntent(db, ours))
          return { taken: true, fence: fence + 1, unfinished: await unfinishedRuns(db, settled) }
        } catch (error) {
          await release(fence + 1).catch(() => undefined)
          throw error
        }
      }
    },

    async renew(fence, ttl) {
      const until = (await clock.time()) + ttl
      const filter = { _id: connection, fence, 'lease.holder': { $ne: null } }
      return connections.update(filter, { $set: { 'lease.until': until, 'lease.ttl': ttl } })
    },

    release,
  }
}

/** An end further ahead than it could have been taken for comes from a clock that was wrong. */
function isFree(lease: Lease, now: number, isDeadHere: (holder: string) => boolean): boolean {
  if (lease?.holder == null) return true
  const { holder, until, ttl } = lease
  return until <= now || until > now + 2 * ttl || isDeadHere(holder)
}
