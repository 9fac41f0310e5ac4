import { redact, type Exchange } from './exchange.js'

/** A request as it arrived. `status` is 0 while it is unanswered, and for ever where a fault lets it hang or breaks it off. */
export interface SeenRequest {
  readonly at: Date
  readonly method: string
  readonly path: string
  /** The query as sent. */
  readonly query: string
  /** `authorization` keeps its scheme and a fingerprint only. */
  readonly headers: Readonly<Record<string, string>>
  readonly requestId: string
  status: number
}

/** The last requests, and how many there were of each kind. */
export class RequestLog {
  /** By method and route: `GET users/delta`, `GET users/{id}`, `POST token`. */
  readonly counts = new Map<string, number>()
  readonly #seen: SeenRequest[] = []
  #total = 0

  constructor(readonly capacity = 2000) {}

  /** How many there were since the start or the last `clear`. */
  get total(): number {
    return this.#total
  }

  add(exchange: Exchange, name: string): SeenRequest {
    const headers: Record<string, string> = {}
    for (const [header, value] of Object.entries(exchange.headers))
      headers[header] = header === 'authorization' ? redact(String(value)) : String(value)
    const { at, method, path, search: query, requestId } = exchange
    const seen = { at, method, path, query, headers, requestId, status: 0 }
    this.#seen[this.#total % this.capacity] = seen
    this.#total += 1
    const key = `${method} ${name}`
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1)
    return seen
  }

  /** Oldest first. With `path`, a part of it in any letter case or a pattern, only those. */
  list(path?: string | RegExp): SeenRequest[] {
    const start = Math.max(this.#total - this.capacity, 0)
    const all = Array.from({ length: this.#total - start }, (_, at) => this.#seen[(start + at) % this.capacity])
    return all.filter((seen): seen is SeenRequest => seen !== undefined && isAt(seen, path))
  }

  clear(): void {
    this.#seen.length = 0
    this.#total = 0
    this.counts.clear()
  }
}

function isAt(seen: SeenRequest, path: string | RegExp | undefined): boolean {
  if (path === undefined) return true
  return typeof path === 'string' ? seen.path.toLowerCase().includes(path.toLowerCase()) : path.test(seen.path)
}
