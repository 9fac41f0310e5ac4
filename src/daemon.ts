import type { App } from './app.js'
import type { Config, Secrets } from './config/config.js'
import { ConnectorError } from './domain/errors.js'
import { waitsUntil } from './domain/feed.js'
import { openFront } from './front.js'
import type { Readiness } from './http/health.js'
import { createMetrics } from './http/metrics.js'
import { startServer } from './http/server.js'
import { startChore, type Chore } from './jobs/chore.js'
import type { RunResult } from './jobs/runner.js'
import { freshnessTarget, startSchedule, type Schedule } from './jobs/schedule.js'
import type { Log } from './logging/log.js'

export interface DaemonParts {
  readonly config: Config
  readonly secrets: Secrets
  readonly log: Log
  /** Aborted when the daemon is to end: a run under way stops after its page. */
  readonly signal: AbortSignal
  readonly now?: () => Date
}

export interface DaemonOptions {
  readonly schedule: boolean
  /** Called before each scheduled run. */
  readonly beforeRun?: () => Promise<void>
  readonly onRun?: (result: RunResult) => void
}

export interface Daemon {
  readonly url: string
  nextRun(): Date | null
  /** Resolves when a run under way has ended and nobody is listening any more. */
  close(): Promise<void>
}

const EMAILS_EVERY_MS = 5_000
const BOUNCES_EVERY_MS = 60_000
const SLOWEST_MS = 10 * 60_000

/** The scheduler, the HTTP server and what is done between runs, in one process. Throws `port.taken` before any run is started. */
export async function startDaemon(app: App, parts: DaemonParts, options: DaemonOptions): Promise<Daemon> {
  const { config, log, signal, now = () => new Date() } = parts
  const { cron, timezone } = config.schedule
  const metrics = createMetrics(app.store)
  const targetMs = freshnessTarget(cron, timezone)
  let schedule: Schedule | null = null
  const nextRun = (): Date | null => schedule?.nextRun() ?? null
  const chores: { emails?: Chore; bounces?: Chore } = {}
  const front = await openFront({ ...parts, now, store: app.store }, { signal, onOwed: () => chores.emails?.soon() })
  const server = await startServer({
    ...config.http,
    log,
    metrics,
    api: front.api,
    pages: front.pages,
    readiness: () => readiness(app.store, { now: now(), targetMs, nextRunAt: nextRun() }),
  }).catch(async (error: unknown) => {
    await front.close()
    throw error
  })
  chores.emails = startChore({
    name: 'emails',
    everyMs: EMAILS_EVERY_MS,
    slowestMs: SLOWEST_MS,
    log,
    job: async (stop) => {
      const { mail, ...emails } = await front.post.deliver({ signal: stop })
      metrics.mailed(emails)
      if (mail) log.warn(mail.message, { meanwhile: mail.meanwhile, remedy: mail.remedy, ...mail.details })
      return mail === null
    },
  })
  if (config.bounces !== null)
    chores.bounces = startChore({
      name: 'delivery reports',
      everyMs: BOUNCES_EVERY_MS,
      slowestMs: SLOWEST_MS,
      log,
      job: async (stop) => (await front.post.readBounces(stop)).outcome === 'succeeded',
    })

  const run = async (): Promise<void> => {
    await options.beforeRun?.()
    const result = await unlessHeld(log, () => app.sync({ trigger: 'schedule', dryRun: false, full: false, signal }))
    if (result === null) return
    metrics.ran(result.run)
    options.onRun?.(result)
  }
  const notBefore = async (): Promise<Date | null> => waitsUntil((await app.store.feed('directory')).health, now())
  if (options.schedule) {
    const lastRunAt = await lastRun(app.store)
    schedule = startSchedule({ cron, timezone, log, now, lastRunAt, notBefore, run })
  }
  return {
    url: server.url,
    nextRun,
    async close() {
      await schedule?.stop()
      await chores.emails?.stop()
      await chores.bounces?.stop()
      await server.close()
      await front.close()
    },
  }
}

/** Another process is running this connection: nothing to do, and nothing to worry about. */
async function unlessHeld(log: Log, run: () => Promise<RunResult>): Promise<RunResult | null> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'lease.held') throw error
    log.info('Another process is running this connection; this run is left out', { ...error.details })
    return null
  }
}

const RECENT = 50

/** When everybody was last read or tried to be; reading one person does not stand in for that. */
async function lastRun(store: App['store']): Promise<Date | null> {
  const { runs } = await store.runs.list({ limit: RECENT })
  const last = runs.find(({ kind }) => kind !== 'single-user')
  return last ? new Date(last.startedAt) : null
}

interface Moment {
  readonly now: Date
  readonly targetMs: number
  readonly nextRunAt: Date | null
}

async function readiness(store: App['store'], { now, targetMs, nextRunAt }: Moment): Promise<Readiness> {
  const { succeededAt, reason } = (await store.feed('directory')).health
  const ready = succeededAt !== null && now.getTime() - Date.parse(succeededAt) <= targetMs
  const overdue = succeededAt === null ? 'No run has succeeded yet' : `No run has succeeded since ${succeededAt}`
  const target = `the target is ${Math.round(targetMs / 60_000)} minutes`
  return {
    ready,
    reason: ready ? null : `${overdue}; ${target}${reason ? `: ${reason.message}` : ''}`,
    lastSuccessAt: succeededAt,
    nextRunAt: nextRunAt?.toISOString() ?? null,
  }
}
