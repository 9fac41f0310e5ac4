import { ConnectorError } from '../domain/errors.js'
import { theOne, unknown } from '../domain/find.js'
import type { User } from '../domain/user.js'
import { asItem } from './look-ups.js'
import { settleOne } from './settle.js'
import { beginAs, checkTenant } from './run.js'
import { openWork, type SyncOptions } from './work.js'

/**
 * Reads and applies one person now. `who` is our id, an Entra object id or a UPN. Somebody nobody knows is
 * `user.unknown`; a UPN that several present people hold is `user.ambiguous`. Gives why groups could not be read.
 */
export async function syncPerson(options: SyncOptions, who: string): Promise<ConnectorError | null> {
  const { writer, source } = options
  await beginAs(writer, 'single-user')
  const work = await openWork(options, await checkTenant(options))
  const user = theOne(await writer.store.find(who), who)
  const objectId = user ? objectIdOf(user) : null
  const answer = await source.lookUp(objectId ?? who, writer.signal)
  if (answer.found !== 'live' && objectId === null) throw unknown(who)
  const item = asItem(objectId ?? who, answer)
  const resolved = user && item.kind !== 'unreadable' ? [user.id] : []
  await work.apply([item], { whole: true, proof: 'look-up', part: { resolved } })
  const [found] = objectId === null && item.kind === 'patch' ? await writer.store.find(item.entraObjectId) : [user]
  if (found) await settleOne(work, found.id)
  return work.members.error
}

function objectIdOf(user: User): string {
  if (user.entraObjectId !== null) return user.entraObjectId
  throw new ConnectorError('user.unknown', {
    message: `${user.displayName ?? user.id} is not known to Entra`,
    remedy: 'This person was never read from the directory, so there is nothing to read again.',
  })
}
