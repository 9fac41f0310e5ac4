import type { StoreConfig } from '../config/config.js'
import { refuseHalfCopy } from './copy-ends.js'
import { isDeadHere } from './holder.js'
import { driverOptions } from './mongo/url.js'
import type { Store } from './port.js'

export interface StoreOptions {
  readonly now: () => Date
  /** `STORE_URL` as given: where the store is a MongoDB server, its address with its password. */
  readonly url?: string
  /** Only whoever goes on with a copy has a use for one that is not finished; refused otherwise. */
  readonly halfCopy?: 'accepted'
}

/**
 * Opens the store of the settings and brings its tables up to date. Only the chosen adapter is loaded. Throws `store.*`,
 * and `settings.invalid` for one that is half of a copy.
 */
export async function openStore(config: StoreConfig, options: StoreOptions): Promise<Store> {
  const store = await openAny(config, options)
  try {
    if (options.halfCopy !== 'accepted') await refuseHalfCopy(store)
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/** An address as it may be shown: without password. */
export function shownAddress(config: StoreConfig, url: string): string {
  return config.kind === 'sqlite' ? `sqlite:${config.path}` : driverOptions(url).shown
}

async function openAny(config: StoreConfig, { now, url = '' }: StoreOptions): Promise<Store> {
  if (config.kind === 'mongodb') {
    const { openMongo } = await import('./mongo/open.js')
    return openMongo(url, { now, isDeadHere })
  }
  const { openSqlite } = await import('./sqlite/open.js')
  return openSqlite(config.path, { now, isDeadHere })
}
