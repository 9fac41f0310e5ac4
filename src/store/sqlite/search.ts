import type { User } from '../../domain/user.js'

/** Letter case and the two ways to write an accent do not count, in any alphabet. */
export function fold(text: string): string {
  return text.toLowerCase().normalize('NFC')
}

const searched = (user: User): (string | null)[] => [
  user.displayName,
  user.userPrincipalName,
  user.mail,
  user.employeeId,
]

const BEYOND_ASCII = /[^\x00-\x7f]/

/** Column `search`: null where SQLite's own `lower(data)`, which knows ASCII only, is good enough. */
export function searchText(user: User): string | null {
  const { displayName, userPrincipalName, mail, employeeId } = user
  const isPlain =
    !BEYOND_ASCII.test(displayName ?? '') &&
    !BEYOND_ASCII.test(userPrincipalName ?? '') &&
    !BEYOND_ASCII.test(mail ?? '') &&
    !BEYOND_ASCII.test(employeeId ?? '')
  return isPlain ? null : fold(JSON.stringify(searched(user)))
}

/** A condition true of everybody in whom the parameter, a `needle`, is found, and of some others: see `isFound`. */
export const MAY_BE_FOUND = 'instr(coalesce(search, lower(data)), ?) > 0'

/** As the text stands in JSON. */
export function needle(term: string): string {
  return JSON.stringify(fold(term)).slice(1, -1)
}

export function isFound(user: User, term: string): boolean {
  const folded = fold(term)
  return searched(user).some((text) => text !== null && fold(text).includes(folded))
}
