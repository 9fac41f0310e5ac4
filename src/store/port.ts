import type { FeedName, Feeds } from '../domain/feed.js'
import type { Hold } from '../domain/hold.js'
import type { LoginSpan } from '../domain/login.js'
import type { LogEntry, Run } from '../domain/run.js'
import type {
  Account,
  AccountReason,
  HistoryEntry,
  Profile,
  RemovalState,
  Status,
  User,
  UserChange,
} from '../domain/user.js'
import type { ArchiveStore, StoreOrigin } from './port-archive.js'

/**
 * The port every store fills. Times are ISO 8601 UTC strings; identifiers are lower case; every answer is a value of
 * its own, never a live row. A store throws `ConnectorError` with a `store.*` code and nothing else.
 */
export interface Store {
  /** One tenant's part. Nothing read or written through it touches another connection. */
  of(connection: string): ConnectionStore
  /** Names of the connections there is anything of, each once. */
  connections(): Promise<string[]>
  /** One connection's part as it moves into another store. */
  archive(connection: string): ArchiveStore
  origin: StoreOrigin
  close(): Promise<void>
}

export interface ConnectionStore {
  readonly connection: string

  /** Everything a page needs, in one read: who of these object ids we have, and whose sign-ins are parked. */
  known(entraObjectIds: readonly string[]): Promise<Known>
  /** By our id, the Entra object id or the UPN, in any letter case; several when a UPN is held by several. */
  find(idOrUpn: string): Promise<User[]>
  /** The same for many at once, in one read: people by each name as it was given. */
  findAll(idsOrUpns: readonly string[]): Promise<ReadonlyMap<string, User[]>>
  /** By one of the keys `keysOf` gives, a link or an email, say; several when a name is held by several. */
  byKey(key: string): Promise<User[]>
  /** People whose owed email may be tried at `now` (ISO 8601 UTC), the longest due first. */
  due(now: string, limit: number): Promise<User[]>
  /** How many people are owed an email, those included who have to wait. */
  owed(): Promise<number>
  /** Object ids whose sign-ins are parked, in order. */
  parked(query: { readonly limit: number; readonly after?: string }): Promise<string[]>
  list(query: UserQuery): Promise<{ users: User[]; nextCursor: string | null }>
  /** Oldest first. */
  history(userId: string): Promise<HistoryEntry[]>
  /** How many people are in each combination of status and account state, first login known or not. */
  tally(): Promise<Tally[]>
  /** Whom a completed full pass did not name and nobody has looked up since, still present here; in order of our id. */
  candidates(query: { readonly limit: number; readonly after?: string }): Promise<User[]>
  /** People with a removal in this state, of one hold where it is named; in order of our id. */
  removals(query: RemovalQuery): Promise<User[]>

  feed<N extends FeedName>(name: N): Promise<Feeds[N]>

  /**
   * All or nothing. Refused with `lease.lost` when `fence` is no longer the newest. When somebody else has written one
   * of the people since `before` was read, their ids come back in `lost` and nothing of the batch counts: read and plan
   * all of it again. Where that happened in the very middle of the commit, a store without transactions may have
   * written others of its people already: planned again they are unchanged, and the store counts for the run what it
   * did with them.
   */
  commit(batch: Batch): Promise<{ lost: string[] }>

  /**
   * Outside of runs: requests, emails, logins. Needs no lease. People who were written by somebody else since `before`
   * was read come back in `lost` and are not written; the others are, each on their own.
   */
  write(part: Write): Promise<{ lost: string[] }>

  tickets: TicketStore
  tokens: TokenStore
  holds: HoldStore
  runs: RunStore
  lease: LeaseStore
}

export interface Known {
  readonly users: ReadonlyMap<string, User>
  readonly parked: ReadonlyMap<string, ParkedSignIns>
}

/** Sign-ins of somebody we do not have: the earliest and the latest. */
export interface ParkedSignIns extends LoginSpan {
  readonly entraObjectId: string
}

export interface RemovalQuery {
  readonly state: RemovalState
  readonly hold?: string
  readonly limit: number
  readonly after?: string
}

export interface UserQuery {
  readonly status?: Status
  readonly account?: Account
  readonly accountReason?: AccountReason
  readonly firstLogin?: 'pending' | 'completed'
  /** Part of the display name, UPN, mail or employee id, in any letter case, umlauts and accents included. */
  readonly search?: string
  /** Only active people who have been in their status since before this (ISO 8601 UTC); a status left out finds nobody. */
  readonly stuckSince?: Readonly<Partial<Record<Status, string>>>
  readonly limit: number
  /** As given by the page before. An unreadable one is refused with `usage.invalid`. */
  readonly cursor?: string
}

export interface Tally {
  readonly status: Status
  readonly account: Account
  readonly firstLogin: 'pending' | 'completed'
  readonly count: number
}

export interface Batch {
  readonly fence: number
  readonly run: Run
  readonly users?: readonly UserChange[]
  readonly feeds?: Partial<Feeds>
  /** Written over the revision before it; a hold somebody has written meanwhile is left as it is. */
  readonly hold?: Hold
  /** Object ids a page of a full pass named, stamped outside the user row; a page committed again changes nothing. */
  readonly seen?: { readonly pass: number; readonly page: number; readonly entraObjectIds: readonly string[] }
  /** The full pass is complete: whoever is present and without its stamp becomes a candidate; its stamps are dropped. */
  readonly sweep?: { readonly pass: number }
  /** People who need not be asked about any more, by our id. */
  readonly resolved?: readonly string[]
  /** Folded into what is parked already: earliest and latest win. */
  readonly park?: readonly ParkedSignIns[]
  /** Parked sign-ins that were applied, as they were read: what has come since then stays, whole. */
  readonly unpark?: readonly ParkedSignIns[]
  readonly log?: readonly LogEntry[]
}

export interface Write {
  readonly users?: readonly UserChange[]
  readonly feeds?: Partial<Pick<Feeds, 'bounces' | 'alerts'>>
  readonly park?: readonly ParkedSignIns[]
  readonly unpark?: readonly ParkedSignIns[]
}

/** Values that work once and not for long, such as the state of a login under way. */
export interface TicketStore {
  /** `until` is ISO 8601 UTC. */
  put(key: string, value: unknown, until: string): Promise<void>
  /** Gives the value to one caller only; null when there is none, or it is too late. */
  take(key: string, now: string): Promise<unknown>
  /** True for one caller only, until `until`, or until the key is taken. Both times are ISO 8601 UTC. */
  claim(key: string, now: string, until: string): Promise<boolean>
}

export const TOKEN_SCOPES = ['admin', 'support', 'intranet'] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]

/** An API token; of the token itself only the SHA-256 is kept, and never given back. */
export interface ApiToken {
  readonly id: string
  readonly name: string
  readonly scope: TokenScope
  readonly createdAt: string
  readonly revokedAt: string | null
}

export interface TokenStore {
  create(token: ApiToken, hash: string): Promise<void>
  /** Oldest first, revoked ones included. */
  list(): Promise<ApiToken[]>
  /** False when there is none, or it was revoked before. */
  revoke(id: string, at: string): Promise<boolean>
  /** The one with this hash, unless it was revoked. */
  find(hash: string): Promise<ApiToken | null>
}

/** `put` is false when somebody has written the hold since: its revision is not the one before. */
export interface HoldStore {
  /** Newest first; only those that have not ended unless `all`. */
  list(query: { readonly all: boolean; readonly limit: number }): Promise<Hold[]>
  get(id: string): Promise<Hold | null>
  put(hold: Hold): Promise<boolean>
}

/** What undoing gives back of somebody; the account only tells whether the run took access away. */
export type Undoable = Profile & Pick<User, 'presence' | 'source' | 'through' | 'account'>

/**
 * What one commit of a run replaced of one person: only what differs; `before` is null for somebody it created.
 * `revision` is the one it left.
 */
export interface Replaced {
  readonly id: string
  readonly revision: number
  readonly before: Partial<Undoable> | null
}

/**
 * Before when (ISO 8601 UTC) something is old enough to be dropped; null: it is kept for ever. Runs, and what they
 * replaced, are as old as their start, holds as their creation; holds go by the age of runs.
 */
export interface Ages {
  readonly runs: string | null
  readonly replaced: string | null
  readonly history: string | null
}

export interface RunStore {
  /** Newest first. */
  list(query: { readonly limit: number; readonly cursor?: string }): Promise<{ runs: Run[]; nextCursor: string | null }>
  get(runId: string): Promise<Run | null>
  log(runId: string): AsyncIterable<LogEntry>
  /** What its commits replaced, in their order: all of it, or nothing where it is no longer kept or came from another store. */
  replaced(runId: string): AsyncIterable<readonly Replaced[]>
  /**
   * Drops a small batch of what is older: finished runs with their logs and what they replaced, but never the newest run;
   * history entries, but never the first of a person nor those a store keeps within their record; holds that have ended.
   * Gives how many were dropped; 0: nothing is left to do. `lease.lost` when `fence` is not the newest.
   */
  prune(fence: number, ages: Ages, limit: number): Promise<number>
}

export interface LeaseStore {
  /** One conditional write. A dead holder's lease is free once it has run out. */
  take(holder: string, ttlMs: number): Promise<LeaseTaken | LeaseHeld>
  /** False when the lease is no longer ours. */
  renew(fence: number, ttlMs: number): Promise<boolean>
  release(fence: number): Promise<void>
}

/** `fence` is higher than every earlier one. `unfinished` are runs whose holder died: theirs to call interrupted. */
export interface LeaseTaken {
  readonly taken: true
  readonly fence: number
  readonly unfinished: readonly Run[]
}

export interface LeaseHeld {
  readonly taken: false
  readonly holder: string
  readonly since: string
  readonly until: string
}
