import { throttled, type GraphRefusal } from './errors.js'
import type { Query } from './exchange.js'

const WINDOW_MS = 10_000

/** What a read costs by route; every other 1. https://learn.microsoft.com/graph/throttling-limits, identity and access. */
const COSTS: Readonly<Record<string, number>> = {
  users: 2,
  'groups/{id}/members': 3,
  'groups/{id}/transitiveMembers': 5,
  'groups/{id}/memberOf': 2,
  'groups/{id}/transitiveMemberOf': 2,
  'users/{id}/memberOf': 2,
  'users/{id}/transitiveMemberOf': 2,
  'users/{id}/checkMemberGroups': 4,
}

export function costOf(routeName: string, query: Query): number {
  const top = Number(query.get('$top') ?? Infinity)
  const change = (query.has('$select') ? -1 : 0) + (query.has('$expand') ? 1 : 0) + (top < 20 ? -1 : 0)
  return Math.max((COSTS[routeName] ?? 1) + change, 1)
}

/** What the application may spend on the directory in ten seconds. A refused request counts too, as in Graph. */
export class ResourceUnits {
  /** Microsoft gives 3,500 to 8,000 by the size of the tenant; nothing is limited unless told. */
  limit = Infinity
  #windowFrom = -Infinity
  #spent = 0

  /** The refusal, once there is nothing left. */
  spend(cost: number, at: Date): GraphRefusal | null {
    if (at.getTime() - this.#windowFrom >= WINDOW_MS) {
      this.#windowFrom = at.getTime()
      this.#spent = 0
    }
    this.#spent += cost
    if (this.#spent <= this.limit) return null
    return throttled(String(Math.max(Math.ceil((this.#windowFrom + WINDOW_MS - at.getTime()) / 1000), 1)))
  }
}
