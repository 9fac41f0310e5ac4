import type { User } from '../domain/user.js'

/** What most of the people who wait have in common, so that a mistake in Entra is seen at a glance. */

export const FEWEST = 5
const MOST_SHARE = 0.8
const MINUTE_MS = 60_000
const AT_ONCE_MS = 60 * MINUTE_MS

export class Shared {
  #people = 0
  #guests = 0
  #from: string | null = null
  #until: string | null = null
  readonly #causes = new Map<string, number>()
  readonly #domains = new Map<string, number>()
  readonly #departments = new Map<string, number>()

  add(users: readonly User[]): void {
    for (const { userPrincipalName, department, userType, removal } of users) {
      this.#people += 1
      count(this.#causes, removal?.cause.text ?? null)
      count(this.#domains, userPrincipalName?.split('@').at(-1)?.toLowerCase() ?? null)
      count(this.#departments, department)
      if (userType?.toLowerCase() === 'guest') this.#guests += 1
      const at = removal?.at ?? null
      if (at !== null && (this.#from === null || at < this.#from)) this.#from = at
      if (at !== null && (this.#until === null || at > this.#until)) this.#until = at
    }
  }

  /**
   * Sentences without a full stop; none about a handful of people, who can be looked at one by one. `before` is the end of
   * the run before the one that held them, ISO 8601 UTC: what tells that they left together is that it had noted nobody.
   */
  texts(before: string | null): string[] {
    if (this.#people < FEWEST) return []
    const causes = this.#causes.size > 1 ? this.#most(this.#causes, (share, cause) => `${share}: ${cause}`) : []
    return [
      ...causes,
      ...this.#most(this.#domains, (share, domain) => `${share} have a user name at ${domain}`),
      ...this.#most(this.#departments, (share, department) => `${share} are in department ${department}`),
      ...this.#most(new Map([['guests', this.#guests]]), (share) => `${share} are guests`),
      ...this.#atOnce(before),
    ]
  }

  #most(counts: ReadonlyMap<string, number>, tell: (share: string, value: string) => string): string[] {
    const [first] = [...counts].sort(([, a], [, b]) => b - a)
    if (!first || first[1] < MOST_SHARE * this.#people) return []
    const [value, number] = first
    // Rounded down: all but one are not "100 %".
    const share = number === this.#people ? 'All of them' : `${Math.floor((number / this.#people) * 100)} %`
    return [tell(share, value)]
  }

  #atOnce(before: string | null): string[] {
    const [from, until] = [this.#from, this.#until]
    if (before === null || from === null || until === null || from < before) return []
    const ms = Date.parse(until) - Date.parse(before)
    if (ms > AT_ONCE_MS) return []
    const minutes = Math.max(1, Math.ceil(ms / MINUTE_MS))
    const within = `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`
    const end = `${before.slice(0, 10)} ${before.slice(11, 16)} UTC`
    return [`All of them were noted within ${within}: the run that ended ${end} had noted none`]
  }
}

function count(counts: Map<string, number>, value: string | null): void {
  if (value !== null && value !== '') counts.set(value, (counts.get(value) ?? 0) + 1)
}
