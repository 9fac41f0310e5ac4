import { openStore } from '../app.js'
import type { ConnectionStore } from '../store/port.js'
import type { Invocation } from './invocation.js'

/** Lends the store to a command that needs nothing else. */
export async function withStore(
  invocation: Invocation,
  command: (store: ConnectionStore) => Promise<number>,
): Promise<number> {
  const store = await openStore(invocation)
  try {
    return await command(store.of(invocation.config.connection.name))
  } finally {
    await store.close()
  }
}
