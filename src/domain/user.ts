import type { AheadLogin } from './ahead.js'

/** The record of a person. One shape everywhere; adapters and edges translate to and from it. */

export const PROFILE_FIELDS = [
  'userPrincipalName',
  'displayName',
  'givenName',
  'surname',
  'mail',
  'jobTitle',
  'department',
  'companyName',
  'officeLocation',
  'mobilePhone',
  'preferredLanguage',
  'employeeId',
  'userType',
] as const
export type ProfileField = (typeof PROFILE_FIELDS)[number]
export type Profile = Readonly<Record<ProfileField, string | null>>

export const EMPTY_PROFILE = Object.fromEntries(PROFILE_FIELDS.map((field) => [field, null])) as unknown as Profile

export const IDENTITIES = ['entra-id', 'ahead-id'] as const
export type Identity = (typeof IDENTITIES)[number]

export const STATUSES = [
  'never-logged-in',
  'onboarded',
  'migrating',
  'pending',
  'failed',
  'onboarding-incomplete',
] as const
export type Status = (typeof STATUSES)[number]

export const ACCOUNTS = ['active', 'frozen', 'inactive'] as const
export type Account = (typeof ACCOUNTS)[number]

export const ACCOUNT_REASONS = [
  'disabled-in-entra',
  'deleted-in-entra',
  'out-of-scope',
  'undone',
  'frozen-by-admin',
  'deactivated-by-admin',
  'no-seat',
] as const
export type AccountReason = (typeof ACCOUNT_REASONS)[number]

/**
 * What the directory last said of a person. `soft-deleted` can be restored for 30 days, `gone` cannot; `undone`: the run
 * that created them was undone, and no full pass has seen them since.
 */
export const PRESENCES = ['enabled', 'disabled', 'soft-deleted', 'gone', 'out-of-scope', 'undone'] as const
export type Presence = (typeof PRESENCES)[number]

/** What was read of the directory beyond the profile, by path: `otherMails[0]`. Only what scope or mapping asks for. */
export type Source = Readonly<Record<string, string | null>>

/** An admin's word. It can lower the account state, never raise it, and survives every sync until lifted. */
export interface Decision {
  readonly state: 'frozen' | 'inactive'
  readonly by: string
  readonly at: string
}

/** Why somebody is to lose access. `about` tells one cause from another, `text` is what people read. */
export interface Cause {
  readonly about: string
  readonly text: string
  /** Never carried out without asking, however few they are. */
  readonly ask?: true
}

/**
 * `noted`: to be settled by the run that noted it; `held`: waits for a person; `rejected`: a person said that they stay;
 * `protected`: on the list of those who are never removed; `done`: carried out, kept to tell why and to be undone.
 */
export const REMOVAL_STATES = ['noted', 'held', 'rejected', 'protected', 'done'] as const
export type RemovalState = (typeof REMOVAL_STATES)[number]

/**
 * What the directory says that takes somebody's access away, or would. `presence` is what they become
 * when it is carried out; `proof` says how we know; `hold` is the id of the hold they wait in.
 */
export interface Removal {
  readonly presence: Exclude<Presence, 'enabled' | 'undone'>
  readonly state: RemovalState
  readonly cause: Cause
  readonly proof: string
  readonly at: string
  readonly hold: string | null
}

export const LOGIN_SOURCES = ['sign-in-log', 'microsoft-login', 'api', 'ahead-login'] as const
export type LoginSource = (typeof LOGIN_SOURCES)[number]

export interface StatusReason {
  readonly code: string
  readonly message: string
}

/**
 * All times are ISO 8601 UTC with milliseconds. `entraObjectId` is lower case and null for people the directory never
 * had. `seat` says whether the person holds a licence seat. `revision` grows by one with every write.
 */
export interface User extends Profile {
  readonly id: string
  readonly connection: string
  readonly entraObjectId: string | null
  readonly identity: Identity
  readonly status: Status
  readonly statusSince: string
  readonly statusReason: StatusReason | null
  readonly presence: Presence
  readonly decision: Decision | null
  readonly removal: Removal | null
  /** Null where neither scope nor mapping asks for more than the profile. */
  readonly source: Source | null
  /** Object id of the assigned group they are in scope through; null where the scope names none. */
  readonly through: string | null
  readonly seat: boolean
  readonly account: Account
  readonly accountReason: AccountReason | null
  readonly firstLoginAt: string | null
  readonly firstLoginSource: LoginSource | null
  readonly lastLoginAt: string | null
  /** Null for people who never had ahead login. Holds hashes of passwords and links: it never leaves the store. */
  readonly ahead: AheadLogin | null
  readonly createdAt: string
  readonly updatedAt: string
  readonly revision: number
}

/** A value of a history entry: a status, an account state, or the changed profile fields. */
export type HistoryValue = string | Readonly<Record<string, string | null>> | null

/** One change of one person. `cause` is `run`, `sign-in`, `invitation` or the name of a person. */
export interface HistoryEntry {
  readonly at: string
  readonly from: HistoryValue
  readonly to: HistoryValue
  readonly cause: string
  readonly evidence: Readonly<Record<string, unknown>> | null
}

/** How a run counts a change of somebody. */
export type ChangeKind = 'created' | 'updated' | 'frozen' | 'deactivated' | 'reactivated'

/**
 * One write of one person: `before` is null for a newcomer; `entries` are its new history entries, oldest first. Nobody
 * is ever given another id or Entra object id. `kind` is left out for what no run counts.
 */
export interface UserChange {
  readonly before: User | null
  readonly after: User
  readonly entries: readonly HistoryEntry[]
  readonly kind?: ChangeKind | null
}
