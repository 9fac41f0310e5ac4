import { conflictAt, conflictsOf, distinct, sharedKeys, type Conflict, type Holder } from '../domain/conflicts.js'
import { fold } from '../domain/fold.js'
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

/** A search gives more than those of exactly this address; an address of so many is no person's. */
const MOST_ALIKE = 50

/** The conflicts of one person, in their own connection and the others. */
export async function findConflictsOf(user: User, stores: readonly ConnectionStore[]): Promise<Conflict[]> {
  const names = [user.userPrincipalName, user.mail].flatMap((name) => (name === null || name === '' ? [] : [name]))
  const addresses = [...new Map(names.map((name) => [fold(name), name])).values()]
  const named = [...addresses, ...(user.entraObjectId === null ? [] : [user.entraObjectId])]
  const found = await Promise.all(
    stores.map(async (store) => {
      const byName = [...(await store.findAll(named)).values()].flat()
      const byAddress = await Promise.all(addresses.map((search) => store.list({ search, limit: MOST_ALIKE })))
      return [...byName, ...byAddress.flatMap(({ users }) => users)]
    }),
  )
  return conflictsOf(user, found.flat())
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
