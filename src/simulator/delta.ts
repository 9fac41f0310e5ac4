import { pageAnswer, type Answer, type Json } from './answer.js'
import { DeltaLinks, filteredIds } from './delta-links.js'
import type { Expiry, PagePosition, TokenOptions } from './delta-tokens.js'
import type { Directory } from './directory.js'
import type { Query } from './exchange.js'
import { parseDeltaSelect, parseSelect, type Selection } from './properties.js'
import { ReadyPages } from './ready-pages.js'
import { changedIn, initialItems, laterItems, viewAt, type PageShape, type RoundEntry } from './rounds.js'

const REMEMBERED_ROUNDS = 16

export interface DeltaOptions {
  readonly origin: () => string
  readonly now: () => Date
  readonly pageSize: number
  readonly prebuilt: boolean
  /** Signs the links. */
  readonly key: string
}

/** `users/delta`: rounds, pages and links over the directory's journal, with knobs for what Graph may or may not do. */
export class DeltaFeed implements PageShape {
  /** Objects per page: unspecified by Microsoft, 200 seen. */
  pageSize: number
  /** Objects of the page before (on a first page, of the page itself) that come once more. */
  repeatObjects = 0
  /** Soft-deleted people show as tombstones in initial rounds too. */
  tombstonesInInitial = false
  /** Updates carry the changed properties only, also without `Prefer: return=minimal`. */
  minimalUpdates = false
  /** Whether a change made while a round is under way shows in `this` round or only in the `next`. */
  midRound: 'this' | 'next' = 'next'
  readonly links: DeltaLinks
  readonly #ready: ReadyPages | null
  readonly #rounds = new Map<string, RoundEntry[]>()
  #emptyPages = 0

  constructor(
    readonly directory: Directory,
    readonly options: DeltaOptions,
  ) {
    this.pageSize = options.pageSize
    this.links = new DeltaLinks({ path: 'users/delta', ...options })
    this.#ready = options.prebuilt ? new ReadyPages(directory) : null
  }

  get tokenSpelling(): DeltaLinks['spelling'] {
    return this.links.spelling
  }

  set tokenSpelling(spelling: DeltaLinks['spelling']) {
    this.links.spelling = spelling
  }

  /** Every page of items is preceded by this many empty ones, in rounds that begin after this call. */
  emptyPagesBefore(pages: number): void {
    this.#emptyPages = pages
  }

  /** Every link handed out so far is dead; later ones are good. */
  expireAll(variant: Expiry): void {
    this.links.tokens.expireAll(variant)
  }

  /** Older links, by the simulator's clock, are dead in the way of `variant`. Microsoft says 7 days; page links live shorter. */
  expireAfter(age: { readonly maxAgeMs?: number; readonly maxPageAgeMs?: number; readonly variant?: Expiry }): void {
    this.links.tokens.maxAgeMs = age.maxAgeMs ?? Infinity
    this.links.tokens.maxPageAgeMs = age.maxPageAgeMs ?? Infinity
    this.links.tokens.expiry = age.variant ?? this.links.tokens.expiry
  }

  /** Serialises the initial round for a `$select` ahead, where pages are kept ready. */
  prebuild(select: string): void {
    const selection = parseDeltaSelect(select)
    const first = this.#begin({ select: selection.text }, null)
    for (let offset = 0; offset < first.count; offset += this.pageSize)
      this.#initialPage({ ...first, offset }, selection)
  }

  answer(query: Query, prefersMinimal: boolean): Answer {
    if (!query.get('$skiptoken')) this.directory.purgeExpired()
    const position = this.links.positionOf(query, {
      options: optionsOf,
      begin: (options, from) => this.#begin(options, from),
      length: () => this.directory.journal.length,
    })
    const selection = selectionOf(position)
    const context = `${this.options.origin()}/v1.0/$metadata#users(${selection.text})`
    if (position.kind === 'delta')
      return pageAnswer({ '@odata.context': context, ...this.links.delta(position, position.from) })
    const headers = prefersMinimal && position.from !== null ? { 'Preference-Applied': 'return=minimal' } : {}
    if (position.emptyPages > 0) {
      const link = this.links.next({ ...position, emptyPages: position.emptyPages - 1 })
      return pageAnswer({ '@odata.context': context, ...link }, undefined, headers)
    }
    const items =
      position.from === null
        ? this.#initialPage(position, selection)
        : this.#laterPage(position, selection, prefersMinimal || this.minimalUpdates)
    return pageAnswer({ '@odata.context': context, ...this.#linkAfter(position) }, items, headers)
  }

  #begin({ select, ids }: TokenOptions, from: number | null): PagePosition {
    const { journal, count } = this.directory
    return { kind: 'page', select, ids, from, to: journal.length, count, offset: 0, emptyPages: this.#emptyPages }
  }

  #asOf(position: PagePosition): number {
    return this.midRound === 'this' ? this.directory.journal.length : position.to
  }

  #initialPage(position: PagePosition, selection: Selection): Buffer {
    const asOf = this.#asOf(position)
    const build = (): Buffer => serialise(initialItems(viewAt(this.directory, asOf), position, selection, this))
    if (!this.#ready || this.repeatObjects > 0 || this.tombstonesInInitial || position.ids) return build()
    const end = Math.min(position.offset + this.pageSize, position.count)
    return this.#ready.get(selection.text, { offset: position.offset, end, asOf }, build)
  }

  #laterPage(position: PagePosition, selection: Selection, minimal: boolean): Buffer {
    const { pageSize, repeatObjects, tombstonesInInitial } = this
    const shape = { pageSize, repeatObjects, tombstonesInInitial, offset: position.offset, minimal }
    const view = viewAt(this.directory, this.#asOf(position))
    return serialise(laterItems(view, this.#changedIn(position), selection, shape))
  }

  #changedIn(position: PagePosition): RoundEntry[] {
    const key = [position.from, position.to, position.select, position.ids?.join()].join('|')
    const entries = this.#rounds.get(key) ?? changedIn(this.directory, position, selectionOf(position))
    if (this.#rounds.size >= REMEMBERED_ROUNDS) this.#rounds.clear()
    this.#rounds.set(key, entries)
    return entries
  }

  #linkAfter(position: PagePosition): Record<string, Json> {
    const offset = position.offset + this.pageSize
    const total = position.from === null ? position.count : this.#changedIn(position).length
    const emptyPages = this.#emptyPages
    if (offset < total) return this.links.next({ ...position, offset, emptyPages })
    const { length } = this.directory.journal
    if (this.midRound === 'next' || length === position.to) return this.links.delta(position, position.to)
    return this.links.next({ ...position, from: position.to, to: length, offset: 0, emptyPages })
  }
}

function optionsOf(query: Query): TokenOptions {
  const ids = filteredIds(query)
  return { select: parseDeltaSelect(query.get('$select')).text, ids }
}

function selectionOf({ select }: TokenOptions): Selection {
  return parseSelect(select === '' ? 'id' : select)
}

function serialise(items: Json): Buffer {
  return Buffer.from(JSON.stringify(items))
}
