import type { AccountRules } from '../domain/account.js'
import type { ConnectionStore } from './port.js'

/** How many seats nobody holds; null: as many as wanted. */
export async function seatsLeft(store: ConnectionStore, { licenseSeats }: AccountRules): Promise<number | null> {
  if (licenseSeats === null) return null
  const held = (await store.tally()).filter(({ account }) => account !== 'inactive')
  return Math.max(0, licenseSeats - held.reduce((sum, { count }) => sum + count, 0))
}
