import { fold } from '../domain/fold.js'
import { networkOf } from './network.js'

/**
 * How often somebody may be wrong. What counts is the name together with the network: a person is never kept out by what
 * others do, elsewhere or beside them behind the same address. Guessing many names from one place, or one name from many
 * places, leaves fewer free failures there, never none: whoever knows the password gets in. Unknown names count like
 * known ones.
 */
export interface LoginLimits {
  /** Milliseconds until this network may try this name; 0: now. */
  wait(name: string, network: string): number
  failed(name: string, network: string): void
  succeeded(name: string, network: string): void
  /** Whether this network may ask for another email; asking is counted. */
  mayAsk(network: string): boolean
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS

export const FREE_FAILURES = 5
/** How many are free where guessing is going on. */
const FREE_WHEN_GUESSED = 1
const LONGEST_LOCK_OUT_MS = 15 * MINUTE_MS
const LOCK_OUTS_MS = [1, 2, 5, 10].map((minutes) => minutes * MINUTE_MS)
const FORGET_MS = 24 * 60 * MINUTE_MS

/** So many at once, then one in `everyMs`. */
interface Allowance {
  readonly most: number
  readonly everyMs: number
}
/** A whole office may be behind one address. */
const FAILURES_OF_NETWORK: Allowance = { most: 100, everyMs: 6 * SECOND_MS }
const FAILURES_OF_NAME: Allowance = { most: 20, everyMs: 3 * MINUTE_MS }
const EMAILS_OF_NETWORK: Allowance = { most: 20, everyMs: MINUTE_MS }

/** More are not remembered: those that were quiet the longest are forgotten. */
const REMEMBERED = 20_000
const LONGEST_NAME = 320

interface Failures {
  readonly count: number
  readonly until: number
  readonly forgottenAt: number
}

/** Kept in memory: a restart forgets it, and several processes count for themselves. */
export function openLimits(now: () => Date): LoginLimits {
  const pairs = new Recent<Failures>()
  const networks = new Allowances(FAILURES_OF_NETWORK)
  const names = new Allowances(FAILURES_OF_NAME)
  const emails = new Allowances(EMAILS_OF_NETWORK)
  const at = (): number => now().getTime()
  const pairOf = (name: string, network: string): string => `${networkOf(network)} ${nameOf(name)}`

  return {
    wait(name, network) {
      const locked = (pairs.get(pairOf(name, network))?.until ?? 0) - at()
      // Also when somebody has set the clock back.
      return Math.min(Math.max(0, locked), LONGEST_LOCK_OUT_MS)
    },
    failed(name, network) {
      networks.use(networkOf(network), at())
      names.use(nameOf(name), at())
      const before = pairs.get(pairOf(name, network))
      const count = (before && before.forgottenAt > at() ? before.count : 0) + 1
      const guessed = names.wait(nameOf(name), at()) > 0 || networks.wait(networkOf(network), at()) > 0
      const free = guessed ? FREE_WHEN_GUESSED : FREE_FAILURES
      const lockOut = count > free ? (LOCK_OUTS_MS[count - free - 1] ?? LONGEST_LOCK_OUT_MS) : 0
      pairs.set(pairOf(name, network), { count, until: at() + lockOut, forgottenAt: at() + FORGET_MS })
    },
    succeeded: (name, network) => pairs.delete(pairOf(name, network)),
    mayAsk: (network) => {
      const may = emails.wait(networkOf(network), at()) === 0
      if (may) emails.use(networkOf(network), at())
      return may
    },
  }
}

export function inMinutes(ms: number): number {
  return Math.ceil(ms / MINUTE_MS)
}

function nameOf(name: string): string {
  return fold(name.trim()).slice(0, LONGEST_NAME)
}

/** Values by key, bounded. */
class Recent<T> {
  readonly #values = new Map<string, T>()

  get(key: string): T | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: T): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    const [quietest] = this.#values.size > REMEMBERED ? this.#values.keys() : []
    if (quietest !== undefined) this.#values.delete(quietest)
  }

  delete(key: string): void {
    this.#values.delete(key)
  }
}

class Allowances {
  /** When all of it is there again. */
  readonly #whole = new Recent<number>()

  constructor(private readonly allowance: Allowance) {}

  wait(key: string, now: number): number {
    const { most, everyMs } = this.allowance
    return Math.max(0, (this.#whole.get(key) ?? 0) - now - (most - 1) * everyMs)
  }

  use(key: string, now: number): void {
    this.#whole.set(key, Math.max(now, this.#whole.get(key) ?? 0) + this.allowance.everyMs)
  }
}
