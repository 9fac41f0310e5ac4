import type { FastifyInstance } from 'fastify'
import type { Metrics } from './metrics.js'

/** A connection whose runs by schedule are left out for a while, because they fail. */
export interface PausedConnection {
  readonly connection: string
  readonly reason: string
  readonly nextTryAt: string
}

/** `reason` says in one sentence why nobody should rely on the data; null when they may. Times are ISO 8601 UTC. */
export interface Readiness {
  readonly ready: boolean
  readonly reason: string | null
  readonly lastSuccessAt: string | null
  readonly nextRunAt: string | null
  /** Null: none. */
  readonly paused: readonly PausedConnection[] | null
}

export interface HealthOptions {
  readonly readiness: () => Promise<Readiness>
  readonly metrics: Metrics
}

/** `/healthz`: the process answers. `/readyz`: the data is fresh. `/metrics`: figures for Prometheus. */
export function registerHealth(app: FastifyInstance, { readiness, metrics }: HealthOptions): void {
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const state = await readiness()
    return reply.code(state.ready ? 200 : 503).send(state)
  })
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()))
}
