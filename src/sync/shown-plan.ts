import type { Statement } from '../domain/change.js'
import type { RunKind } from '../domain/run.js'
import { PROFILE_FIELDS, type Account, type AccountReason, type User, type UserChange } from '../domain/user.js'

/** What a dry run has shown, so that exactly this can be applied later. */

export interface ShownPlan {
  readonly connection: string
  readonly tenantId: string | null
  readonly kind: RunKind
  /** ISO 8601 UTC. */
  readonly createdAt: string
}

/**
 * One person of a plan. `id` and `revision` are those of the record it was planned over, null for newcomers; `says` is
 * what differs; `account` is what comes of it.
 */
export interface ShownChange {
  readonly id: string | null
  readonly revision: number | null
  readonly entraObjectId: string
  /** Only for people who read the plan. */
  readonly userPrincipalName: string | null
  readonly change: 'created' | 'updated' | 'removed'
  readonly says: Statement
  readonly account: Account
  readonly accountReason: AccountReason | null
}

/** Gathers what a dry run would commit: per person the record before and the one that is left. */
export class PlanShown {
  readonly #people = new Map<string, { before: User | null; after: User }>()

  add(changes: readonly UserChange[]): void {
    for (const { before, after } of changes) {
      const first = this.#people.get(after.id)
      this.#people.set(after.id, { before: first ? first.before : before, after })
    }
  }

  *changes(): Generator<ShownChange> {
    for (const { before, after } of this.#people.values()) {
      const shown = shownOf(before, after)
      if (shown) yield shown
    }
  }
}

/** Null where the directory has no part in the change, as with a first login. */
function shownOf(before: User | null, after: User): ShownChange | null {
  const { entraObjectId, userPrincipalName, account, accountReason, removal } = after
  if (entraObjectId === null) return null
  const who = { id: before?.id ?? null, revision: before?.revision ?? null, entraObjectId, userPrincipalName }
  const isRemoved =
    before !== null && removal !== before.removal && (removal?.state === 'done' || removal?.state === 'held')
  if (isRemoved) {
    const says: Statement = { presence: removal.presence, cause: removal.cause }
    return { ...who, change: 'removed', says, account: 'inactive', accountReason: null }
  }
  const says = differences(before, after)
  if (before && Object.keys(says).length === 0) return null
  return { ...who, change: before ? 'updated' : 'created', says, account, accountReason }
}

function differences(before: User | null, after: User): Statement {
  const fields = PROFILE_FIELDS.filter((field) => after[field] !== (before?.[field] ?? null))
  return {
    ...(fields.length > 0 ? { fields: Object.fromEntries(fields.map((field) => [field, after[field]])) } : {}),
    ...(JSON.stringify(after.source) === JSON.stringify(before?.source ?? null) ? {} : { source: after.source }),
    ...(after.presence === before?.presence ? {} : presenceSaid(after)),
    ...(after.through === (before?.through ?? null) ? {} : { through: after.through }),
  }
}

/** Whoever stays although they are out of scope is enabled or disabled meanwhile. */
function presenceSaid({ presence, removal }: User): Statement {
  const isMeanwhile = presence === 'enabled' || presence === 'disabled'
  if (removal?.presence !== 'out-of-scope' || removal.state === 'done' || !isMeanwhile) return { presence }
  return { presence: removal.presence, cause: removal.cause, meanwhile: presence }
}
