import type { TurnedClock } from './clock.js'
import type { DeltaFeed } from './delta.js'
import type { Directory } from './directory.js'
import type { Exchange } from './exchange.js'
import type { Faults } from './faults.js'
import type { GroupDeltaFeed } from './group-delta.js'
import type { Groups } from './groups.js'
import type { Logins } from './logins.js'
import type { Mailboxes } from './mailboxes.js'
import type { Outbox } from './outbox.js'
import type { RequestLog } from './requests.js'
import type { ResourceUnits } from './resource-units.js'
import type { SignInLog } from './sign-ins.js'
import type { SigningKeys } from './signing-keys.js'
import type { TokenEndpoint } from './token.js'

/** What the Graph endpoints answer from. `licence` may change at any time. */
export interface Tenant {
  readonly origin: () => string
  readonly tenantId: string
  readonly domain: string
  readonly directory: Directory
  readonly delta: DeltaFeed
  readonly groups: Groups
  readonly groupDelta: GroupDeltaFeed
  readonly units: ResourceUnits
  readonly signIns: SignInLog
  readonly tokens: TokenEndpoint
  readonly outbox: Outbox
  readonly mailboxes: Mailboxes
  licence: 'p1' | 'none'
}

/** `segments` are the parts of the path below the version, decoded; `last` is the last: an id or a name where the route has one. */
export interface GraphRequest {
  readonly exchange: Exchange
  readonly roles: readonly string[]
  readonly last: string
  readonly segments: readonly string[]
  readonly body: string
}

/** Everything a request may touch. */
export interface Parts extends Tenant {
  readonly faults: Faults
  readonly requests: RequestLog
  readonly logins: Logins
  readonly keys: SigningKeys
  /** Every answer of Graph waits this long first. */
  latencyMs: number
  gzip: boolean
  readonly now: () => Date
  readonly clock: TurnedClock
}
