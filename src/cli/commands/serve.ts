import { openApp } from '../../app.js'
import { startService } from '../../service.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { printLine } from '../output.js'

/** Runs until SIGINT or SIGTERM. A run under way is stopped after its page; its progress is kept. */
export async function serve(global: GlobalOptions, options: Readonly<Record<string, unknown>>): Promise<number> {
  const schedule = options['schedule'] !== false
  return withInvocation(global, { needs: schedule ? 'microsoft' : 'store' }, async (invocation) => {
    const app = await openApp(invocation)
    try {
      const service = await startService(app, invocation, { schedule })
      if (!invocation.json) printLine(`Listening on ${service.url}`)
      await stopped(invocation.signal)
      invocation.log.info('Stopping', {})
      await service.close()
      return 0
    } finally {
      await app.close()
    }
  })
}

export function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
