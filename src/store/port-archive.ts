import { NEW_FEEDS, type FeedName, type Feeds } from '../domain/feed.js'
import type { Hold } from '../domain/hold.js'
import type { LogEntry, Run } from '../domain/run.js'
import type { HistoryEntry, User } from '../domain/user.js'
import type { ApiToken, ParkedSignIns } from './port.js'

/** The part of the port that moves everything from one store into another. */

/** What moves of a connection: by kind, what its items are. */
export interface Archived {
  readonly users: { readonly user: User; readonly history: readonly HistoryEntry[] }
  readonly parked: ParkedSignIns
  readonly candidates: null
  readonly tokens: { readonly token: ApiToken; readonly hash: string }
  readonly runs: Run
  readonly holds: Hold
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

/** Every store has all feeds, in order of their names. */
export function wantedFeeds(wanted: Wanted): FeedName[] {
  const names = (Object.keys(NEW_FEEDS) as FeedName[]).sort()
  if ('keys' in wanted) return names.filter((name) => wanted.keys.includes(name))
  return names.filter((name) => name > (wanted.after ?? '')).slice(0, wanted.limit)
}

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
  /** Unless there is a mark other than `instead`; gives the one that is there then. */
  beginCopy(mark: CopyMark, instead: CopyMark | null): Promise<CopyMark>
  endCopy(finishedAt: string): Promise<void>
}

/** `source` is the identity of a store; times are ISO 8601 UTC. */
export interface CopyMark {
  readonly source: string
  readonly startedAt: string
  readonly finishedAt: string | null
}
