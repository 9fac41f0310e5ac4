import { rehired } from '../domain/conflicts.js'
import type { UserChange } from '../domain/user.js'
import type { Note } from '../store/run-writer.js'
import type { Work } from './work.js'

/**
 * Whoever comes with the user name of a record that is no longer present is a record of their own: they may be the same
 * person, hired again, or somebody else altogether. The run says so, and a person decides. On the first read of a tenant
 * nobody can have been there before.
 */
export async function rehiredNotes({ writer, feed }: Work, users: readonly UserChange[]): Promise<Note[]> {
  if (feed.completedAt === null) return []
  const newcomers = users.filter(({ before }) => before === null).map(({ after }) => after)
  const names = newcomers.flatMap(({ userPrincipalName }) => userPrincipalName ?? [])
  if (names.length === 0) return []
  const found = await writer.store.findAll(names)
  // They may be lost to the directory in the very same page.
  const planned = new Map(users.map(({ after }) => [after.id, after]))
  return newcomers.flatMap((newcomer) => {
    const holders = found.get(newcomer.userPrincipalName ?? '') ?? []
    const former = rehired(
      newcomer,
      holders.map((user) => planned.get(user.id) ?? user),
    )
    if (!former) return []
    return {
      level: 'warn',
      message: 'Somebody new has the user name of a record that is no longer present',
      about: newcomer.userPrincipalName ?? newcomer.id,
      details: { former: former.id, remedy: 'See both, and decide: entra-connector users conflicts' },
    }
  })
}
