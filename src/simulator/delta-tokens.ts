import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { badRequest, GraphRefusal } from './errors.js'

/** The ways a stored link can be refused: the rows of Graph's documented and reported answers, one by one. */
export const EXPIRIES = [
  '410-location',
  '410',
  '410-resyncRequired',
  '410-SyncStateNotFound',
  '400-syncStateNotFound',
  '404-SyncStateNotFound',
  '400-Directory_ExpiredPageToken',
  'DirectoryPageTokenNotFoundException',
  '400-other',
] as const
export type Expiry = (typeof EXPIRIES)[number]

/** These concern a page link only: the delta link before it stays good. */
const PAGE_ONLY: readonly Expiry[] = ['400-Directory_ExpiredPageToken', 'DirectoryPageTokenNotFoundException']

/** What every link carries: the options of the first request, and for which `$filter` ids. */
export interface TokenOptions {
  readonly select: string
  readonly ids?: readonly string[] | undefined
}

/** A place within a round. `from` is null in an initial round; `to` and `count` were fixed when it began. */
export interface PagePosition extends TokenOptions {
  readonly kind: 'page'
  readonly from: number | null
  readonly to: number
  readonly count: number
  readonly offset: number
  readonly emptyPages: number
}

/** The end of a round: what changed after `from` is the next one. */
export interface DeltaPosition extends TokenOptions {
  readonly kind: 'delta'
  readonly from: number
}

type Stamp = { readonly epoch: string; readonly number: number; readonly at: number }

/** Opaque, signed links: never two alike, aged by the simulator's clock, and dead on demand. */
export class DeltaTokens {
  /** Older links are refused as `expiry` says; the documented age is 7 days, page links live shorter. */
  maxAgeMs = Infinity
  maxPageAgeMs = Infinity
  expiry: Expiry = '400-syncStateNotFound'
  readonly #epoch = randomBytes(6).toString('base64url')
  readonly #killed: { readonly upTo: number; readonly variant: Expiry }[] = []
  #issued = 0

  constructor(
    readonly key: string,
    readonly now: () => Date,
  ) {}

  issue(position: PagePosition | DeltaPosition): string {
    this.#issued += 1
    const stamp: Stamp = { epoch: this.#epoch, number: this.#issued, at: this.now().getTime() }
    const payload = Buffer.from(JSON.stringify({ ...position, ...stamp })).toString('base64url')
    return `${payload}.${this.#sign(payload)}`
  }

  /** Every link handed out so far is dead from now on; those of page-only variants leave the delta links alone. */
  expireAll(variant: Expiry): void {
    this.#killed.push({ upTo: this.#issued, variant })
  }

  /** Throws the refusal that a dead or foreign link meets. `restart` gives the URL for a 410's `Location`. */
  read(token: string, restart: (options: TokenOptions) => string): PagePosition | DeltaPosition {
    const position = this.#verify(token)
    const variant = this.#deathOf(position)
    if (variant) throw deadLink(variant, restart(position))
    return position
  }

  #verify(token: string): (PagePosition | DeltaPosition) & Stamp {
    const [payload = '', signature = ''] = token.split('.')
    const expected = Buffer.from(this.#sign(payload))
    const given = Buffer.from(signature)
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      throw badRequest('Badly formed token: the skip or delta token is not one of this service.')
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as (PagePosition | DeltaPosition) & Stamp
  }

  #deathOf(position: (PagePosition | DeltaPosition) & Stamp): Expiry | undefined {
    if (position.epoch !== this.#epoch) return '410-SyncStateNotFound'
    const isPage = position.kind === 'page'
    const killed = this.#killed.findLast(
      ({ upTo, variant }) => position.number <= upTo && (isPage || !PAGE_ONLY.includes(variant)),
    )
    if (killed) return killed.variant
    const age = this.now().getTime() - position.at
    if (age > this.maxAgeMs) return this.expiry
    return isPage && age > this.maxPageAgeMs ? '400-Directory_ExpiredPageToken' : undefined
  }

  #sign(payload: string): string {
    return createHmac('sha256', this.key).update(payload).digest('base64url').slice(0, 22)
  }
}

const SYNC_STATE = 'The sync state generation is not found (delta token expired); a new full synchronization is needed.'

/** Which of them Graph gives is documented loosely: delta-query-overview, microsoftgraph/microsoft-graph-docs#2350 and #2877. */
function deadLink(variant: Expiry, location: string): GraphRefusal {
  switch (variant) {
    case '410-location':
      return new GraphRefusal(410, 'resyncRequired', 'A full resync is required.', { headers: { Location: location } })
    case '410':
      return new GraphRefusal(410, '', 'Gone', { withoutBody: true })
    case '410-resyncRequired':
      return new GraphRefusal(410, 'resyncRequired', 'Resync required.', { innerCode: 'resyncApplyDifferences' })
    case '410-SyncStateNotFound':
      return new GraphRefusal(410, 'SyncStateNotFound', SYNC_STATE)
    case '400-syncStateNotFound':
      return new GraphRefusal(400, 'syncStateNotFound', SYNC_STATE)
    case '404-SyncStateNotFound':
      return new GraphRefusal(404, 'SyncStateNotFound', SYNC_STATE)
    case '400-Directory_ExpiredPageToken':
      return new GraphRefusal(
        400,
        'Directory_ExpiredPageToken',
        'The specified page token value has expired and can no longer be included in your request.',
      )
    case 'DirectoryPageTokenNotFoundException':
      return new GraphRefusal(400, 'DirectoryPageTokenNotFoundException', 'The page token was not found.')
    case '400-other':
      return badRequest('Badly formed content.')
  }
}
