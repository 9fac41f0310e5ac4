import { isPresent } from '../domain/change.js'
import type { Status, User } from '../domain/user.js'
import type { Store } from '../store/port.js'
import type { Invocation } from './invocation.js'

/** Somebody in another connection: no more than it takes to go and look there. */
export interface Elsewhere {
  readonly connection: string
  readonly displayName: string | null
  readonly status: Status
}

/** Who goes by one of these names in the other connections of this installation; those who are present there first. */
export async function elsewhere(
  names: readonly (string | null)[],
  whole: Store,
  { names: connections, config }: Invocation,
): Promise<Elsewhere[]> {
  const others = connections.filter((name) => name !== config.connection.name)
  const wanted = [...new Set(names.filter((name) => name !== null))]
  const found = await Promise.all(
    others.map(async (connection) => [...(await whole.of(connection).findAll(wanted)).values()].flat()),
  )
  return found
    .map(distinct)
    .flatMap((users, index) =>
      users.map(({ displayName, status }) => ({ connection: others[index] ?? '', displayName, status })),
    )
}

function distinct(users: readonly User[]): User[] {
  const each = [...new Map(users.map((user) => [user.id, user])).values()]
  return [...each.filter(isPresent), ...each.filter((user) => !isPresent(user))]
}
