import type { Batch, Write } from '../port.js'
import { writeChanges } from './changes.js'
import type { ConnectionNumber } from './connections.js'
import type { Database } from './database.js'
import { checkFence } from './fence.js'
import { writeFeeds } from './feeds.js'
import { putHold } from './holds.js'
import { park, unpark } from './parked.js'
import { resolve, stamp, sweep } from './passes.js'
import { recordReplaced } from './replaced.js'
import { writeRun } from './runs.js'

/** The whole batch in one transaction, or nothing of it. `lost` holds our ids, those of `after`. */
export function commitBatch(db: Database, connection: ConnectionNumber, batch: Batch): Promise<{ lost: string[] }> {
  return db.commit(
    () => {
      const no = connection.get()
      checkFence(db, no, batch.fence)
      const users = batch.users ?? []
      const lost = writeChanges(db, no, users)
      if (lost.length > 0) return { lost }
      recordReplaced(db, no, batch.run, users)
      if (batch.hold) putHold(db, no, batch.hold)
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
