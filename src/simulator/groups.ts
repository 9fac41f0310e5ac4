import type { Directory } from './directory.js'
import type { Group, GroupInput } from './group.js'
import type { Standing } from './person.js'
import { Memberships, type Member } from './members.js'
import { randomFrom, type Random } from './random.js'

/** A line of the journal, which begins with no groups at all: whatever there is was made in it. `group` is the state after. */
export interface GroupChange {
  readonly index: number
  readonly kind: 'created' | 'updated' | 'members' | 'soft-deleted' | 'restored' | 'purged'
  readonly group: Group
  readonly properties: readonly string[]
  readonly added: readonly Member[]
  readonly removed: readonly Member[]
}

export type NewGroup = GroupInput & { readonly id?: string; readonly displayName?: string }

const RESTORABLE_MS = 30 * 24 * 3_600_000

/**
 * The tenant's groups and who is in them. Being in a group outlives a deletion that can be undone, of the member as of
 * the group, and ends with the purge. Microsoft says so for users: microsoftgraph/microsoft-graph-docs#14708, #18628.
 */
export class Groups {
  readonly journal: GroupChange[] = []
  /** Casts are refused without `ConsistencyLevel: eventual` and `$count=true`; Microsoft's pages and practice differ. */
  castsAreAdvanced = false
  readonly #groups: Group[] = []
  readonly #byId = new Map<string, number>()
  readonly #memberships = new Memberships()
  readonly #random: Random
  #heard = 0

  constructor(readonly options: { readonly directory: Directory; readonly seed: number; readonly now: () => Date }) {
    this.#random = randomFrom(options.seed * 7919 + 11)
  }

  /** Live groups in the order they were made. */
  all(): Group[] {
    return this.#groups.filter(({ standing }) => standing === 'live')
  }

  deleted(): Group[] {
    return this.#groups.filter(({ standing }) => standing === 'soft-deleted')
  }

  /** By object id, in any letter case and whatever its state. */
  find(id: string): Group | undefined {
    return this.#groups[this.#byId.get(id.toLowerCase()) ?? -1]
  }

  indexOf(id: string): number | undefined {
    return this.#byId.get(id)
  }

  /** Two groups may have the same name, as in Entra. */
  create(input: NewGroup = {}, memberIds: readonly (string | Member)[] = []): Group {
    const id = input.id?.toLowerCase() ?? this.#random.guid()
    if (this.#byId.has(id) || this.options.directory.indexOf(id) !== undefined)
      throw new Error(`The id ${id} is taken.`)
    const displayName = input.displayName ?? `Group ${this.#groups.length + 1}`
    const made = {
      mailEnabled: false,
      mailNickname: id.slice(0, 8),
      securityEnabled: true,
      createdDateTime: this.#time(),
    }
    const group: Group = { ...made, ...input, id, displayName, standing: 'live' }
    const index = this.#groups.push(group) - 1
    this.#byId.set(id, index)
    this.#record(index, 'created', {})
    this.addMembers(id, memberIds)
    return group
  }

  update(id: string, patch: GroupInput & { readonly displayName?: string }): Group {
    const group = this.#require(id, 'live')
    const changed = Object.entries(patch).filter(
      ([name, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(group[name as 'mail']),
    )
    if (changed.length === 0) return group
    return this.#change(
      { ...group, ...Object.fromEntries(changed) },
      'updated',
      changed.map(([name]) => name),
    )
  }

  softDelete(id: string): Group {
    return this.#change(
      { ...this.#require(id, 'live'), deletedDateTime: this.#time(), standing: 'soft-deleted' },
      'soft-deleted',
    )
  }

  restore(id: string): Group {
    return this.#change(
      { ...this.#require(id, 'soft-deleted'), deletedDateTime: undefined, standing: 'live' },
      'restored',
    )
  }

  /** Gone for good, and out of every group it was in. */
  purge(id: string): Group {
    const group = this.#change({ ...this.#require(id, 'live', 'soft-deleted'), standing: 'purged' }, 'purged')
    this.#takeOutOfAll(group.id)
    return group
  }

  purgeExpired(): void {
    const limit = this.options.now().getTime() - RESTORABLE_MS
    for (const group of this.deleted()) if (Date.parse(group.deletedDateTime ?? '') < limit) this.purge(group.id)
  }

  /** Ids of users and groups, or members of another type as they are; how many were not there yet. */
  addMembers(id: string, members: readonly (string | Member)[]): number {
    const group = this.#require(id, 'live')
    const wanted = members.map((member) => (typeof member === 'string' ? this.#memberOf(member) : member))
    const added = wanted.filter((member) => this.#memberships.add(group.id, member))
    if (added.length > 0) this.#record(this.#byId.get(group.id) ?? 0, 'members', { added })
    return added.length
  }

  /** How many of them had been there. */
  removeMembers(id: string, memberIds: readonly string[]): number {
    const group = this.#require(id, 'live')
    const removed = memberIds.flatMap((member) => this.#memberships.remove(group.id, member.toLowerCase()) ?? [])
    if (removed.length > 0) this.#record(this.#byId.get(group.id) ?? 0, 'members', { removed })
    return removed.length
  }

  /** Direct members, or with `transitive` everything below, whatever their state. */
  membersOf(id: string, transitive: boolean): readonly Member[] {
    this.hearOfPurges()
    if (!transitive) return this.#memberships.of(id)
    return this.#memberships.below(id, (group) => this.isLive(group))
  }

  /** The live groups somebody or some group is in, direct or all above. */
  groupsOf(memberId: string, transitive: boolean): Group[] {
    this.hearOfPurges()
    const isLive = (id: string): boolean => this.find(id)?.standing === 'live'
    const ids = transitive
      ? this.#memberships.above(memberId, isLive)
      : this.#memberships.groupsOf(memberId).filter(isLive)
    return ids.flatMap((id) => this.find(id) ?? [])
  }

  /** Whether listings show this member. */
  isLive({ id, type }: Member): boolean {
    if (type === 'group') return this.find(id)?.standing === 'live'
    return type !== 'user' || this.options.directory.find(id)?.standing === 'live'
  }

  /** The directory knows nothing of groups: its purges are read from its journal, before anything is shown. */
  hearOfPurges(): void {
    const { journal } = this.options.directory
    if (this.#groups.length > 0)
      for (const { kind, before } of journal.slice(this.#heard))
        if (kind === 'purged' && before) this.#takeOutOfAll(before.id)
    this.#heard = journal.length
  }

  #takeOutOfAll(memberId: string): void {
    for (const groupId of this.#memberships.groupsOf(memberId)) {
      const removed = this.#memberships.remove(groupId, memberId)
      if (removed) this.#record(this.#byId.get(groupId) ?? 0, 'members', { removed: [removed] })
    }
  }

  #memberOf(id: string): Member {
    const known = id.toLowerCase()
    if (this.#byId.has(known)) return { id: known, type: 'group' }
    if (this.options.directory.indexOf(known) !== undefined) return { id: known, type: 'user' }
    throw new Error(`Nobody and no group has the id ${id} in the simulated tenant.`)
  }

  #change(after: Group, kind: GroupChange['kind'], properties: readonly string[] = []): Group {
    const index = this.#byId.get(after.id) ?? 0
    this.#groups[index] = after
    this.#record(index, kind, { properties })
    return after
  }

  #record(index: number, kind: GroupChange['kind'], what: Partial<GroupChange>): void {
    const group = this.#groups[index]
    if (group) this.journal.push({ properties: [], added: [], removed: [], ...what, index, kind, group })
  }

  #require(id: string, ...states: Standing[]): Group {
    const group = this.find(id)
    if (!group || !states.includes(group.standing))
      throw new Error(`No group with the id ${id} is ${states.join(' or ')} in the simulated tenant.`)
    return group
  }

  #time(): string {
    return this.options
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z')
  }
}
