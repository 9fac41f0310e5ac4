import { ConnectorError } from '../domain/errors.js'
import { theOne, unknown } from '../domain/find.js'
import type { ScopeConfig } from '../domain/scope.js'
import type { User } from '../domain/user.js'
import { asItem } from './look-ups.js'
import { membershipOfOne, withGroups } from './members.js'
import { tellRenamed } from './never-removed.js'
import { beginAs, checkTenant } from './run.js'
import { finishSettling, settleOne } from './settle.js'
import { openWork, type SyncOptions } from './work.js'

/**
 * Reads and applies one person now. `who` is our id, an Entra object id or a UPN. Somebody nobody knows is
 * `user.unknown`; a UPN that several present people hold is `user.ambiguous`.
 */
export async function syncPerson(options: SyncOptions, who: string): Promise<void> {
  const { writer, source, groups, scope } = options
  const { store, signal } = writer
  await beginAs(writer, 'single-user')
  const feed = await checkTenant(options)
  const user = theOne(await store.find(who), who)
  const objectId = user ? objectIdOf(user) : null
  const answer = await source.lookUp(objectId ?? who, signal)
  if (answer.found !== 'live' && objectId === null) throw unknown(who)
  const item = asItem(objectId ?? who, answer)
  const asked = item.entraObjectId ?? objectId ?? who
  const [known = null] = await store.find(asked)
  const own = item.kind === 'patch' ? scope : { ...scope, groups: [] }
  const theirs = await membershipOfOne(groups, own, asked, signal)
  const membership =
    known && theirs.through(asked) === null
      ? await withGroups(theirs, groups, { ids: groupsBehind(known, own), names: feed.groups, signal, failed: rethrow })
      : theirs
  const told = own.groups.map((id) => [id, membership.group(id).name] as const).filter(([, name]) => name !== null)
  const names = { ...feed.groups, ...(Object.fromEntries(told) as Record<string, string>) }
  const work = await openWork(options, feed, { membership, sets: [], names, error: null })
  await finishSettling(work)
  const resolved = known && item.kind !== 'unreadable' ? [known.id] : []
  await work.apply([item], { whole: true, proof: 'look-up', part: { resolved } })
  await tellRenamed(work)
  const [found] = await store.find(asked)
  if (found) await settleOne(work, found.id)
}

/** The assigned groups that decide over why somebody in none of them is to go: whether it is gone, or any of them. */
function groupsBehind({ through }: User, { groups }: ScopeConfig): readonly string[] {
  return through === null ? groups : groups.filter((id) => id === through)
}

/** Nobody loses anything to a group of which it is not known whether it is still there. */
function rethrow(error: unknown): never {
  throw error
}

function objectIdOf(user: User): string {
  if (user.entraObjectId !== null) return user.entraObjectId
  throw new ConnectorError('user.unknown', {
    message: `${user.displayName ?? user.id} is not known to Entra`,
    remedy: 'This person was never read from the directory, so there is nothing to read again.',
  })
}
