import type { LeaseStore } from '../port.js'
import type { ConnectionNumber } from './connections.js'
import type { Database } from './database.js'
import { leaseOf } from './fence.js'
import { unfinishedRuns } from './runs.js'

/**
 * Free when released, run out, held by a process known to be gone (`?5`), or ending further ahead than it could have
 * been taken for: then the clock was set back.
 */
const TAKE = `
  INSERT INTO leases (connection, fence, holder, since, until, ttl) VALUES (?1, 1, ?2, ?3, ?3 + ?4, ?4)
  ON CONFLICT DO UPDATE SET fence = fence + 1, holder = excluded.holder, since = excluded.since,
    until = excluded.until, ttl = excluded.ttl
  WHERE holder IS NULL OR until <= ?3 OR until > ?3 + 2 * ttl OR holder = ?5
  RETURNING fence`

export interface LeaseOptions {
  readonly now: () => Date
  readonly isDeadHere: (holder: string) => boolean
}

export function leaseStore(db: Database, connection: ConnectionNumber, { now, isDeadHere }: LeaseOptions): LeaseStore {
  return {
    take: (holder, ttlMs) =>
      db.write(() => {
        const no = connection.getOrCreate()
        const held = leaseOf(db, no)
        const gone = held?.holder && isDeadHere(held.holder) ? held.holder : null
        const taken = db.get(TAKE, no, holder, now().getTime(), ttlMs, gone) as { fence: number } | undefined
        if (taken) return { taken: true, fence: taken.fence, unfinished: unfinishedRuns(db, no) }
        return {
          taken: false,
          holder: held?.holder ?? '',
          since: new Date(held?.since ?? 0).toISOString(),
          until: new Date(held?.until ?? 0).toISOString(),
        }
      }),

    renew(fence, ttlMs) {
      const sql = 'UPDATE leases SET until = ?, ttl = ? WHERE connection = ? AND fence = ? AND holder IS NOT NULL'
      return db.write(() => db.run(sql, now().getTime() + ttlMs, ttlMs, connection.get(), fence) === 1)
    },

    async release(fence) {
      const sql = 'UPDATE leases SET holder = NULL WHERE connection = ? AND fence = ?'
      await db.write(() => db.run(sql, connection.get(), fence))
    },
  }
}
