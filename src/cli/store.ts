import { openStore } from '../app.js'
import type { ConnectionStore } from '../store/port.js'
import type { Invocation } from './invocation.js'

/** Lends the store to a command that needs nothing else. */
export async function withStore(
  { config }: Invocation,
  command: (store: ConnectionStore) => Promise<number>,
): Promise<number> {
  const store = await openStore(config)
  try {
    return await command(store.of(config.connection.name))
  } finally {
    await store.close()
  }
}
