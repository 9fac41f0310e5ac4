import type { HistoryEntry, User } from '../domain/user.js'
import type { ConnectionStore } from './port.js'
import { LOST_RACES, overtaken } from './races.js'

/** What a change makes of a person. */
export interface Changed {
  readonly user: User
  readonly entries?: readonly HistoryEntry[]
}

/**
 * Reads, decides and writes one person, again whenever somebody else was faster. `decide` gives null, or the very same
 * record, when nothing is to be written. Gives the person as they are then; null when we do not have them.
 */
export async function changePerson(
  store: ConnectionStore,
  id: string,
  decide: (user: User) => Changed | null,
): Promise<User | null> {
  for (let attempt = 1; attempt <= LOST_RACES; attempt += 1) {
    const [user] = await store.find(id)
    if (!user) return null
    const change = decide(user)
    if (!change || change.user === user) return user
    const after: User = { ...change.user, revision: user.revision + 1 }
    const { lost } = await store.write({ users: [{ before: user, after, entries: change.entries ?? [] }] })
    if (lost.length === 0) return after
  }
  throw overtaken('Try again.')
}
