import type { ChangedField } from './expected.js'
import type { AccountState } from '../domain/account.js'
import type { Conflict } from '../domain/conflicts.js'
import type { NamedGroup, Patch } from '../domain/directory.js'
import type { ConnectorError } from '../domain/errors.js'
import type { Hold } from '../domain/hold.js'
import type { Cause, HistoryEntry, Presence, Removal, User } from '../domain/user.js'
import type { Elsewhere } from '../store/elsewhere.js'

/** What is known when somebody asks why a person cannot log in, and the form of the answer. */

export const STEPS = [
  'found',
  'enabled',
  'in-scope',
  'matched',
  'account',
  'seat',
  'status',
  'capabilities',
  'invitations',
  'last-change',
] as const
export type StepName = (typeof STEPS)[number]

export const OUTCOMES = ['yes', 'no', 'unknown', 'info'] as const

/** `info`: there is nothing to say yes or no to; `unknown`: Microsoft could not tell. */
export interface ExplainedStep {
  readonly step: StepName
  readonly outcome: (typeof OUTCOMES)[number]
  readonly detail: string
}

/** The steps in their order, as far as one gets. `stopsAt` is the one that keeps the person from logging in. */
export interface Explanation {
  readonly answer: string
  readonly steps: readonly ExplainedStep[]
  readonly stopsAt: StepName | null
}

/** What the directory says this moment. */
export type Live =
  | { readonly found: 'live'; readonly patch: Patch }
  | { readonly found: 'unreadable'; readonly problem: string }
  | { readonly found: 'soft-deleted' }
  | { readonly found: 'nowhere' }
  | { readonly found: 'unknown'; readonly error: ConnectorError }

/** `chain`: from the person's own group up to the assigned one; empty where no group is asked for. */
export type InScope =
  | { readonly in: true; readonly chain: readonly NamedGroup[] }
  | { readonly in: false; readonly cause: Cause; readonly value: string | null }
  | { readonly in: 'unknown'; readonly error: ConnectorError | null }

/** What the next look at the directory makes of our record; null where it changes nothing. */
export interface Expected extends AccountState {
  readonly presence: Presence
  readonly removal: Removal | null
  readonly fields: readonly ChangedField[]
}

/** `failed` is the last run, where it could not read the directory. Times are ISO 8601 UTC. */
export interface LastRead {
  readonly completedAt: string | null
  readonly readAt: string | null
  readonly failed: { readonly at: string; readonly message: string } | null
}

export interface Ways {
  readonly everyone: boolean
  /** What somebody must be, in words: user types and rules of the scope. */
  readonly conditions: readonly string[]
  readonly licenseSeats: number | null
  /** Seats nobody holds; null: no limit. */
  readonly seatsLeft: number | null
  readonly emailEnabled: boolean
}

/** One person was meant. */
export interface Facts {
  readonly asked: string
  readonly now: Date
  /** Whether they were found by their email address. */
  readonly byMail: boolean
  /** Records of earlier accounts with the user name that was asked for. */
  readonly earlier: readonly User[]
  readonly live: Live
  readonly user: User | null
  /** Null where the directory has nobody to judge. */
  readonly scope: InScope | null
  readonly expected: Expected | null
  readonly hold: Hold | null
  /** Whether they are on the list of those who are never removed. */
  readonly isProtected: boolean
  readonly last: HistoryEntry | null
  readonly lastRead: LastRead
  readonly ways: Ways
  readonly conflicts: readonly Conflict[]
}

/** Nobody, or several. `similar` are people whose name or address is like the one given. */
export interface NotOne {
  readonly asked: string
  readonly now: Date
  readonly live: Live
  readonly several: readonly User[]
  readonly similar: readonly User[]
  readonly elsewhere: readonly Elsewhere[]
}
