import type { User } from '../domain/user.js'
import type { ConnectionStore, RemovalQuery, UserQuery } from './port.js'

const PAGE = 1000

/** Everybody a query finds, a page at a time and in order of our id: memory does not grow with the tenant. */
export async function* walk(
  store: Pick<ConnectionStore, 'list'>,
  query: Omit<UserQuery, 'limit' | 'cursor'> = {},
): AsyncGenerator<User[]> {
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<ConnectionStore['list']>> = await store.list({
      ...query,
      limit: PAGE,
      ...(cursor === null ? {} : { cursor }),
    })
    yield page.users
    cursor = page.nextCursor
  } while (cursor !== null)
}

/** Everybody with such a removal, `limit` at a time and in order of our id. They may be changed between two batches. */
export async function* walkRemovals(
  store: Pick<ConnectionStore, 'removals'>,
  wanted: Omit<RemovalQuery, 'after'>,
): AsyncGenerator<User[]> {
  for (let after = ''; ;) {
    const people = await store.removals({ ...wanted, after })
    if (people.length > 0) yield people
    const last = people.at(-1)
    if (!last || people.length < wanted.limit) return
    after = last.id
  }
}
