/** One execution, as scripts see it (`sync --json`, `runs show`). */

export const RUN_KINDS = ['initial', 'incremental', 'resync', 'single-user', 'undo', 'import'] as const
export type RunKind = (typeof RUN_KINDS)[number]
export type Trigger = 'manual' | 'schedule' | 'notification'
export type Outcome = 'succeeded' | 'succeeded-with-skips' | 'held' | 'failed' | 'interrupted'

/** `read` is the sum of the others. */
export interface UserCounts {
  read: number
  created: number
  updated: number
  unchanged: number
  frozen: number
  deactivated: number
  reactivated: number
  skipped: number
  held: number
}

export interface RunError {
  readonly code: string
  readonly message: string
  readonly remedy: string | null
  readonly requestId: string | null
}

/** `outcome` and `finishedAt` are null while the run is on. */
export interface Run {
  readonly runId: string
  readonly connection: string
  kind: RunKind
  readonly trigger: Trigger
  /** For which tick of the schedule (ISO 8601 UTC): the time it was scheduled for. */
  readonly tick?: string
  readonly dryRun: boolean
  outcome: Outcome | null
  readonly startedAt: string
  finishedAt: string | null
  durationMs: number | null
  users: UserCounts
  signIns: {
    outcome: 'succeeded' | 'off' | 'unavailable' | 'failed'
    read: number
    firstLogins: number
    reason: string | null
  }
  emails: { sent: number; failed: number; owed: number }
  bounces: { outcome: 'succeeded' | 'off' | 'failed'; read: number; failed: number; reason: string | null }
  graph: { requests: number; throttled: number; retried: number }
  error: RunError | null
}

export const NO_COUNTS: Readonly<UserCounts> = {
  read: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  frozen: 0,
  deactivated: 0,
  reactivated: 0,
  skipped: 0,
  held: 0,
}

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** A line of a run's log. `about` names the person or entry, where there is one. */
export interface LogEntry {
  readonly at: string
  readonly level: LogLevel
  readonly message: string
  readonly about?: string
  readonly details?: Readonly<Record<string, unknown>>
}
