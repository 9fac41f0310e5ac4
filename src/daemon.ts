import type { App } from './app.js'
import type { Config } from './config/config.js'
import { startServer, type Server } from './http/server.js'
import type { Readiness } from './http/health.js'
import { createMetrics } from './http/metrics.js'
import type { RunResult } from './jobs/runner.js'
import { freshnessTarget, startSchedule, type Schedule } from './jobs/schedule.js'
import type { Log } from './logging/log.js'

export interface ServiceOptions {
  readonly schedule: boolean
  /** Called before each scheduled run. */
  readonly beforeRun?: () => Promise<void>
  readonly onRun?: (result: RunResult) => void
}

export interface Service {
  readonly url: string
  close(): Promise<void>
}

/** The scheduler and the HTTP server of one process. Closing stops a run under way after its page. */
export async function startService(
  app: App,
  { config, log, signal }: { config: Config; log: Log; signal: AbortSignal },
  options: ServiceOptions,
): Promise<Service> {
  const { cron, timezone } = config.schedule
  const now = (): Date => new Date()
  const metrics = createMetrics(app.store)
  const target = freshnessTarget(cron, timezone)
  const schedule: { current: Schedule | null } = { current: null }
  const server: Server = await startServer({
    ...config.http,
    log,
    metrics,
    readiness: () => readiness(app, { now: now(), target, nextRunAt: schedule.current?.nextRun() ?? null }),
  })

  const runOnSchedule = async (): Promise<void> => {
    await options.beforeRun?.()
    const result = await app.sync({ trigger: 'schedule', dryRun: false, full: false, signal })
    metrics.ran(result.run)
    options.onRun?.(result)
  }
  if (options.schedule) {
    const [last] = (await app.store.runs.list({ limit: 1 })).runs
    schedule.current = startSchedule({
      cron,
      timezone,
      log,
      now,
      lastRunAt: last ? new Date(last.startedAt) : null,
      notBefore: async () => {
        const { notBefore } = (await app.store.feed('directory')).health
        return notBefore === null ? null : new Date(notBefore)
      },
      run: runOnSchedule,
    })
  }
  return {
    url: server.url,
    async close() {
      await schedule.current?.stop()
      await server.close()
    },
  }
}

async function readiness(
  { store }: App,
  { now, target, nextRunAt }: { now: Date; target: number; nextRunAt: Date | null },
): Promise<Readiness> {
  const { succeededAt, reason } = (await store.feed('directory')).health
  const ageMs = succeededAt === null ? Infinity : now.getTime() - Date.parse(succeededAt)
  const minutes = Math.round(target / 60_000)
  const overdue = succeededAt === null ? 'No run has succeeded yet' : `No run has succeeded since ${succeededAt}`
  const why = reason ? `: ${reason.message}` : ''
  return {
    ready: ageMs <= target,
    reason: ageMs <= target ? null : `${overdue}; the target is ${minutes} minutes${why}`,
    lastSuccessAt: succeededAt,
    nextRunAt: nextRunAt?.toISOString() ?? null,
  }
}
