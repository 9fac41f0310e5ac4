/** How somebody is in a group: the shortest way through groups within groups. */

export interface NamedGroup {
  readonly id: string
  /** Null where the directory does not tell. */
  readonly name: string | null
}

export interface GroupsPage {
  readonly groups: readonly NamedGroup[]
  readonly next: string | null
}

export interface ChainQuestion {
  /** Links of what is asked first; `ask` answers these and whatever link a page names as the next. */
  readonly direct: string
  readonly all: string
  readonly within: (group: string) => string
  readonly ask: (link: string) => Promise<GroupsPage>
  readonly wanted: { readonly id: string; readonly nested: boolean }
}

const MOST_REQUESTS = 20
const DEEPEST = 10

/**
 * From the wanted group down, through those groups only that hold the person: a level costs as many requests as it has
 * such groups, however many groups the person is in. Groups that hold each other are asked once. Null when it was not
 * found out within 20 requests and 10 levels.
 */
export async function findChain(question: ChainQuestion): Promise<readonly NamedGroup[] | null> {
  const { wanted, direct, all, within } = question
  const read = bounded(question.ask)
  const own = await read(direct)
  if (!own) return null
  const found = own.find(({ id }) => id === wanted.id)
  if (found) return [found]
  const holding = wanted.nested ? await read(all) : []
  if (!holding) return null
  const top = holding.find(({ id }) => id === wanted.id)
  if (!top) return []
  const holds = new Set(holding.map(({ id }) => id))
  const isOwn = new Set(own.map(({ id }) => id))
  const seen = new Set([top.id])
  let level: readonly (readonly NamedGroup[])[] = [[top]]
  for (let depth = 1; depth < DEEPEST && level.length > 0; depth += 1) {
    const deeper: (readonly NamedGroup[])[] = []
    for (const chain of level) {
      const groups = await read(within(chain[0]?.id ?? ''))
      if (!groups) return null
      for (const group of groups) {
        if (isOwn.has(group.id)) return [group, ...chain]
        if (!holds.has(group.id) || seen.has(group.id)) continue
        seen.add(group.id)
        deeper.push([group, ...chain])
      }
    }
    level = deeper
  }
  return null
}

/** All pages of a list, or null when there were too many requests. */
function bounded(ask: ChainQuestion['ask']): (link: string) => Promise<NamedGroup[] | null> {
  let left = MOST_REQUESTS
  return async (first) => {
    const groups: NamedGroup[] = []
    for (let link: string | null = first; link !== null;) {
      if (left === 0) return null
      left -= 1
      const page: GroupsPage = await ask(link)
      groups.push(...page.groups)
      link = page.next
    }
    return groups
  }
}
