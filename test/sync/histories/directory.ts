import type { DirectoryItem, DirectorySource, GroupSource, Patch } from '../../../src/domain/directory.js'
import { ConnectorError } from '../../../src/domain/errors.js'

/** A small directory with a delta feed like Entra's: a journal, links into it, fragments, tombstones, groups. */

export interface Entry {
  readonly id: string
  upn: string
  name: string
  department: string | null
  enabled: boolean
  state: 'live' | 'soft-deleted' | 'gone'
}

export type Property = 'name' | 'department' | 'enabled'

/** What has changed of somebody since a link was given. */
export interface News {
  readonly entry: Entry
  readonly whole: boolean
  readonly properties: ReadonlySet<Property>
}

interface Change {
  readonly id: string
  readonly what: Property | 'whole'
}

interface Round {
  readonly upto: number
  readonly since: number | null
  readonly ids: readonly string[]
}

const PAGE = 3
export const GROUPS = ['aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b'] as const

export class Directory {
  readonly people = new Map<string, Entry>()
  readonly groups = new Map<string, { members: Set<string>; deleted: boolean }>()
  /** Whose look-ups fail, and which groups cannot be read. */
  failing = new Set<string>()
  unreadable = new Set<string>()
  readonly #journal: Change[] = []
  readonly #rounds: Round[] = []

  constructor() {
    for (const group of GROUPS) this.groups.set(group, { members: new Set(), deleted: false })
  }

  get position(): number {
    return this.#journal.length
  }

  add(entry: Entry): void {
    this.people.set(entry.id, entry)
    this.#tell(entry.id, 'whole')
  }

  change(id: string, values: Partial<Pick<Entry, Property>>): void {
    const entry = this.#live(id)
    if (!entry) return
    for (const property of Object.keys(values) as Property[]) {
      if (entry[property] === values[property]) continue
      Object.assign(entry, { [property]: values[property] })
      this.#tell(id, property)
    }
  }

  delete(id: string): void {
    this.#become(id, 'live', 'soft-deleted')
  }

  /** Entra puts people who are restored back into their groups. */
  restore(id: string): void {
    this.#become(id, 'soft-deleted', 'live')
  }

  purge(id: string): void {
    this.#become(id, 'soft-deleted', 'gone')
    for (const { members } of this.groups.values()) if (this.people.get(id)?.state === 'gone') members.delete(id)
  }

  /** Live members; deleted people are in no group as far as anybody can see. */
  members(group: string): Set<string> {
    return new Set([...(this.groups.get(group)?.members ?? [])].filter((id) => this.#live(id)))
  }

  /** Null: everybody who is there. */
  news(since: number | null): News[] {
    if (since === null)
      return [...this.people.values()]
        .filter(({ state }) => state === 'live')
        .map((entry) => ({ entry, whole: true, properties: new Set() }))
    const ids = [...new Set(this.#journal.slice(since).map(({ id }) => id))]
    return ids.flatMap((id) => this.#newsOf(id, since))
  }

  readonly source: DirectorySource = {
    select: 'all',
    tenant: () => Promise.resolve(null),
    firstLink: () => 'full',
    count: () => Promise.resolve(null),
    page: (link) => Promise.resolve(this.#page(link)),
    lookUp: async (id) => {
      await Promise.resolve()
      if (this.failing.has(id)) throw unavailable('looking somebody up')
      const entry = this.people.get(id)
      if (!entry || entry.state === 'gone') return { found: 'nowhere' }
      return entry.state === 'live' ? { found: 'live', item: wholeOf(entry) } : { found: 'soft-deleted' }
    },
  }

  readonly groupSource: GroupSource = {
    members: async (at) => {
      await Promise.resolve()
      if ('link' in at) throw new Error('all members are on one page')
      if (this.unreadable.has(at.group)) throw unavailable('reading a group')
      if (this.groups.get(at.group)?.deleted !== false) throw notFound()
      return { entraObjectIds: [...this.members(at.group)], next: null }
    },
    groupsOf: async (id) => {
      await Promise.resolve()
      if (this.failing.has(id)) throw unavailable('asking whose groups somebody is in')
      return new Set(GROUPS.filter((group) => !this.groups.get(group)?.deleted && this.members(group).has(id)))
    },
    name: async (group) => {
      await Promise.resolve()
      if (this.groups.get(group)?.deleted !== false) throw notFound()
      return null
    },
    chain: () => Promise.resolve(null),
  }

  #tell(id: string, what: Change['what']): void {
    this.#journal.push({ id, what })
  }

  #live(id: string): Entry | null {
    const entry = this.people.get(id)
    return entry?.state === 'live' ? entry : null
  }

  #become(id: string, from: Entry['state'], to: Entry['state']): void {
    const entry = this.people.get(id)
    if (entry?.state !== from) return
    entry.state = to
    this.#tell(id, 'whole')
  }

  #newsOf(id: string, since: number): News[] {
    const entry = this.people.get(id)
    if (!entry) return []
    const changes = this.#journal.slice(since).filter((change) => change.id === id)
    const whole = changes.some(({ what }) => what === 'whole')
    return [{ entry, whole, properties: new Set(changes.map(({ what }) => what as Property)) }]
  }

  #page(link: string): { items: DirectoryItem[]; cursor: { kind: 'next' | 'delta'; link: string } } {
    const [kind = '', ...numbers] = link.split(':')
    let [round = 0, offset = 0] = numbers.map(Number)
    if (kind !== 'next') {
      const since = kind === 'delta' ? round : null
      const ids = this.news(since).map(({ entry }) => entry.id)
      // Graph repeats itself now and then.
      const repeated = ids.length > 1 && this.position % 2 === 1 ? [...ids, ids[0] as string] : ids
      round = this.#rounds.push({ upto: this.position, since, ids: repeated }) - 1
      offset = 0
    }
    const { upto, since, ids } = this.#rounds[round] as Round
    const items = ids.slice(offset, offset + PAGE).flatMap((id) => this.#item(id, since))
    const isLast = offset + PAGE >= ids.length
    if (isLast) return { items, cursor: { kind: 'delta', link: `delta:${upto}` } }
    return { items, cursor: { kind: 'next', link: `next:${round}:${offset + PAGE}` } }
  }

  #item(id: string, since: number | null): DirectoryItem[] {
    const entry = this.people.get(id)
    if (!entry) return []
    if (entry.state !== 'live') return [{ kind: 'tombstone', entraObjectId: id, presence: entry.state }]
    if (since === null) return [wholeOf(entry)]
    return this.#newsOf(id, since).map((news) => (news.whole ? wholeOf(entry) : fragmentOf(news)))
  }
}

function wholeOf({ id, upn, name, department, enabled }: Entry): Patch {
  const profile = { userPrincipalName: upn, displayName: name, department }
  return { kind: 'patch', entraObjectId: id, profile, source: { department }, accountEnabled: enabled }
}

function fragmentOf({ entry, properties }: News): Patch {
  const { id, name, department, enabled } = entry
  return {
    kind: 'patch',
    entraObjectId: id,
    profile: {
      ...(properties.has('name') ? { displayName: name } : {}),
      ...(properties.has('department') ? { department } : {}),
    },
    ...(properties.has('department') ? { source: { department } } : {}),
    ...(properties.has('enabled') ? { accountEnabled: enabled } : {}),
  }
}

function unavailable(what: string): ConnectorError {
  return new ConnectorError('graph.unavailable', { message: `Microsoft Graph did not answer when ${what}` })
}

function notFound(): ConnectorError {
  return new ConnectorError('graph.not-found', { message: 'There is no such group' })
}
