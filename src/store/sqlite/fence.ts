import { leaseLost } from '../failures.js'
import type { Database } from './database.js'

/** Times are milliseconds since 1970. A row is never deleted, so that its fence only grows. */
interface Row {
  readonly fence: number
  readonly holder: string | null
  readonly since: number
  readonly until: number
}

export function leaseOf(db: Database, connection: number): Row | undefined {
  return db.get('SELECT fence, holder, since, until FROM leases WHERE connection = ?', connection) as Row | undefined
}

/** Throws `lease.lost` when somebody has taken the lease since `fence` was given out. */
export function checkFence(db: Database, connection: number, fence: number): void {
  if (leaseOf(db, connection)?.fence !== fence) throw leaseLost()
}
