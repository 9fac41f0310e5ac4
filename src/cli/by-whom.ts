import { userInfo } from 'node:os'
import { SELF } from '../domain/ahead.js'
import { ConnectorError } from '../domain/errors.js'
import { nameOf, text, type Options } from './choices.js'

/** What the history says of changes nobody in particular made. */
const TAKEN = ['run', 'sign-in', 'invitation', SELF]

/** The name of whoever decides: as given with --by, otherwise who is logged in to this machine. */
export function byWhom(given: Options[string]): string {
  const name = nameOf('--by', text(given) ?? systemName())
  if (!TAKEN.includes(name.toLowerCase())) return name
  throw new ConnectorError('usage.invalid', {
    message: `"${name}" would not be taken for a person in anybody's history`,
    remedy: 'Give the name of whoever decided it: --by "Mia Keller".',
  })
}

function systemName(): string {
  try {
    return userInfo().username
  } catch {
    // A process may run as a user that nobody has named.
    return 'command line'
  }
}
