import { hash as argon2, needsRehash, verify as verifyArgon2 } from 'argon2'
import { randomBytes } from 'node:crypto'
import { isCommon } from './guessable-passwords.js'
import { openTurns } from './turns.js'

/** Passwords: which may be chosen, how they are kept, whether one is right. */

export type PasswordProblem = 'empty' | 'short' | 'long' | 'common'

export interface Verdict {
  readonly right: boolean
  /** The hash was made with other parameters than today's: time to make a new one of the right password. */
  readonly needsRehash: boolean
}

export interface PasswordKeeper {
  /** Why it cannot be chosen; null when it can. */
  problemWith(password: string): PasswordProblem | null
  hash(password: string): Promise<string>
  /** Without a hash nothing is right, and finding that out takes as long. */
  verify(hash: string | null, password: string): Promise<Verdict>
}

/** `memoryCost` is in KiB. */
export interface PasswordCost {
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
}

/** What OWASP's Password Storage Cheat Sheet asks of argon2id at least. */
export const COST: PasswordCost = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 }

export const SHORTEST = 12
export const LONGEST = 256

/** Each takes a processor and 19 MB: more at once would make nobody faster, and everything else of the process wait. */
const AT_ONCE = 3

/** `cost` is for tests only. */
export function openPasswords(cost: PasswordCost = COST): PasswordKeeper {
  const turns = openTurns(AT_ONCE)
  const nobodys = unmatched(cost)
  return {
    problemWith,
    hash: (password) => turns.take(null, () => argon2(password.normalize('NFC'), cost)),
    verify: (hash, password) =>
      turns.take(null, async () => {
        const right = await verifyArgon2(hash ?? nobodys, password.normalize('NFC'))
        return hash === null
          ? { right: false, needsRehash: false }
          : { right, needsRehash: right && needsRehash(hash, cost) }
      }),
  }
}

/** Characters are counted as a person counts them, more or less: code points of the composed form. */
function problemWith(password: string): PasswordProblem | null {
  if (password === '') return 'empty'
  const composed = password.normalize('NFC')
  const { length } = Array.from(composed)
  if (length > LONGEST) return 'long'
  if (length < SHORTEST) return 'short'
  return isCommon(composed) ? 'common' : null
}

/** A hash of these parameters that no password leads to, in the PHC string format. */
function unmatched({ memoryCost, timeCost, parallelism }: PasswordCost): string {
  const text = (bytes: number): string => randomBytes(bytes).toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=${memoryCost},p=${parallelism},t=${timeCost}$${text(16)}$${text(32)}`
}
