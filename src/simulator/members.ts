/** What can be in a group. Only users and groups exist in the simulated tenant; of the others nothing but the id is known. */
export const MEMBER_TYPES = ['user', 'group', 'device', 'servicePrincipal', 'orgContact'] as const
export type MemberType = (typeof MEMBER_TYPES)[number]

export interface Member {
  readonly id: string
  readonly type: MemberType
}

/** Who is directly in which group, by object id, readable both ways. Groups may contain one another in a circle. */
export class Memberships {
  readonly #members = new Map<string, Map<string, Member>>()
  readonly #groups = new Map<string, Set<string>>()

  of(groupId: string): readonly Member[] {
    return [...(this.#members.get(groupId)?.values() ?? [])]
  }

  /** The groups that somebody or something is directly in. */
  groupsOf(memberId: string): readonly string[] {
    return [...(this.#groups.get(memberId) ?? [])]
  }

  has(groupId: string, memberId: string): boolean {
    return this.#members.get(groupId)?.has(memberId) === true
  }

  /** False where the member was there already. */
  add(groupId: string, member: Member): boolean {
    if (this.has(groupId, member.id)) return false
    const members = this.#members.get(groupId) ?? new Map<string, Member>()
    const groups = this.#groups.get(member.id) ?? new Set<string>()
    this.#members.set(groupId, members.set(member.id, member))
    this.#groups.set(member.id, groups.add(groupId))
    return true
  }

  /** What was taken out; undefined where it was not there. */
  remove(groupId: string, memberId: string): Member | undefined {
    const member = this.#members.get(groupId)?.get(memberId)
    this.#members.get(groupId)?.delete(memberId)
    this.#groups.get(memberId)?.delete(groupId)
    return member
  }

  /** Everything below a group, each once, the group itself left out also where it contains itself in a circle. */
  below(groupId: string, passes: (group: Member) => boolean): Member[] {
    const found = new Map<string, Member>()
    const open = [groupId]
    for (let group = open.pop(); group !== undefined; group = open.pop())
      for (const member of this.#members.get(group)?.values() ?? []) {
        if (member.id === groupId || found.has(member.id)) continue
        found.set(member.id, member)
        if (member.type === 'group' && passes(member)) open.push(member.id)
      }
    return [...found.values()]
  }

  /** Every group above a member, each once, the member itself left out. */
  above(memberId: string, passes: (groupId: string) => boolean): string[] {
    const found = new Set<string>()
    const open = [memberId]
    for (let id = open.pop(); id !== undefined; id = open.pop())
      for (const group of this.#groups.get(id) ?? []) {
        if (group === memberId || found.has(group) || !passes(group)) continue
        found.add(group)
        open.push(group)
      }
    return [...found]
  }
}
