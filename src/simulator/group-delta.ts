import { graphAnswer, type Answer, type Json, type JsonObject } from './answer.js'
import { DeltaLinks, filteredIds } from './delta-links.js'
import type { Expiry, PagePosition, TokenOptions } from './delta-tokens.js'
import type { Query } from './exchange.js'
import { parseGroupSelect } from './group.js'
import { groupItems } from './group-rounds.js'
import type { Groups } from './groups.js'

const REMEMBERED_ROUNDS = 4

/** `groups/delta`: rounds, pages and links over the journal of the groups. A change within a round shows in the next. */
export class GroupDeltaFeed {
  /** Items per page; a large group is several items. */
  pageSize: number
  /** Members of a group that come in one item. */
  membersPerItem = 100
  readonly links: DeltaLinks
  readonly #rounds = new Map<string, JsonObject[]>()
  #emptyPages = 0

  constructor(
    readonly groups: Groups,
    readonly options: {
      readonly origin: () => string
      readonly now: () => Date
      readonly pageSize: number
      readonly key: string
    },
  ) {
    this.pageSize = options.pageSize
    this.links = new DeltaLinks({ path: 'groups/delta', ...options, key: `groups ${options.key}` })
  }

  /** Every page of items is preceded by this many empty ones. */
  emptyPagesBefore(pages: number): void {
    this.#emptyPages = pages
  }

  /** Every link handed out so far is dead; later ones are good. */
  expireAll(variant: Expiry): void {
    this.links.tokens.expireAll(variant)
  }

  answer(query: Query, prefersMinimal: boolean): Answer {
    this.groups.purgeExpired()
    this.groups.hearOfPurges()
    const position = this.links.positionOf(query, {
      options: optionsOf,
      begin: (options, from) => this.#begin(options, from),
      length: () => this.groups.journal.length,
    })
    const selection = parseGroupSelect(position.select || 'id', 'delta')
    const context = { '@odata.context': `${this.options.origin()}/v1.0/$metadata#groups(${selection.text})` }
    if (position.kind === 'delta')
      return graphAnswer({ ...context, ...this.links.delta(position, position.from), value: [] })
    const headers = prefersMinimal && position.from !== null ? { 'Preference-Applied': 'return=minimal' } : {}
    if (position.emptyPages > 0) {
      const link = this.links.next({ ...position, emptyPages: position.emptyPages - 1 })
      return graphAnswer({ ...context, ...link, value: [] }, headers)
    }
    const items = this.#itemsOf(position, prefersMinimal)
    const value = items.slice(position.offset, position.offset + this.pageSize)
    return graphAnswer({ ...context, ...this.#linkAfter(position, items.length), value }, headers)
  }

  #begin({ select, ids }: TokenOptions, from: number | null): PagePosition {
    const to = this.groups.journal.length
    return { kind: 'page', select, ids, from, to, count: 0, offset: 0, emptyPages: this.#emptyPages }
  }

  #linkAfter(position: PagePosition, total: number): Record<string, Json> {
    const offset = position.offset + this.pageSize
    if (offset >= total) return this.links.delta(position, position.to)
    return this.links.next({ ...position, offset, emptyPages: this.#emptyPages })
  }

  #itemsOf(position: PagePosition, minimal: boolean): JsonObject[] {
    const { membersPerItem } = this
    const { from, to, select, ids } = position
    const key = JSON.stringify([from, to, select, ids, minimal, membersPerItem])
    const selection = parseGroupSelect(select || 'id', 'delta')
    const items =
      this.#rounds.get(key) ?? groupItems(this.groups.journal, position, { selection, membersPerItem, minimal })
    if (this.#rounds.size >= REMEMBERED_ROUNDS) this.#rounds.clear()
    this.#rounds.set(key, items)
    return items
  }
}

function optionsOf(query: Query): TokenOptions {
  const ids = filteredIds(query)
  const { names, members } = parseGroupSelect(query.get('$select'), 'delta')
  return { select: [...names, ...(members ? ['members'] : [])].join(','), ids }
}
