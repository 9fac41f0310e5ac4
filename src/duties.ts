import type { Connection } from './app.js'
import { ConnectorError } from './domain/errors.js'
import { pauseInWords, pauseNow, triesFrom, type Pause } from './domain/outage.js'
import type { Readiness } from './http/health.js'
import type { Metrics } from './http/metrics.js'
import { startChore } from './jobs/chore.js'
import type { RunResult } from './jobs/runner.js'
import { freshnessTarget } from './jobs/schedule.js'
import type { Log } from './logging/log.js'
import type { Post } from './post.js'
import { startScheduledRuns, type ScheduledRuns } from './scheduled-runs.js'

/** What `serve` does for one connection: runs on a schedule, emails and delivery reports between them. */

export interface DutyOptions {
  readonly schedule: boolean
  /** Called before each scheduled run. */
  readonly beforeRun?: () => Promise<void>
  readonly onRun?: (result: RunResult) => void
}

export interface DutyParts {
  readonly post: Post
  readonly metrics: Metrics
  readonly log: Log
  readonly now: () => Date
  /** Aborted when a run under way is to stop after its page. */
  readonly signal: AbortSignal
  /** How long after its tick a run begins, so that connections do not all begin in the same moment. */
  readonly afterMs: number
}

export interface Duties {
  nextRun(): Date | null
  readiness(): Promise<Readiness>
  /** Somebody has become owed an email. */
  emailsSoon(): void
  /** Resolves when whatever is under way has ended. */
  stop(): Promise<void>
}

const EMAILS_EVERY_MS = 5_000
const BOUNCES_EVERY_MS = 60_000
const NOTICES_EVERY_MS = 60_000
const SLOWEST_MS = 10 * 60_000

export async function startDuties(connection: Connection, parts: DutyParts, options: DutyOptions): Promise<Duties> {
  const { config, store } = connection
  const { post, metrics, log, now, signal, afterMs } = parts
  const { cron, timezone } = config.schedule
  const { name } = config.connection
  const emails = startChore({
    name: 'emails',
    everyMs: EMAILS_EVERY_MS,
    slowestMs: SLOWEST_MS,
    log,
    job: async (stop) => {
      const { mail, ...sent } = await post.deliver({ signal: stop, patient: true })
      metrics.mailed(name, sent)
      if (mail) log.warn(mail.message, { meanwhile: mail.meanwhile, remedy: mail.remedy, ...mail.details })
      return mail === null
    },
  })
  const bounces =
    config.bounces &&
    startChore({
      name: 'delivery reports',
      everyMs: BOUNCES_EVERY_MS,
      slowestMs: SLOWEST_MS,
      log,
      job: async (stop) => (await post.readBounces(stop)).outcome === 'succeeded',
    })

  const notices = startChore({
    name: 'notifications',
    everyMs: NOTICES_EVERY_MS,
    slowestMs: SLOWEST_MS,
    log,
    job: (stop) => connection.notify(stop),
  })

  const startedAt = now()
  const pause = async (): Promise<Pause | null> => pauseNow((await store.feed('directory')).health, now(), startedAt)
  const tryAfter = (paused: Pause): string => schedule?.nextRun(triesFrom(paused))?.toISOString() ?? paused.until
  const onRun = async (result: RunResult): Promise<void> => {
    metrics.ran(result.run)
    options.onRun?.(result)
    // Where the store is not to be had, the run has said so.
    const paused = await pause().catch(() => null)
    if (paused) log.warn(pauseInWords(paused, tryAfter(paused)))
  }
  const beforeRun = async (): Promise<void> => options.beforeRun?.()
  let schedule: ScheduledRuns | null = null
  if (options.schedule)
    schedule = await startScheduledRuns(connection, { log, now, signal, afterMs, pause, beforeRun, onRun })
  const nextRun = (): Date | null => schedule?.nextRun() ?? null
  const targetMs = freshnessTarget(cron, timezone)
  return {
    nextRun,
    async readiness() {
      const nextTick = nextRun()?.toISOString() ?? null
      try {
        const problem = schedule?.problem()
        if (problem) throw problem
        const paused = schedule && (await pause())
        const nextRunAt = paused ? tryAfter(paused) : nextTick
        return await readinessOf(store, { now: now(), targetMs, nextRunAt, paused })
      } catch (error) {
        return withoutStore(store.connection, error, nextTick)
      }
    },
    emailsSoon: () => emails.soon(),
    async stop() {
      await schedule?.stop()
      await emails.stop()
      await bounces?.stop()
      await notices.stop()
    },
  }
}

interface Moment {
  readonly now: Date
  readonly targetMs: number
  readonly nextRunAt: string | null
  readonly paused: Pause | null
}

/**
 * Nothing can run while the store is not to be had, or what it holds of the connection is damaged. Throws every other
 * error.
 */
function withoutStore(connection: string, error: unknown, nextTryAt: string | null): Readiness {
  if (!(error instanceof ConnectorError) || error.kind !== 'unavailable') throw error
  const { message: reason, code } = error
  const paused = nextTryAt === null || code === 'store.corrupt' ? null : [{ connection, reason, nextTryAt }]
  return { ready: false, reason, lastSuccessAt: null, nextRunAt: nextTryAt, paused }
}

async function readinessOf(
  store: Connection['store'],
  { now, targetMs, nextRunAt, paused }: Moment,
): Promise<Readiness> {
  const { succeededAt, reason } = (await store.feed('directory')).health
  const ready = succeededAt !== null && now.getTime() - Date.parse(succeededAt) <= targetMs
  const overdue = succeededAt === null ? 'No run has succeeded yet' : `No run has succeeded since ${succeededAt}`
  const target = `the target is ${Math.round(targetMs / 60_000)} minutes`
  const next = paused ? `; paused, next try ${nextRunAt ?? paused.until}` : ''
  return {
    ready,
    reason: ready ? null : `${overdue}; ${target}${reason ? `: ${reason.message}` : ''}${next}`,
    lastSuccessAt: succeededAt,
    nextRunAt,
    paused: paused && [{ connection: store.connection, reason: paused.reason, nextTryAt: nextRunAt ?? paused.until }],
  }
}
