import { join } from 'node:path'
import { openStore } from '../../src/store/open.js'
import type { Store } from '../../src/store/port.js'
import { Clock, tempFolder, type Opened } from './support.js'

/** A SQLite store in a folder of its own, removed when it is closed. */
export async function emptyFile(): Promise<Opened> {
  const folder = tempFolder()
  const clock = new Clock()
  const stores: Store[] = []
  const open = async (): Promise<Store> => {
    const store = await openStore({ kind: 'sqlite', path: join(folder.path, 'connector.db') }, clock)
    stores.push(store)
    return store
  }
  return {
    store: await open(),
    clock,
    again: open,
    async close() {
      for (const store of stores) await store.close()
      folder.remove()
    },
  }
}
