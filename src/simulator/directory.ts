import { peopleFrom } from './people.js'
import { merged, type Person, type PersonInput, type Standing } from './person.js'
import type { Property } from './properties.js'
import { randomFrom } from './random.js'

export type ChangeKind = 'created' | 'updated' | 'soft-deleted' | 'purged' | 'restored'

/** A line of the journal. `before` is the state the change replaced; `properties` are those it changed. */
export interface Change {
  readonly index: number
  readonly kind: ChangeKind
  readonly properties: ReadonlySet<string>
  readonly before: Person | undefined
}

export type NewPerson = PersonInput & { readonly id?: string; readonly userPrincipalName?: string }
export type PersonPatch = PersonInput & { readonly userPrincipalName?: string }

const RESTORABLE_MS = 30 * 24 * 3_600_000
const NOTHING: ReadonlySet<string> = new Set()

/**
 * The tenant's people in a stable order, and a journal of what became of them. A position in time is a length of the
 * journal, so delta rounds need no copy of the tenant.
 */
export class Directory {
  readonly journal: Change[] = []
  readonly #people: Person[] = []
  readonly #changedAt: number[] = []
  readonly #byId = new Map<string, number>()
  readonly #byUpn = new Map<string, number>()
  readonly #deleted = new Set<number>()
  readonly #next: () => Person
  #live = 0

  constructor(
    readonly options: {
      readonly users: number
      readonly seed: number
      readonly domain: string
      readonly now: () => Date
    },
  ) {
    this.#next = peopleFrom(options.seed, options.domain)
    for (let made = 0; made < options.users; made += 1) this.#append(this.#next())
  }

  /** How many people are live. */
  get size(): number {
    return this.#live
  }

  /** How many there ever were: indexes go from 0 up to, not including, this. */
  get count(): number {
    return this.#people.length
  }

  byIndex(index: number): Person {
    const person = this.#people[index]
    if (!person) throw new Error(`There is no person ${index} in the simulated tenant.`)
    return person
  }

  /** By object id or user principal name, in any letter case; whatever their state. */
  find(idOrUpn: string): Person | undefined {
    const key = idOrUpn.toLowerCase()
    const index = this.#byId.get(key) ?? this.#byUpn.get(key)
    return index === undefined ? undefined : this.#people[index]
  }

  /** Where somebody stands among all there ever were, by object id in lower case. */
  indexOf(id: string): number | undefined {
    return this.#byId.get(id)
  }

  /** Everybody who is live, in the order of their indexes. */
  *all(): Generator<Person> {
    for (const person of this.#people) if (person.standing === 'live') yield person
  }

  /** Everybody who can be restored. */
  deleted(): Person[] {
    return [...this.#deleted].map((index) => this.byIndex(index))
  }

  /** When somebody last changed, as a length of the journal; 0 for people unchanged since the start. */
  changedAt(index: number): number {
    return this.#changedAt[index] ?? 0
  }

  /** Without a name one is made up. A user principal name that is taken is an error, as in Graph. */
  create(input: NewPerson = {}): Person {
    let made = this.#next()
    while (this.#byUpn.has(made.userPrincipalName.toLowerCase())) made = this.#next()
    const id = input.id?.toLowerCase() ?? made.id
    const upn = input.userPrincipalName ?? this.#upnFor(input) ?? made.userPrincipalName
    if (this.#byId.has(id)) throw new Error(`The id ${id} is taken.`)
    this.#refuseTaken(upn)
    const mail = upn === made.userPrincipalName ? made.mail : upn
    const names = input.displayName === undefined ? {} : { givenName: undefined, surname: undefined }
    const person: Person = { ...made, ...names, mail, ...input, id, userPrincipalName: upn, standing: 'live' }
    const index = this.#append(person)
    this.#record({ index, kind: 'created', properties: NOTHING, before: undefined })
    return person
  }

  /** A null clears; of the extension attributes, only those named change. Values that stay the same are no change and leave no trace. */
  update(id: string, patch: PersonPatch): Person {
    const [index, before] = this.#require(id, 'live')
    const entries = Object.entries(merged(patch, before)).filter(([, value]) => value !== undefined)
    const changed = entries.filter(([name, value]) => !same(before[name as Property], value))
    if (changed.length === 0) return before
    const after: Person = { ...before, ...Object.fromEntries(changed) }
    if (after.userPrincipalName.toLowerCase() !== before.userPrincipalName.toLowerCase()) {
      this.#refuseTaken(after.userPrincipalName)
      this.#byUpn.delete(before.userPrincipalName.toLowerCase())
      this.#byUpn.set(after.userPrincipalName.toLowerCase(), index)
    }
    return this.#change(index, 'updated', after, new Set(changed.map(([name]) => name)))
  }

  disable(id: string): Person {
    return this.update(id, { accountEnabled: false })
  }

  enable(id: string): Person {
    return this.update(id, { accountEnabled: true })
  }

  /** While deleted, the user principal name carries the id without dashes in front, so that the name is free again. */
  softDelete(id: string): Person {
    const [index, before] = this.#require(id, 'live')
    const upn = before.id.replaceAll('-', '') + before.userPrincipalName
    const deletedDateTime = this.options
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z')
    this.#byUpn.delete(before.userPrincipalName.toLowerCase())
    this.#byUpn.set(upn.toLowerCase(), index)
    this.#deleted.add(index)
    this.#live -= 1
    return this.#change(index, 'soft-deleted', {
      ...before,
      userPrincipalName: upn,
      deletedDateTime,
      standing: 'soft-deleted',
    })
  }

  restore(id: string): Person {
    const [index, before] = this.#require(id, 'soft-deleted')
    const upn = before.userPrincipalName.slice(before.id.replaceAll('-', '').length)
    this.#refuseTaken(upn)
    this.#byUpn.delete(before.userPrincipalName.toLowerCase())
    this.#byUpn.set(upn.toLowerCase(), index)
    this.#deleted.delete(index)
    this.#live += 1
    return this.#change(index, 'restored', {
      ...before,
      userPrincipalName: upn,
      deletedDateTime: undefined,
      standing: 'live',
    })
  }

  /** Gone for good, from live or from deleted. */
  purge(id: string): Person {
    const [index, before] = this.#require(id, 'live', 'soft-deleted')
    this.#byUpn.delete(before.userPrincipalName.toLowerCase())
    this.#deleted.delete(index)
    if (before.standing === 'live') this.#live -= 1
    return this.#change(index, 'purged', { ...before, standing: 'purged' })
  }

  /** What Microsoft does by itself 30 days after a deletion. */
  purgeExpired(): void {
    const limit = this.options.now().getTime() - RESTORABLE_MS
    for (const person of this.deleted()) if (Date.parse(person.deletedDateTime ?? '') < limit) this.purge(person.id)
  }

  /** Changes a value of `percent` of the live people, chosen by the seed; gives back how many. */
  churn(percent: number, seed: number): number {
    const random = randomFrom(seed)
    let changed = 0
    for (const person of this.all()) {
      if (random.next() * 100 >= percent) continue
      changed += 1
      this.update(person.id, { jobTitle: `Role ${seed}-${changed}` })
    }
    return changed
  }

  /** From the name, where it has letters that may stand in a user principal name. */
  #upnFor(input: NewPerson): string | undefined {
    const letters = (input.displayName ?? '')
      .normalize('NFD')
      .toLowerCase()
      .replace(/[^a-z0-9' -]/g, '')
    const user = letters.trim().replace(/\s+/g, '.')
    if (!/[a-z0-9]/.test(user)) return undefined
    const upn = (number: number): string => `${user}${number > 1 ? number : ''}@${this.options.domain}`
    let number = 1
    while (this.#byUpn.has(upn(number))) number += 1
    return upn(number)
  }

  #append(person: Person): number {
    const index = this.#people.push(person) - 1
    this.#byId.set(person.id, index)
    this.#byUpn.set(person.userPrincipalName.toLowerCase(), index)
    this.#live += 1
    return index
  }

  #change(index: number, kind: ChangeKind, after: Person, properties = NOTHING): Person {
    const before = this.#people[index]
    this.#people[index] = after
    this.#record({ index, kind, properties, before })
    return after
  }

  #record(change: Change): void {
    this.#changedAt[change.index] = this.journal.push(change)
  }

  #require(id: string, ...states: Standing[]): [number, Person] {
    const index = this.#byId.get(id.toLowerCase())
    const person = index === undefined ? undefined : this.#people[index]
    if (index === undefined || !person || !states.includes(person.standing))
      throw new Error(`Nobody with the id ${id} is ${states.join(' or ')} in the simulated tenant.`)
    return [index, person]
  }

  #refuseTaken(upn: string): void {
    if (this.#byUpn.has(upn.toLowerCase())) throw new Error(`The user principal name ${upn} is taken.`)
  }
}

function same(left: unknown, right: unknown): boolean {
  return left === right || (typeof left === 'object' && JSON.stringify(left) === JSON.stringify(right))
}
