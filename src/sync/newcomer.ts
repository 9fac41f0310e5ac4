import type { AccountRules } from '../domain/account.js'
import type { DirectorySource } from '../domain/directory.js'
import type { User } from '../domain/user.js'
import type { ConnectionStore } from '../store/port.js'
import { seatsLeft } from '../store/seats.js'
import { planPage } from './plan.js'

export interface NewcomerOptions {
  readonly store: ConnectionStore
  readonly source: DirectorySource
  readonly rules: AccountRules
  readonly newId: () => string
  readonly now: () => Date
  readonly signal: AbortSignal
}

/**
 * Somebody we do not know stands at the door: read from the directory at once and, when present there, created. Null
 * when the directory does not have them, or they are not to be let in. Needs no lease: a run that creates the same
 * person at the same time is simply faster. Throws what the directory throws.
 */
export async function readNewcomer(objectId: string, options: NewcomerOptions): Promise<User | null> {
  const { store, source, rules, newId, now, signal } = options
  const answer = await source.lookUp(objectId, signal)
  if (answer.found !== 'live' || answer.item.kind === 'unreadable') return null
  const known = await store.known([objectId])
  const context = {
    now: now().toISOString(),
    cause: 'sign-in',
    evidence: { proof: 'look-up' },
    connection: store.connection,
    rules,
    newId,
    seats: { left: await seatsLeft(store, rules) },
  }
  const { users, unpark } = planPage({ items: [answer.item], known, whole: true, proof: 'look-up', context })
  const { lost } = await store.write({ users })
  if (lost.length === 0 && unpark.length > 0) await store.write({ unpark })
  return (await store.known([objectId])).users.get(objectId) ?? null
}
