import type { Groups } from './groups.js'
import { randomFrom } from './random.js'

export interface Growth {
  readonly groups: number
  /** Of the live users, how many in a hundred are in at least one of the groups. */
  readonly percent: number
  readonly seed?: number
  /** Groups directly in a group; the smaller, the deeper the nesting. Default 8. */
  readonly branches?: number
}

/** `root` contains all the others, directly or not; `users` is how many people are in them. */
export interface Grown {
  readonly root: string
  readonly ids: readonly string[]
  readonly users: number
}

const SECOND_GROUP_PERCENT = 10

/** A tree of nested groups with people spread over it; a tenth of them are in two groups. The same seed grows the same. */
export function growGroups(groups: Groups, { groups: count, percent, seed = 1, branches = 8 }: Growth): Grown {
  const random = randomFrom(seed)
  const ids = Array.from({ length: count }, (_, at) => groups.create({ displayName: `Team ${at + 1}` }).id)
  const within: string[][] = ids.map(() => [])
  for (let at = 1; at < count; at += 1) within[Math.floor((at - 1) / branches)]?.push(ids[at] ?? '')
  let users = 0
  for (const { id } of groups.options.directory.all()) {
    if (random.next() * 100 >= percent) continue
    users += 1
    within[random.below(count)]?.push(id)
    if (random.next() * 100 < SECOND_GROUP_PERCENT) within[random.below(count)]?.push(id)
  }
  within.forEach((members, at) => groups.addMembers(ids[at] ?? '', members))
  return { root: ids[0] ?? '', ids, users }
}
