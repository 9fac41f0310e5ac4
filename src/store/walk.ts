import type { User } from '../domain/user.js'
import type { ConnectionStore, UserQuery } from './port.js'

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
