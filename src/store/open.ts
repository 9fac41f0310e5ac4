import type { StoreConfig } from '../config/config.js'
import { ConnectorError } from '../domain/errors.js'
import { isDeadHere } from './holder.js'
import type { Store } from './port.js'

export interface StoreOptions {
  readonly now: () => Date
}

/** Opens the store of the settings and brings its tables up to date. Only the chosen adapter is loaded. */
export async function openStore(config: StoreConfig, { now }: StoreOptions): Promise<Store> {
  if (config.kind === 'mongodb')
    throw new ConnectorError('settings.invalid', {
      message: 'STORE_URL names a MongoDB server, and this version stores in SQLite only',
      remedy: 'Set STORE_URL to a file, such as sqlite:data/connector.db, or leave it out.',
    })
  const { openSqlite } = await import('./sqlite/open.js')
  return openSqlite(config.path, { now, isDeadHere })
}
