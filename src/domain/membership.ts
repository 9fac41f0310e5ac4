import type { IdSet } from './id-set.js'
import type { Membership } from './scope.js'

/** An assigned group as a run read it. `deleted`: the directory says that there is no such group. */
export interface GroupReading {
  /** Object id, lower case. */
  readonly id: string
  readonly name: string | null
  readonly members: IdSet | 'unreadable' | 'deleted'
}

export interface ReadMembership extends Membership {
  /** Says who is in which group, in whatever order groups and members were read. */
  readonly fingerprint: string
  /** Groups that could not be read. */
  readonly unreadable: readonly string[]
}

const UNHEARD_OF = { name: null, deleted: false }

/** Somebody in several groups is in scope through the one with the lowest id, so that it stays the same. */
export function membershipOf(groups: readonly GroupReading[]): ReadMembership {
  const sorted = [...groups].sort((a, b) => (a.id < b.id ? -1 : 1))
  const readable = sorted.flatMap(({ id, members }) => (typeof members === 'string' ? [] : [{ id, members }]))
  const unreadable = sorted.filter(({ members }) => members === 'unreadable').map(({ id }) => id)
  const named = new Map(sorted.map(({ id, name, members }) => [id, { name, deleted: members === 'deleted' }]))
  return {
    through: (entraObjectId) => {
      const found = readable.find(({ members }) => members.has(entraObjectId))
      return found?.id ?? (unreadable.length === 0 ? null : undefined)
    },
    group: (id) => named.get(id) ?? UNHEARD_OF,
    fingerprint: sorted
      .map(({ id, members }) => `${id} ${typeof members === 'string' ? members : members.fingerprint}`)
      .join('\n'),
    unreadable,
  }
}
