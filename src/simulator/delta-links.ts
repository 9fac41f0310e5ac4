import type { Json } from './answer.js'
import { DeltaTokens, type DeltaPosition, type PagePosition, type TokenOptions } from './delta-tokens.js'
import { badRequest } from './errors.js'
import type { Query } from './exchange.js'
import { idsOf, parseFilter } from './filter.js'

const MOST_FILTERED_IDS = 50

/** What a feed makes of a first request, and of a delta link. */
export interface RoundStart {
  readonly options: (query: Query) => TokenOptions
  readonly begin: (options: TokenOptions, from: number | null) => PagePosition
  /** The length of the journal. */
  readonly length: () => number
}

/** The links of one delta feed: made, and read again. */
export class DeltaLinks {
  spelling: 'skiptoken' | 'skipToken' = 'skiptoken'
  readonly tokens: DeltaTokens

  constructor(
    readonly options: {
      readonly path: 'users/delta' | 'groups/delta'
      readonly origin: () => string
      readonly now: () => Date
      readonly key: string
    },
  ) {
    this.tokens = new DeltaTokens(options.key, options.now)
  }

  next(position: PagePosition): Record<string, Json> {
    return { '@odata.nextLink': `${this.#url()}?$${this.spelling}=${this.tokens.issue(position)}` }
  }

  delta({ select, ids }: TokenOptions, from: number): Record<string, Json> {
    const spelling = this.spelling === 'skipToken' ? '$deltaToken' : '$deltatoken'
    return {
      '@odata.deltaLink': `${this.#url()}?${spelling}=${this.tokens.issue({ kind: 'delta', select, ids, from })}`,
    }
  }

  /** A `DeltaPosition` back means: no items now, only a link from here on (`$deltatoken=latest`). */
  positionOf(query: Query, start: RoundStart): PagePosition | DeltaPosition {
    const skip = query.get('$skiptoken')
    if (skip) {
      const position = this.tokens.read(skip, this.#restart)
      if (position.kind === 'page') return position
      throw badRequest('The token is not a skip token.')
    }
    const delta = query.get('$deltatoken')
    if (!delta) return start.begin(start.options(query), null)
    if (delta === 'latest') return { ...start.options(query), kind: 'delta', from: start.length() }
    const position = this.tokens.read(delta, this.#restart)
    if (position.kind === 'delta') return start.begin(position, position.from)
    throw badRequest('The token is not a delta token.')
  }

  /** The delta link that a service closing the round too early would give in place of this next link; null for other links. */
  closedEarly(nextLink: string): Json {
    if (!nextLink.startsWith(`${this.#url()}?`)) return null
    const token = new URL(nextLink).searchParams.get(`$${this.spelling}`) ?? ''
    const position = this.tokens.read(token, () => '')
    return this.delta(position, position.kind === 'page' ? position.to : position.from)['@odata.deltaLink'] ?? null
  }

  /** The request URL with an empty token, as a 410 gives it in `Location`. */
  readonly #restart = ({ select }: TokenOptions): string =>
    `${this.#url()}?$select=${['id', select].filter(Boolean).join(',')}&$deltatoken=`

  #url(): string {
    return `${this.options.origin()}/v1.0/${this.options.path}`
  }
}

/** The ids of a first request's `$filter`; options that delta does not know are refused. `$top` has no effect: microsoftgraph/microsoft-graph-docs#17516. */
export function filteredIds(query: Query): readonly string[] | undefined {
  for (const option of ['$orderby', '$expand', '$search', '$count'])
    if (query.has(option)) throw badRequest(`The query option '${option}' is not supported on a delta request.`)
  const filter = query.get('$filter')
  const ids = filter === undefined ? undefined : idsOf(parseFilter(filter))
  if (ids && ids.length > MOST_FILTERED_IDS)
    throw badRequest(`A delta filter takes at most ${MOST_FILTERED_IDS} objects.`)
  return ids
}
