import type { Batch, Write } from '../port.js'
import { writeChanges } from './changes.js'
import type { ConnectionNumber } from './connections.js'
import type { Database } from './database.js'
import { writeFeeds } from './feeds.js'
import { checkFence } from './leases.js'
import { park, unpark } from './parked.js'
import { resolve, stamp, sweep } from './passes.js'
import { writeRun } from './runs.js'

/** The whole batch in one transaction, or nothing of it. `lost` holds our ids, those of `after`. */
export function commitBatch(db: Database, connection: ConnectionNumber, batch: Batch): Promise<{ lost: string[] }> {
  return db.commit(
    () => {
      const no = connection.get()
      checkFence(db, no, batch.fence)
      const lost = writeChanges(db, no, batch.users ?? [])
      if (lost.length > 0) return { lost }
      if (batch.seen) stamp(db, no, batch.seen)
      if (batch.sweep) sweep(db, no, batch.sweep)
      resolve(db, no, batch.resolved ?? [])
      // Applied first, parked after: what a batch parks is newer than what it applied.
      unpark(db, no, batch.unpark ?? [])
      park(db, no, batch.park ?? [])
      writeRun(db, no, batch.run, batch.log ?? [])
      writeFeeds(db, no, batch.feeds ?? {})
      return { lost }
    },
    ({ lost }) => lost.length === 0,
  )
}

/** Outside of runs: each person alone. What is parked or remembered is so whoever was lost. */
export function writePart(db: Database, connection: ConnectionNumber, part: Write): Promise<{ lost: string[] }> {
  return db.write(() => {
    const no = connection.getOrCreate()
    const lost = writeChanges(db, no, part.users ?? [], 'each-alone')
    unpark(db, no, part.unpark ?? [])
    park(db, no, part.park ?? [])
    writeFeeds(db, no, part.feeds ?? {})
    return { lost }
  })
}
