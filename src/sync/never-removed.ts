import type { DirectoryFeed } from '../domain/feed.js'
import { fold } from '../domain/fold.js'
import type { MeantBy, ScopeConfig } from '../domain/scope.js'
import type { User } from '../domain/user.js'
import type { ConnectionStore } from '../store/port.js'
import type { RunWriter } from '../store/run-writer.js'
import type { Work } from './work.js'

/**
 * Who is never removed by their user name stays so when Entra renames them: before a run reads anything, it remembers
 * whom each name of the list means. A name that leaves the list takes with it whom it meant.
 */

/** Those who have a user name of the list now, and those who had it when an earlier run began. */
export async function whoIsMeantBy(
  store: ConnectionStore,
  { neverRemove }: Pick<ScopeConfig, 'neverRemove'>,
  feed: Pick<DirectoryFeed, 'neverRemoved'>,
): Promise<readonly MeantBy[]> {
  return meantBy(await holdersOf(store, neverRemove), feed)
}

function meantBy(
  called: ReadonlyMap<string, readonly User[]>,
  { neverRemoved = [] }: Pick<DirectoryFeed, 'neverRemoved'>,
): readonly MeantBy[] {
  const meant = [...called].map(([name, users]) => {
    const before = neverRemoved.find((one) => one.name === name)?.ids ?? []
    return { name, ids: [...new Set([...before, ...users.map(({ id }) => id)])].sort() }
  })
  return meant.filter(({ ids }) => ids.length > 0)
}

/** Stores it at once where there is news: a run for one person need not write the feed again. */
export async function rememberMeant(
  writer: RunWriter,
  called: ReadonlyMap<string, readonly User[]>,
  feed: DirectoryFeed,
): Promise<DirectoryFeed> {
  const neverRemoved = meantBy(called, feed)
  if (JSON.stringify(neverRemoved) === JSON.stringify(feed.neverRemoved ?? [])) return feed
  const next = { ...feed, neverRemoved }
  await writer.commit({ feeds: { directory: next } })
  return next
}

/** Says whose name of the list is another one since the run began. */
export async function tellRenamed({ writer, config, calledBefore }: Work): Promise<void> {
  const { store } = writer
  const now = await holdersOf(store, [...calledBefore.keys()])
  const listed = new Set(config.scope.neverRemove.map((name) => fold(name.trim())))
  for (const [name, before] of calledBefore) {
    const still = new Set(now.get(name)?.map(({ id }) => id))
    const renamed = before.filter((id) => !still.has(id))
    for (const user of [...(await store.findAll(renamed)).values()].flat()) {
      const { entraObjectId, id, userPrincipalName } = user
      if ([id, entraObjectId, userPrincipalName].some((one) => one !== null && listed.has(fold(one)))) continue
      writer.note({
        level: 'warn',
        message: 'Somebody of the list neverRemove has another user name now',
        about: name,
        details: {
          now: userPrincipalName,
          meanwhile: 'They are still never removed, as long as the old name is on the list.',
          remedy: `Put their object id into neverRemove in config/scope.json: ${entraObjectId ?? id}`,
        },
      })
    }
  }
}

/** By the folded user name; whoever is on the list by an id cannot be renamed away from it. */
export async function holdersOf(
  store: ConnectionStore,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly User[]>> {
  const folded = [...new Set(names.map((name) => fold(name.trim())))].filter((name) => name !== '').sort()
  if (folded.length === 0) return new Map()
  const found = await store.findAll(folded)
  const isCalled = (name: string) => (user: User) =>
    user.userPrincipalName !== null && fold(user.userPrincipalName) === name
  return new Map(folded.map((name) => [name, (found.get(name) ?? []).filter(isCalled(name))]))
}
