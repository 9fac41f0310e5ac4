import type { StoreConfig } from '../config/config.js'
import { isDeadHere } from './holder.js'
import type { Store } from './port.js'

export interface StoreOptions {
  readonly now: () => Date
  /** `STORE_URL` as given: where the store is a MongoDB server, its address with its password. */
  readonly url?: string
}

/** Opens the store of the settings and brings its tables up to date. Only the chosen adapter is loaded. */
export async function openStore(config: StoreConfig, { now, url = '' }: StoreOptions): Promise<Store> {
  if (config.kind === 'mongodb') {
    const { openMongo } = await import('./mongo/open.js')
    return openMongo(url, { now, isDeadHere })
  }
  const { openSqlite } = await import('./sqlite/open.js')
  return openSqlite(config.path, { now, isDeadHere })
}
