import type { Feeds } from '../../domain/feed.js'
import type { LogEntry, Run, UserCounts } from '../../domain/run.js'
import type { Hold } from '../../domain/hold.js'
import type { ChangeKind, HistoryEntry } from '../../domain/user.js'
import type { ParkedSignIns } from '../port.js'

/** What the collections hold. A property that is null for a person is left out of their document. */

export interface PersonDocument {
  readonly connection: string
  readonly key: string
  /** Below 0: nobody, only the place of somebody whose insertion was revoked. */
  readonly revision: number
  readonly id?: string
  readonly entraObjectId?: string
  readonly presence?: string
  /** How many history entries there are, and how many of them have been moved to `history`. */
  readonly entries?: number
  readonly moved?: number
  /** Of those moved, all before this one may have been dropped, but for the oldest document. */
  readonly pruned?: number
  readonly history?: readonly HistoryEntry[]
  /** The commit of a run that wrote this person last. */
  readonly commit?: string
  /** Marks the newest write outside of runs. */
  readonly last?: string
  /** The fence of the copy that put them here. */
  readonly copied?: number
}

/** Who is about to be written, and what each adds to the counts of the run. */
export interface IntendedPerson {
  readonly key: string
  /** The revision it is written over: 0 for an insertion, below 0 in the place of a revoked one. */
  readonly over: number
  /** Null where the run does not count it. */
  readonly kind: ChangeKind | null
  readonly firstLogin: boolean
}

export interface Intent {
  readonly commit: string
  readonly people: readonly IntendedPerson[]
  /** Parked sign-ins that are written with these people. */
  readonly unpark: readonly ParkedSignIns[]
  readonly hold?: Hold
  /** Numbers of the documents of `replaced` that belong to it. */
  readonly replaced?: { readonly from: number; readonly count: number }
}

/** People written by commits that did not come to their end. */
export type Carried = Readonly<Partial<Record<ChangeKind | 'firstLogins', number>>>

export interface RunState {
  readonly record: Run
  /** What the run has done beyond what its process has counted. */
  readonly credit: Readonly<Partial<UserCounts>> & { readonly firstLogins?: number; readonly signInsRead?: number }
  readonly carried: Carried
  /** Lines moved to `runLines`; the others are in `tail`. */
  readonly flushed: number
  readonly tail: readonly LogEntry[]
  /** How many documents of `replaced` there are: numbers are given away with intents, and each is used once. */
  readonly replaced?: number
}

/** One per connection. Whoever writes it compares `fence` and `version` first. */
export interface ConnectionDocument {
  readonly _id: string
  readonly fence: number
  readonly version: number
  readonly lease: {
    readonly holder: string | null
    readonly since: number
    readonly until: number
    readonly ttl: number
  } | null
  readonly intent: Intent | null
  readonly passes: { readonly newest: number; readonly swept: number; readonly sweep: string | null }
  readonly run: RunState | null
  /** Marks the newest conditional write. */
  readonly last: string | null
  readonly feeds?: Partial<Feeds>
}

export interface RunDocument extends Omit<RunState, 'credit' | 'carried'> {
  readonly _id: string
  readonly connection: string
  readonly runId: string
  readonly startedAt: string
  readonly finished: boolean
  readonly version: number
}

export interface LinesDocument {
  readonly _id: string
  readonly connection: string
  readonly runId: string
  readonly from: number
  readonly lines: readonly LogEntry[]
}

export interface HistoryDocument {
  readonly _id: string
  readonly connection: string
  readonly user: string
  readonly from: number
  readonly entries: readonly HistoryEntry[]
  /** Time of the newest entry; not where the first one of the person is. */
  readonly at?: string
  readonly copied?: number
}

export interface HoldDocument {
  readonly _id: string
  readonly connection: string
  readonly id: string
  readonly createdAt: string
  readonly ended: boolean
  readonly revision: number
  readonly record: Hold
}

export interface ReplacedDocument {
  readonly _id: string
  readonly connection: string
  readonly runId: string
  readonly startedAt: string
  readonly no: number
  /** The commit did not write all of its people, and nobody else is named any more. */
  readonly settled: boolean
  readonly people: string
}

export interface StampDocument {
  readonly _id: string
  readonly connection: string
  readonly pass: number
  readonly page: number
  readonly fence: number
  readonly objectIds: readonly string[]
}

export interface CandidateDocument {
  readonly _id: string
  readonly connection: string
  readonly sweep: string
  /** The pass that did not name them. */
  readonly pass?: number
  readonly id: string
}

export interface ParkedDocument {
  readonly _id: string
  readonly connection: string
  readonly entraObjectId: string
  /** Time first, then the login as JSON: so the database itself keeps the earliest and the latest. */
  readonly first: string
  readonly last: string
}

export interface TicketDocument {
  readonly _id: string
  readonly connection: string
  readonly value: string
  readonly until: string
}

export interface TokenDocument {
  readonly _id: string
  readonly connection: string
  readonly id: string
  readonly name: string
  readonly scope: string
  readonly createdAt: string
  readonly revokedAt: string | null
  readonly hash: string
}

export interface MetaDocument {
  readonly _id: string
  readonly application: string
  readonly schema: number
}

/** `identity`: which store this is; `copy`: what it is a copy of. */
export interface OriginDocument {
  readonly _id: 'identity' | 'copy'
  readonly value: unknown
}

export interface Documents {
  readonly people: PersonDocument
  readonly connections: ConnectionDocument
  readonly runs: RunDocument
  readonly runLines: LinesDocument
  readonly history: HistoryDocument
  readonly holds: HoldDocument
  readonly replaced: ReplacedDocument
  readonly stamps: StampDocument
  readonly candidates: CandidateDocument
  readonly parked: ParkedDocument
  readonly tickets: TicketDocument
  readonly tokens: TokenDocument
  readonly meta: MetaDocument
  readonly origin: OriginDocument
}
export type CollectionName = keyof Documents
