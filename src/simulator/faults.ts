import type { Answer } from './answer.js'
import type { Exchange } from './exchange.js'

export interface FaultMatch {
  /** Default: any. */
  readonly method?: string
  /** The name of the route, as `requests.counts` has it without the method: `groups/{id}/transitiveMembers`, `token`. */
  readonly route?: string
  /** A text the path contains, in any letter case, or a pattern. Default: any path. */
  readonly path?: string | RegExp
  /** The same for the query, decoded. */
  readonly query?: string | RegExp
  /** Pass by this many matching requests first. */
  readonly after?: number
  /** Begin with the n-th matching request, counted from 1; another way to say `after`. */
  readonly nth?: number
}

/** Faults of the connection, faults of the body, and faults of the content; see `fault-wire.ts` and `fault-content.ts`. */
export const WIRE_FAULTS = ['reset', 'reset-after-headers', 'truncate', 'cut-json', 'hang', 'hang-body'] as const
export const CONTENT_FAULTS = [
  'missing-value',
  'value-not-array',
  'no-link',
  'both-links',
  'early-delta-link',
  'empty-page',
  'shrunken',
  'bad-entries',
] as const
export type WireFault = (typeof WIRE_FAULTS)[number]
export type ContentFault = (typeof CONTENT_FAULTS)[number]

export type FaultAction =
  | WireFault
  | ContentFault
  /** This answer in place of the real one; a body that is not text is sent as JSON. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Sends half of the answer, waits, then the rest. */
  | { readonly kind: 'slow-body'; readonly delayMs: number }
  | { readonly kind: 'foreign-next-link' | 'foreign-delta-link'; readonly origin: string }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  | { readonly kind: 'html'; readonly status?: number }
  /** `retryAfter` as sent, null for no header; status 429 unless told. */
  | { readonly kind: 'throttle'; readonly retryAfter: string | null; readonly status?: number }
  | { readonly kind: 'unauthorized'; readonly reason: 'empty' | 'malformed' | 'audience' | 'expired' | 'challenge' }
  /** 403 with this code; `Authorization_RequestDenied` unless told. */
  | { readonly kind: 'forbidden'; readonly code?: string }
  /** Pages do not name these, or this share of all, the same in every round; direct look-ups find them as ever. */
  | { readonly kind: 'withhold'; readonly ids: readonly string[] }
  | { readonly kind: 'withhold'; readonly percent: number }
  /** Changes the body of a real answer as the caller likes. */
  | { readonly kind: 'edit'; readonly edit: (body: Record<string, unknown>) => void }

export interface FaultOrder {
  readonly match?: FaultMatch
  /** How often; default once. */
  readonly times?: number
  readonly do: FaultAction
}

/** `hits` counts how often the fault was really served. */
export interface Fault {
  readonly order: FaultOrder
  readonly hits: number
  remove(): void
}

interface Standing extends Fault {
  hits: number
  seen: number
  taken: number
}

/** What was ordered to go wrong. The oldest fault that matches and is not used up wins. */
export class Faults {
  /** How many faults were really served, those removed since included. */
  hits = 0
  readonly #standing: Standing[] = []
  #cleared = new AbortController()

  add(order: FaultOrder): Fault {
    const fault: Standing = { order, hits: 0, seen: 0, taken: 0, remove: () => this.#remove(fault) }
    this.#standing.push(fault)
    return fault
  }

  /** None stands any more, and an answer that is being held back (`slow`) goes out. */
  clear(): void {
    this.#standing.length = 0
    this.#cleared.abort()
    this.#cleared = new AbortController()
  }

  list(): readonly Fault[] {
    return this.#standing
  }

  /** The fault for a request. `served` is to be called once it has reached the caller, `passed` if it could not. */
  take(exchange: Exchange, route: string): Taken | null {
    for (const fault of this.#standing) {
      const { match = {}, times = 1 } = fault.order
      if (!matches(match, exchange, route)) continue
      fault.seen += 1
      const skipped = match.nth === undefined ? (match.after ?? 0) : match.nth - 1
      if (fault.seen <= skipped || fault.taken >= times) continue
      fault.taken += 1
      return {
        action: fault.order.do,
        cleared: this.#cleared.signal,
        served: () => {
          fault.hits += 1
          this.hits += 1
        },
        passed: () => {
          fault.taken -= 1
        },
      }
    }
    return null
  }

  #remove(fault: Standing): void {
    const at = this.#standing.indexOf(fault)
    if (at >= 0) this.#standing.splice(at, 1)
  }
}

export interface Taken {
  readonly action: FaultAction
  /** Aborted when faults are cleared. */
  readonly cleared: AbortSignal
  served(): void
  passed(): void
}

/** A fault's own answer and how to send it; null when the real answer is none that it can spoil. */
export type Spoiled = { readonly answer: Answer; readonly wire: WireFault | { readonly pauseMs: number } | null } | null

function matches(match: FaultMatch, exchange: Exchange, route: string): boolean {
  if (match.route !== undefined && match.route.toLowerCase() !== route.toLowerCase()) return false
  if (match.method !== undefined && match.method.toUpperCase() !== exchange.method) return false
  const query = [...exchange.query].map(([name, value]) => `${name}=${value}`).join('&')
  return includes(match.path, exchange.path) && includes(match.query, query)
}

function includes(wanted: string | RegExp | undefined, text: string): boolean {
  if (wanted === undefined) return true
  if (typeof wanted === 'string') return text.toLowerCase().includes(wanted.toLowerCase())
  return new RegExp(wanted.source, wanted.flags.replace('g', '')).test(text)
}
