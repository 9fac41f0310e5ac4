import type { Connection } from './app.js'
import { startDuties, type Duties, type DutyOptions } from './duties.js'
import { openFront } from './front.js'
import type { Readiness } from './http/health.js'
import { createMetrics, type NextTry } from './http/metrics.js'
import { startServer } from './http/server.js'
import type { Log } from './logging/log.js'

export interface DaemonParts {
  readonly log: Log
  /** Aborted when the daemon is to end: a run under way stops after its page. */
  readonly signal: AbortSignal
  readonly now?: () => Date
}

export interface Daemon {
  readonly url: string
  /** The earliest of all connections. */
  nextRun(): Date | null
  /** Resolves when a run under way has ended and nobody is listening any more. */
  close(): Promise<void>
}

/**
 * The scheduler, the HTTP server and what is done between runs, in one process, for one connection or several. Throws
 * `port.taken` before any run is started.
 */
export async function startDaemon(
  connections: readonly [Connection, ...Connection[]],
  parts: DaemonParts,
  options: DutyOptions,
): Promise<Daemon> {
  const { signal, now = () => new Date() } = parts
  const { http } = connections[0].config
  const isOneOfSeveral = connections.length > 1
  const served = connections.map((one) => ({ ...one, now, log: logFor(parts.log, one, isOneOfSeveral) }))
  const duties = new Map<string, Duties>()
  const nextTry = async (connection: string): Promise<NextTry> => {
    const state = await duties.get(connection)?.readiness()
    return { isPaused: Boolean(state?.paused), at: state?.nextRunAt ?? null }
  }
  const metrics = createMetrics(
    connections.map(({ store }) => store),
    nextTry,
  )
  const front = await openFront(served, {
    signal,
    log: parts.log,
    onOwed: (connection) => duties.get(connection)?.emailsSoon(),
  })
  const server = await startServer({
    ...http,
    log: parts.log,
    metrics,
    api: front.api,
    pages: front.pages,
    readiness: () => (duties.size < served.length ? Promise.resolve(STARTING) : readinessOfAll(duties)),
  }).catch(async (error: unknown) => {
    await front.close()
    throw error
  })
  const close = async (): Promise<void> => {
    await Promise.all([...duties.values()].map((one) => one.stop()))
    await server.close()
    await front.close()
  }
  try {
    for (const [index, connection] of served.entries()) {
      const { log, store } = connection
      const afterMs = index * Math.min(BETWEEN_STARTS_MS, SPREAD_MS / served.length)
      const own = { post: front.postOf(store.connection), metrics, log, now, signal, afterMs }
      duties.set(store.connection, await startDuties(connection, own, options))
    }
  } catch (error) {
    await close()
    throw error
  }
  const nextRun = (): Date | null => earliest([...duties.values()].map((one) => one.nextRun()))
  return { url: server.url, nextRun, close }
}

/** Runs of many connections begin within so long. */
const SPREAD_MS = 10_000
const BETWEEN_STARTS_MS = 500

function logFor(log: Log, { store }: Connection, isOneOfSeveral: boolean): Log {
  return isOneOfSeveral ? log.child({ connection: store.connection }) : log
}

function earliest(times: readonly (Date | null)[]): Date | null {
  const sorted = times.flatMap((time) => time ?? []).sort((a, b) => a.getTime() - b.getTime())
  return sorted[0] ?? null
}

const STARTING: Readiness = {
  ready: false,
  reason: 'We are just starting',
  lastSuccessAt: null,
  nextRunAt: null,
  paused: null,
}

/** As good as the worst of them, which is named. */
async function readinessOfAll(duties: ReadonlyMap<string, Duties>): Promise<Readiness> {
  const names = [...duties.keys()]
  const all = await Promise.all([...duties.values()].map((one) => one.readiness()))
  const [first, second] = all
  if (first && !second) return first
  const reasons = all.flatMap(({ reason }, index) =>
    reason === null ? [] : `Connection ${names[index] ?? ''}: ${reason}`,
  )
  const [oldest = ''] = all.map(({ lastSuccessAt }) => lastSuccessAt ?? '').sort()
  const [next = null] = all.flatMap(({ nextRunAt }) => nextRunAt ?? []).sort()
  const paused = all.flatMap((one) => one.paused ?? [])
  return {
    ready: all.every(({ ready }) => ready),
    reason: reasons.length === 0 ? null : reasons.join('. '),
    lastSuccessAt: oldest === '' ? null : oldest,
    nextRunAt: next,
    paused: paused.length === 0 ? null : paused,
  }
}
