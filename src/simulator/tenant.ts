import type { DeltaFeed } from './delta.js'
import type { Directory } from './directory.js'
import type { Exchange } from './exchange.js'
import type { Faults } from './faults.js'
import type { RequestLog } from './requests.js'
import type { SignInLog } from './sign-ins.js'
import type { TokenEndpoint } from './token.js'

/** What the Graph endpoints answer from. `licence` may change at any time. */
export interface Tenant {
  readonly origin: () => string
  readonly tenantId: string
  readonly domain: string
  readonly directory: Directory
  readonly delta: DeltaFeed
  readonly signIns: SignInLog
  readonly tokens: TokenEndpoint
  licence: 'p1' | 'none'
}

/** `last` is the last part of the path, decoded: an id or a name where the route has one. */
export interface GraphRequest {
  readonly exchange: Exchange
  readonly roles: readonly string[]
  readonly last: string
}

/** Everything a request may touch. */
export interface Parts extends Tenant {
  readonly faults: Faults
  readonly requests: RequestLog
  /** Every answer of Graph waits this long first. */
  latencyMs: number
  gzip: boolean
  readonly now: () => Date
}
