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

export type AccountReason =
  'disabled-in-entra' | 'deleted-in-entra' | 'out-of-scope' | 'frozen-by-admin' | 'deactivated-by-admin' | 'no-seat'

/** What the directory last said of a person. `soft-deleted` can be restored for 30 days, `gone` cannot. */
export const PRESENCES = ['enabled', 'disabled', 'soft-deleted', 'gone', 'out-of-scope'] as const
export type Presence = (typeof PRESENCES)[number]

/** An admin's word. It can lower the account state, never raise it, and survives every sync until lifted. */
export interface Decision {
  readonly state: 'frozen' | 'inactive'
  readonly by: string
  readonly at: string
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

/** One write of one person: `before` is null for a newcomer; `entries` are its new history entries, oldest first. */
export interface UserChange {
  readonly before: User | null
  readonly after: User
  readonly entries: readonly HistoryEntry[]
}
