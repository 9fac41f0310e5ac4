import { fold } from '../../domain/fold.js'
import type { User } from '../../domain/user.js'

/**
 * Searching without an index: SQLite's own `lower(data)` finds what is ASCII, column `search` holds the rest, folded.
 * Both are JSON and hold more than one field, so what is found that way is checked.
 */
export const MAY_BE_FOUND = "instr(lower(data) || ifnull(search, ''), ?) > 0"

const BEYOND_ASCII = /[^\x00-\x7f]/

/** Column `search`: null for most people in most tenants. */
export function searchText({ displayName, userPrincipalName, mail, employeeId }: User): string | null {
  const texts = beyondAscii(displayName) + beyondAscii(userPrincipalName) + beyondAscii(mail) + beyondAscii(employeeId)
  return texts === '' ? null : texts
}

function beyondAscii(text: string | null): string {
  return text !== null && BEYOND_ASCII.test(text) ? JSON.stringify(fold(text)) : ''
}

/** The parameter of `MAY_BE_FOUND`: the term as it stands in JSON. */
export function needle(term: string): string {
  return JSON.stringify(fold(term)).slice(1, -1)
}
