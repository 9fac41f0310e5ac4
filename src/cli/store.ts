import { openStore } from '../app.js'
import type { ConnectionStore, Store } from '../store/port.js'
import type { Invocation } from './invocation.js'

/** Lends the store to a command that needs nothing else; `whole` holds the other connections, too. */
export async function withStore(
  invocation: Invocation,
  command: (store: ConnectionStore, whole: Store) => Promise<number>,
): Promise<number> {
  const whole = await openStore(invocation)
  try {
    return await command(whole.of(invocation.config.connection.name), whole)
  } finally {
    await whole.close()
  }
}
