import type { AccountRules } from '../domain/account.js'
import type { DirectorySource, GroupSource } from '../domain/directory.js'
import { mappingOf, type MappingConfig } from '../domain/mapping.js'
import { scopeOf, type ScopeConfig } from '../domain/scope.js'
import type { User } from '../domain/user.js'
import type { ConnectionStore } from '../store/port.js'
import { seatsLeft } from '../store/seats.js'
import { sightOf } from './describe.js'
import { membershipOfOne } from './members.js'
import { planPage } from './plan.js'

export interface NewcomerOptions {
  readonly store: ConnectionStore
  readonly source: DirectorySource
  readonly groups: GroupSource
  readonly rules: AccountRules
  readonly scope: ScopeConfig
  readonly mapping: MappingConfig
  readonly newId: () => string
  readonly now: () => Date
  readonly signal: AbortSignal
}

/**
 * Somebody we do not know stands at the door: read from the directory at once and, when present there and in scope,
 * created. Null when the directory does not have them, or they are not to be let in. Needs no lease: a run that creates
 * the same person at the same time is simply faster. Throws what the directory throws.
 */
export async function readNewcomer(objectId: string, options: NewcomerOptions): Promise<User | null> {
  const { store, source, groups, rules, scope, mapping, newId, now, signal } = options
  const answer = await source.lookUp(objectId, signal)
  if (answer.found !== 'live' || answer.item.kind === 'unreadable') return null
  const membership = await membershipOfOne(groups, scope, objectId, signal)
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
  const sight = sightOf(scopeOf(scope, membership), mappingOf(mapping), Object.keys(mapping))
  const plan = planPage({ items: [answer.item], known, whole: true, proof: 'look-up', sight, context })
  const { lost } = await store.write({ users: plan.users })
  if (lost.length === 0 && plan.unpark.length > 0) await store.write({ unpark: plan.unpark })
  return (await store.known([objectId])).users.get(objectId) ?? null
}
