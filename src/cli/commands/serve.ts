import { openApps } from '../../app.js'
import { startDaemon } from '../../daemon.js'
import type { Options } from '../choices.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { printLine } from '../output.js'

/** Runs until SIGINT or SIGTERM. A run under way is stopped after its page; its progress is kept. */
export async function serve(global: GlobalOptions, options: Options): Promise<number> {
  const schedule = options['schedule'] !== false
  const needs = schedule ? 'microsoft' : 'store'
  return withInvocation(global, { needs, forAll: true }, async (invocation) => {
    const { config, log, json, signal } = invocation
    const apps = await openApps(invocation)
    try {
      const daemon = await startDaemon(apps.connections, { log, signal }, { schedule })
      const { url } = daemon
      log.info('Listening', { url, ...(schedule ? { schedule: config.schedule.cron, nextRun: daemon.nextRun() } : {}) })
      if (!json) printLine(`Listening on ${url}`)
      await stopped(signal)
      log.info('Stopping')
      await daemon.close()
      return 0
    } finally {
      await apps.close()
    }
  })
}

export function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
