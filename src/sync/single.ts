import { ConnectorError } from '../domain/errors.js'
import { theOne, unknown } from '../domain/find.js'
import type { User } from '../domain/user.js'
import { asItem } from './look-ups.js'
import { membershipOfOne } from './members.js'
import { beginAs, checkTenant } from './run.js'
import { settleOne } from './settle.js'
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
  const isPerson = item.kind === 'patch'
  const membership = await membershipOfOne(groups, isPerson ? scope : { ...scope, groups: [] }, asked, signal)
  const work = await openWork(options, feed, { membership, sets: [], names: feed.groups, error: null })
  const resolved = user && item.kind !== 'unreadable' ? [user.id] : []
  await work.apply([item], { whole: true, proof: 'look-up', part: { resolved } })
  const [found] = await store.find(asked)
  if (found) await settleOne(work, found.id)
}

function objectIdOf(user: User): string {
  if (user.entraObjectId !== null) return user.entraObjectId
  throw new ConnectorError('user.unknown', {
    message: `${user.displayName ?? user.id} is not known to Entra`,
    remedy: 'This person was never read from the directory, so there is nothing to read again.',
  })
}
