import type { FeedName, Feeds } from '../domain/feed.js'
import type { LogEntry, Run } from '../domain/run.js'
import type { LoginSpan } from '../domain/login.js'
import type { Account, AccountReason, HistoryEntry, Status, User, UserChange } from '../domain/user.js'

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
  /** Object ids a page of a full pass named, stamped outside the user row; a page committed again changes nothing. */
  readonly seen?: { readonly pass: number; readonly page: number; readonly entraObjectIds: readonly string[] }
  /** The full pass is complete: whoever is present and without its stamp becomes a candidate; its stamps are dropped. */
  readonly sweep?: { readonly pass: number }
  /** People who need not be asked about any more, by our id. */
  readonly resolved?: readonly string[]
  /** Folded into what is parked already: earliest and latest win. */
  readonly park?: readonly ParkedSignIns[]
  /** Parked sign-ins that were applied, by object id. */
  readonly unpark?: readonly string[]
  readonly log?: readonly LogEntry[]
}

export interface Write {
  readonly users?: readonly UserChange[]
  readonly feeds?: Partial<Pick<Feeds, 'bounces' | 'alerts'>>
  readonly park?: readonly ParkedSignIns[]
  readonly unpark?: readonly string[]
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

export interface RunStore {
  /** Newest first. */
  list(query: { readonly limit: number; readonly cursor?: string }): Promise<{ runs: Run[]; nextCursor: string | null }>
  get(runId: string): Promise<Run | null>
  log(runId: string): AsyncIterable<LogEntry>
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

/** What moves of a connection: by kind, what its items are. */
export interface Archived {
  readonly users: { readonly user: User; readonly history: readonly HistoryEntry[] }
  readonly parked: ParkedSignIns
  readonly candidates: null
  readonly tokens: { readonly token: ApiToken; readonly hash: string }
  readonly runs: Run
  readonly feeds: Feeds[FeedName]
}
export type ArchiveKind = keyof Archived

/** `key` tells an item from the others of its kind: our id, an object id, a run's id, the name of a feed. */
export interface ArchiveItem<K extends ArchiveKind> {
  readonly key: string
  readonly value: Archived[K]
}

/** The items with these keys, or the next ones in an order that stays, though not the same one in every store. */
export type Wanted = { readonly keys: readonly string[] } | { readonly after: string | null; readonly limit: number }

/** How many lines of a log are put at once; only the last portion of a log may be shorter. */
export const LOG_PORTION = 100

/** Whoever puts or drops holds the lease and gives its fence; `lease.lost` when it is no longer the newest. */
export interface ArchiveStore {
  read<K extends ArchiveKind>(kind: K, wanted: Wanted): Promise<ArchiveItem<K>[]>
  /** Makes them what is given, whatever was there under their keys. Done again it changes nothing. */
  put<K extends ArchiveKind>(fence: number, kind: K, items: readonly ArchiveItem<K>[]): Promise<void>
  drop(fence: number, kind: Exclude<ArchiveKind, 'feeds'>, keys: readonly string[]): Promise<void>
  /** Lines of a run that has been put, in place of all that stood from number `from` on, a multiple of `LOG_PORTION`. */
  putLog(fence: number, runId: string, from: number, lines: readonly LogEntry[]): Promise<void>
  /** From now on `to` is the fence of the lease we hold. */
  raiseFence(fence: number, to: number): Promise<void>
}

/** Where a store comes from. */
export interface StoreOrigin {
  /** Which store this is, wherever it lies: `fresh` from when it is first asked for. */
  identity(fresh: string): Promise<string>
  /** What this store is a copy of. */
  copy(): Promise<CopyMark | null>
  /** Unless there is a mark; gives the one that is there then. */
  beginCopy(mark: CopyMark): Promise<CopyMark>
  endCopy(finishedAt: string): Promise<void>
}

/** `source` is the identity of a store; times are ISO 8601 UTC. */
export interface CopyMark {
  readonly source: string
  readonly startedAt: string
  readonly finishedAt: string | null
}
