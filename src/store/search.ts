import { fold } from '../domain/fold.js'
import type { User } from '../domain/user.js'

/** Whether a search (`UserQuery.search`) finds somebody: what an index or a pattern lets through is checked by this. */
export function isFound({ displayName, userPrincipalName, mail, employeeId }: User, term: string): boolean {
  const folded = fold(term)
  return [displayName, userPrincipalName, mail, employeeId].some((text) => text !== null && fold(text).includes(folded))
}
