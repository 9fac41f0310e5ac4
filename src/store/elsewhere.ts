import { isPresent } from '../domain/change.js'
import type { Status, User } from '../domain/user.js'
import type { ConnectionStore } from './port.js'

/** Somebody in another connection: no more than it takes to go and look there. */
export interface Elsewhere {
  readonly connection: string
  readonly displayName: string | null
  readonly status: Status
}

/** Who goes by one of these names in each of these connections; those who are present there first. */
export async function elsewhere(
  names: readonly (string | null)[],
  stores: readonly ConnectionStore[],
): Promise<Elsewhere[]> {
  const wanted = [...new Set(names.filter((name) => name !== null))]
  const found = await Promise.all(stores.map(async (store) => [...(await store.findAll(wanted)).values()].flat()))
  return found.flatMap(distinct).map(({ connection, displayName, status }) => ({ connection, displayName, status }))
}

function distinct(users: readonly User[]): User[] {
  const each = [...new Map(users.map((user) => [user.id, user])).values()]
  return [...each.filter(isPresent), ...each.filter((user) => !isPresent(user))]
}
