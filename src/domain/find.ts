import { isPresent } from './change.js'
import { ConnectorError } from './errors.js'
import type { User } from './user.js'

/** Several people may have held a UPN; the one present in the directory is meant. */
export function theOne(found: readonly User[], who: string): User | null {
  const present = found.filter(isPresent)
  const [first, second] = present.length > 0 ? present : found
  if (!second) return first ?? null
  throw new ConnectorError('user.ambiguous', {
    message: `Several people are called ${who}`,
    remedy: `Name one by id: ${found.map(({ id }) => id).join(', ')}`,
  })
}

export function unknown(who: string): ConnectorError {
  return new ConnectorError('user.unknown', {
    message: `Nobody is called ${who}`,
    remedy:
      'Give our id, the Entra object id or the user principal name; "users list --search" finds people by part of a name.',
  })
}
