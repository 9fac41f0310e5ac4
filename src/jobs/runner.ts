import { v7 as uuid } from 'uuid'
import { ConnectorError, EXIT_CODES, MEANWHILE, WAIT, toConnectorError } from '../domain/errors.js'
import { NO_COUNTS, type Outcome, type Run, type RunError, type Trigger } from '../domain/run.js'
import type { Log } from '../logging/log.js'
import type { ConnectionStore, LeaseTaken } from '../store/port.js'
import { RunWriter, type Progress, type RunPart } from '../store/run-writer.js'

/** A dead holder's lease is free after this: 15 seconds, less one in which others notice. */
export const LEASE_MS = 14_000

export interface RunRequest {
  readonly store: ConnectionStore
  readonly trigger: Trigger
  /** Nothing is written, the lease included: `store` must be a preview then. */
  readonly dryRun: boolean
  readonly holder: string
  readonly log: Log
  readonly now: () => Date
  readonly signal: AbortSignal
  readonly graph: () => Run['graph']
  readonly signIns: Run['signIns']['outcome']
  /**
   * Gives the tick of the schedule the run is for (ISO 8601 UTC), null for none. Called once the lease is ours, before
   * anything is written. What it throws means that there is no run.
   */
  readonly claim?: (() => Promise<string | null>) | undefined
  readonly onStart?: ((runId: string) => void) | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  readonly onChanges?: ((part: RunPart) => void) | undefined
  /** Does the work. A returned error ends the run as failed although everything else was done; a thrown one stops it. */
  readonly work: (writer: RunWriter) => Promise<ConnectorError | null>
}

export interface RunResult {
  readonly run: Run
  readonly error: ConnectorError | null
  /** Whether all of the work was done, also where a part of it ended in the error. */
  readonly whole: boolean
}

/**
 * One run from lease to outcome. Throws `lease.held` when another run is on, with the time its lease may end as
 * `retryAt`, and what the store throws before the run has begun; every later failure is in the result. Every orderly
 * end gives the lease back.
 */
export async function runOnce(request: RunRequest): Promise<RunResult> {
  const { store, dryRun } = request
  const lease = dryRun ? null : await takeLease(request)
  const lost = new AbortController()
  const heartbeat = lease && keepLease(request, lease.fence, lost)
  const signal = AbortSignal.any([request.signal, lost.signal])
  try {
    const tick = (await request.claim?.()) ?? null
    return await underLease(request, { lease, signal, tick })
  } finally {
    clearInterval(heartbeat ?? undefined)
    if (lease) await store.lease.release(lease.fence).catch(() => undefined)
  }
}

async function takeLease({ store, holder }: RunRequest): Promise<LeaseTaken> {
  const lease = await store.lease.take(holder, LEASE_MS)
  if (lease.taken) return lease
  throw new ConnectorError('lease.held', {
    message: `Another run of connection ${store.connection} has been on since ${lease.since}`,
    meanwhile: MEANWHILE.kept,
    remedy: `${WAIT} If its process is dead, the connection is free again at ${lease.until}.`,
    details: { words: `held by ${lease.holder}` },
    retryAt: new Date(lease.until),
  })
}

function keepLease({ store, log }: RunRequest, fence: number, lost: AbortController): NodeJS.Timeout {
  const renew = async (): Promise<void> => {
    try {
      if (!(await store.lease.renew(fence, LEASE_MS))) lost.abort(leaseLost())
    } catch (error) {
      log.warn('The lease could not be renewed', { reason: String(error) })
    }
  }
  const timer = setInterval(() => void renew(), LEASE_MS / 3)
  timer.unref()
  return timer
}

function leaseLost(): ConnectorError {
  return new ConnectorError('lease.lost', {
    message: 'Another process has taken this connection over',
    meanwhile: MEANWHILE.progress,
    remedy: 'Nothing to do; the other process goes on. Was this one suspended, or its clock changed?',
  })
}

interface Held {
  readonly lease: LeaseTaken | null
  /** Aborted when the run is to stop or the lease is lost. */
  readonly signal: AbortSignal
  readonly tick: string | null
}

async function underLease(request: RunRequest, { lease, signal, tick }: Held): Promise<RunResult> {
  const { store, now } = request
  const started = now()
  const run = newRun(request, tick, started)
  const fence = lease?.fence ?? 0
  const log = request.log.child({ runId: run.runId, connection: store.connection })
  const writer = new RunWriter({ ...request, run, fence, log, signal })
  request.onStart?.(run.runId)

  let error: ConnectorError | null = null
  let whole = false
  try {
    for (const dead of lease?.unfinished ?? []) await closeInterrupted(request, fence, dead)
    await writer.commit({})
    error = await request.work(writer)
    whole = true
  } catch (thrown) {
    error =
      signal.aborted && signal.reason instanceof ConnectorError ? signal.reason : toConnectorError(thrown, 'running')
  }

  const finished = now()
  const outcome = outcomeOf(writer.run, { error, whole })
  writer.run = {
    ...writer.run,
    outcome,
    finishedAt: finished.toISOString(),
    durationMs: finished.getTime() - started.getTime(),
    error: error && toRunError(error),
  }
  tell(writer, error)
  await writer.commit({}).catch((thrown: unknown) => {
    error ??= toConnectorError(thrown, 'recording the end of the run')
    log.warn('The end of the run could not be recorded', { reason: String(thrown) })
  })
  return { run: { ...(await asKept(request, writer.run)), graph: request.graph() }, error, whole }
}

/** After a race, a store without transactions may have counted more than we saw. */
async function asKept({ store, dryRun }: RunRequest, run: Run): Promise<Run> {
  const kept = dryRun ? null : await store.runs.get(run.runId).catch(() => null)
  return kept ? { ...run, users: kept.users } : run
}

function newRun(request: RunRequest, tick: string | null, started: Date): Run {
  const { store, trigger, dryRun, signIns, graph } = request
  return {
    runId: uuid(),
    connection: store.connection,
    kind: 'incremental',
    trigger,
    ...(tick ? { tick } : {}),
    dryRun,
    outcome: null,
    startedAt: started.toISOString(),
    finishedAt: null,
    durationMs: null,
    users: { ...NO_COUNTS },
    signIns: {
      outcome: signIns,
      read: 0,
      firstLogins: 0,
      reason: signIns === 'off' ? null : 'The run ended before the sign-in log was read',
    },
    emails: { sent: 0, failed: 0, owed: 0 },
    bounces: { outcome: 'off', read: 0, failed: 0, reason: null },
    graph: graph(),
    error: null,
  }
}

/** A run whose process died keeps what it had counted and gets the end it could not write itself. */
async function closeInterrupted({ store, now }: RunRequest, fence: number, dead: Run): Promise<void> {
  const finishedAt = now().toISOString()
  const durationMs = Date.parse(finishedAt) - Date.parse(dead.startedAt)
  const message = 'The process ended in the middle of this run. Progress is kept; the next run continues there.'
  const run: Run = { ...dead, outcome: 'interrupted', finishedAt, durationMs }
  await store.commit({ fence, run, log: [{ at: finishedAt, level: 'warn', message }] })
}

/** Removals that wait for a person are told first: what passes by itself, or fails in every run, must not hide them. */
function outcomeOf({ users }: Run, { error, whole }: Pick<RunResult, 'error' | 'whole'>): Outcome {
  if (users.held > 0 && whole) return 'held'
  if (error) return error.kind === 'interrupted' ? 'interrupted' : 'failed'
  return users.skipped > 0 ? 'succeeded-with-skips' : 'succeeded'
}

function tell(writer: RunWriter, error: ConnectorError | null): void {
  const { outcome, kind, durationMs, users, signIns } = writer.run
  if (error) {
    const level = error.kind === 'interrupted' ? 'info' : 'error'
    const { code, meanwhile, remedy, details } = error
    writer.note({ level, message: error.message, details: { code, meanwhile, remedy, ...details } })
  }
  const { read, firstLogins } = signIns
  const counts = Object.fromEntries(Object.entries(users).filter(([, count]) => count > 0))
  writer.note({
    level: 'info',
    message: 'Run finished',
    details: { outcome, kind, durationMs, ...counts, signIns: read, firstLogins },
  })
}

export function toRunError({ code, message, remedy, details }: ConnectorError): RunError {
  return { code, message, remedy, requestId: details.requestId ?? null }
}

/** The exit code of a finished run. */
export function exitCodeOf({ run, error }: Pick<RunResult, 'run' | 'error'>): number {
  // An end that could not be recorded stands in no record of the run.
  if (run.outcome === 'held' && (error === null || run.error !== null)) return EXIT_CODES.held
  if (error) return error.exitCode
  return run.users.skipped > 0 ? EXIT_CODES.skipped : EXIT_CODES.done
}
