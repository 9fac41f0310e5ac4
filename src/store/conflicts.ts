import {
  addressesOf,
  conflictAt,
  conflictsOf,
  distinct,
  sharedKeys,
  type Conflict,
  type Holder,
} from '../domain/conflicts.js'
import type { User } from '../domain/user.js'
import type { ConnectionStore } from './port.js'
import { walk } from './walk.js'

/**
 * Finds records that share an address or an object id, in one connection or several. Everybody is walked twice: first
 * every key leaves a bit, so that the second time only people whose keys may occur twice are kept. 16 MB whatever the
 * number of people, and a few hundred bytes for each who is kept: at a million people about one in twenty by chance.
 */
export async function findConflicts(
  stores: readonly ConnectionStore[],
  signal?: AbortSignal,
): Promise<Conflict<Holder>[]> {
  const traces = new Traces()
  for (const store of stores) {
    for await (const users of walk(store)) {
      signal?.throwIfAborted()
      for (const user of users) for (const key of sharedKeys(user)) traces.leave(key)
    }
  }
  const holders = new Map<string, Holder[]>()
  for (const store of stores) {
    for await (const users of walk(store)) {
      signal?.throwIfAborted()
      for (const user of users) {
        const keys = sharedKeys(user).filter((key) => traces.isRepeated(key))
        if (keys.length === 0) continue
        const { id, connection, entraObjectId, presence } = user
        const holder: Holder = { id, connection, entraObjectId, presence }
        for (const key of keys) {
          const people = holders.get(key)
          if (people) people.push(holder)
          else holders.set(key, [holder])
        }
      }
    }
  }
  return distinct([...holders].flatMap(([key, people]) => conflictAt(key, people) ?? []))
}

/** An address of more people than that is no person's. */
const MOST_ALIKE = 50

/** The conflicts of one person, in their own connection and the others. Each address is searched for among everybody. */
export async function findConflictsOf(user: User, stores: readonly ConnectionStore[]): Promise<Conflict[]> {
  const found = await Promise.all(
    stores.map(async (store) => {
      const byObjectId = user.entraObjectId === null ? [] : await store.find(user.entraObjectId)
      const byAddress = await Promise.all(addressesOf(user).map((address) => whoHas(store, address)))
      return [...byObjectId, ...byAddress.flat()]
    }),
  )
  return conflictsOf(user, found.flat())
}

/** A search also finds those of whose address or name this one is a part. */
async function whoHas(store: ConnectionStore, address: string): Promise<User[]> {
  const alike: User[] = []
  for await (const users of walk(store, { search: address })) {
    alike.push(...users.filter((user) => addressesOf(user).includes(address)))
    if (alike.length >= MOST_ALIKE) break
  }
  return alike.slice(0, MOST_ALIKE)
}

const BITS = 26
const WORDS = 2 ** (BITS - 5)

/** Whether a text may have come by before, and surely where it has: texts leave bits, not themselves. */
class Traces {
  private readonly once = new Uint32Array(WORDS)
  private readonly again = new Uint32Array(WORDS)

  leave(text: string): void {
    const { word, bit } = placeOf(text)
    if (((this.once[word] ?? 0) & bit) !== 0) this.again[word] = (this.again[word] ?? 0) | bit
    else this.once[word] = (this.once[word] ?? 0) | bit
  }

  isRepeated(text: string): boolean {
    const { word, bit } = placeOf(text)
    return ((this.again[word] ?? 0) & bit) !== 0
  }
}

/** FNV-1a over 32 bits, folded. */
function placeOf(text: string): { readonly word: number; readonly bit: number } {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  const place = ((hash >>> BITS) ^ hash) & (2 ** BITS - 1)
  return { word: place >>> 5, bit: 1 << (place & 31) }
}
