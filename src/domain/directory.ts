import type { Profile, Source } from './user.js'

/** What a directory says of one person: a patch, a tombstone, or something we cannot read. */
export type DirectoryItem = Patch | Tombstone | Unreadable

/** Absent means "no statement" in a later round and "empty" in an initial or resync pass; null means empty. */
export interface Patch {
  readonly kind: 'patch'
  readonly entraObjectId: string
  readonly profile: Partial<Profile>
  /** Values of the paths that scope and mapping name, those the entry makes a statement about. */
  readonly source?: Source
  readonly accountEnabled?: boolean | null
}

export interface Tombstone {
  readonly kind: 'tombstone'
  readonly entraObjectId: string
  readonly presence: 'soft-deleted' | 'gone'
}

/** Skipped whole, counted and listed; never taken for a removal. */
export interface Unreadable {
  readonly kind: 'unreadable'
  readonly entraObjectId: string | null
  readonly problem: string
}

/** `cursor.kind` is `next` when more pages follow and `delta` when the round is complete. */
export interface DirectoryPage {
  readonly items: readonly DirectoryItem[]
  readonly cursor: { readonly kind: 'next' | 'delta'; readonly link: string }
}

/** The answer of a direct look-up. `live` carries the person as a full patch, or as unreadable. */
export type LookUp =
  | { readonly found: 'live'; readonly item: Patch | Unreadable }
  | { readonly found: 'soft-deleted' }
  | { readonly found: 'nowhere' }

/** Where pages and people come from. `select` names the tracked properties: when it changes, the links are worthless. */
export interface DirectorySource {
  readonly select: string
  /** The tenant the token is for, lower case, or null when the token does not say. */
  tenant(signal: AbortSignal): Promise<string | null>
  /** Link of a fresh full round. */
  firstLink(): string
  page(link: string, signal: AbortSignal): Promise<DirectoryPage>
  /** By object id or UPN. Gives up sooner than a page does: see `graph/client.ts`. */
  lookUp(entraObjectIdOrUpn: string, signal: AbortSignal): Promise<LookUp>
  /** About how many people there are, for a progress display; null when the directory does not say. */
  count(signal: AbortSignal): Promise<number | null>
}

/** People of a group, a page at a time; lower-case object ids. `next` is null on the last page. */
export interface MembersPage {
  readonly entraObjectIds: readonly string[]
  readonly next: string | null
}

/** `name` is null where the directory does not tell. */
export interface NamedGroup {
  readonly id: string
  readonly name: string | null
}

export interface GroupSource {
  /** The people of a group, those of groups within it included where `nested`. `graph.not-found`: there is no such group. */
  members(
    at: { readonly group: string; readonly nested: boolean } | { readonly link: string },
    signal: AbortSignal,
  ): Promise<MembersPage>
  /** All groups somebody is in, as ids; those that hold one of them included where `nested`. */
  groupsOf(entraObjectId: string, nested: boolean, signal: AbortSignal): Promise<ReadonlySet<string>>
  /** Null where the directory does not tell. Throws `graph.not-found`. */
  name(group: string, signal: AbortSignal): Promise<string | null>
  /**
   * How somebody is in a group: the groups from theirs up to and including it, as ids and names; empty when they are not.
   * Bounded: `null` when it could not be found out within a few requests.
   */
  chain(
    entraObjectId: string,
    group: { readonly id: string; readonly nested: boolean },
    signal: AbortSignal,
  ): Promise<readonly NamedGroup[] | null>
}

/** A successful interactive sign-in to one of the intranet's applications. */
export interface SignIn {
  readonly entraObjectId: string
  readonly at: string
  readonly correlationId: string | null
}

/**
 * `read` counts all rows received; `oldest` is the earliest time among them, and null when they did not come newest
 * first, because then it says nothing about what is still to come. `next` is null on the last page.
 */
export interface SignInPage {
  readonly signIns: readonly SignIn[]
  readonly read: number
  readonly oldest: string | null
  readonly next: string | null
}

export interface SignInWindow {
  readonly appId: string
  readonly from: string
  readonly until: string
}

export interface SignInSource {
  readonly appIds: readonly string[]
  page(at: SignInWindow | { readonly link: string; readonly appId: string }, signal: AbortSignal): Promise<SignInPage>
}
