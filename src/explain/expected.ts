import { remove, say, type ChangeContext } from '../domain/change.js'
import { PROFILE_FIELDS, type ProfileField, type User } from '../domain/user.js'
import { describe, type Sight } from '../sync/describe.js'
import type { Expected, Live } from './facts.js'

export interface ChangedField {
  readonly field: ProfileField
  readonly here: string | null
  readonly inEntra: string | null
}

/** Pure: what the next look at the directory would make of our record, by the same rules a run goes by. */
export function expectedOf(user: User, live: Live, sight: Sight, context: ChangeContext): Expected | null {
  const step = stepOf(user, live, sight, context)
  if (!step) return null
  const { account, accountReason, presence, removal } = step.user
  const fields = PROFILE_FIELDS.filter((field) => step.user[field] !== user[field])
  return {
    account,
    accountReason,
    presence,
    removal,
    fields: fields.map((field) => ({ field, here: user[field], inEntra: step.user[field] })),
  }
}

function stepOf(user: User, live: Live, sight: Sight, context: ChangeContext) {
  switch (live.found) {
    case 'live': {
      const said = describe(live.patch, user, true, sight)
      return said && say(user, said, 'look-up', context)
    }
    case 'soft-deleted':
      return remove(user, 'soft-deleted', 'look-up', context)
    case 'nowhere':
      return user.entraObjectId === null ? null : remove(user, 'gone', 'look-up', context)
    default:
      return null
  }
}
