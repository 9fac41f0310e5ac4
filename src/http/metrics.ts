import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import { ConnectorError } from '../domain/errors.js'
import type { Run } from '../domain/run.js'
import type { ConnectionStore } from '../store/port.js'

export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
  /** Called once for each finished run of this process. */
  ran(run: Run): void
  /** Called with what went out between runs, or could not. */
  mailed(connection: string, emails: Pick<Run['emails'], 'sent' | 'failed'>): void
}

/** What the schedule of one connection does next: times are ISO 8601 UTC; null: it has none. */
export interface NextTry {
  readonly isPaused: boolean
  readonly at: string | null
}

/**
 * Figures for Prometheus, by connection: people and freshness are read from the store when asked, runs are counted as they
 * end. Those of the process belong to no connection.
 */
export function createMetrics(
  stores: readonly ConnectionStore[],
  nextTry: (connection: string) => Promise<NextTry>,
): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const forEach = (work: (store: ConnectionStore) => Promise<void>): Promise<unknown> =>
    Promise.all(stores.map((store) => work(store).catch(passOver)))

  new Gauge({
    name: 'entra_connector_users',
    help: 'People by onboarding status, account state and first login',
    labelNames: ['status', 'account', 'first_login', 'connection'],
    registers,
    async collect() {
      this.reset()
      await forEach(async (store) => {
        const { connection } = store
        for (const { status, account, firstLogin, count } of await store.tally())
          this.set({ status, account, first_login: firstLogin, connection }, count)
      })
    },
  })
  new Gauge({
    name: 'entra_connector_last_success_timestamp_seconds',
    help: 'When the feed was last read to its end; 0 for never',
    labelNames: ['feed', 'connection'],
    registers,
    async collect() {
      this.reset()
      await forEach(async (store) => {
        for (const feed of ['directory', 'sign-ins'] as const) {
          const { succeededAt } = (await store.feed(feed)).health
          this.set({ feed, connection: store.connection }, Date.parse(succeededAt ?? '') / 1000 || 0)
        }
      })
    },
  })
  new Gauge({
    name: 'entra_connector_failures_in_a_row',
    help: 'Runs that failed to read the directory since it last worked, of the present sort; 0 when it works',
    labelNames: ['connection'],
    registers,
    async collect() {
      this.reset()
      await forEach(async (store) => {
        this.set({ connection: store.connection }, (await store.feed('directory')).health.failures)
      })
    },
  })
  new Gauge({
    name: 'entra_connector_missed_changes',
    help: 'Changes Microsoft had not reported, found when everybody was last read again; none before the first time',
    labelNames: ['connection'],
    registers,
    async collect() {
      this.reset()
      await forEach(async (store) => {
        const { drift } = await store.feed('directory')
        if (drift) this.set({ connection: store.connection }, drift.count)
      })
    },
  })
  new Gauge({
    name: 'entra_connector_paused',
    help: '1 while the schedule leaves the connection alone after failures, or because Microsoft asked for it; else 0',
    labelNames: ['connection'],
    registers,
    async collect() {
      for (const { connection } of stores) this.set({ connection }, (await nextTry(connection)).isPaused ? 1 : 0)
    },
  })
  new Gauge({
    name: 'entra_connector_next_try_timestamp_seconds',
    help: 'When the schedule reads the connection next; 0 without a schedule',
    labelNames: ['connection'],
    registers,
    async collect() {
      for (const { connection } of stores)
        this.set({ connection }, Date.parse((await nextTry(connection)).at ?? '') / 1000 || 0)
    },
  })
  new Gauge({
    name: 'entra_connector_emails_owed',
    help: 'People who are owed an email',
    labelNames: ['connection'],
    registers,
    async collect() {
      this.reset()
      await forEach(async (store) => {
        this.set({ connection: store.connection }, await store.owed())
      })
    },
  })
  const letters = new Counter({
    name: 'entra_connector_emails_total',
    help: 'Emails, by what became of them',
    labelNames: ['result', 'connection'],
    registers,
  })
  const runs = new Counter({
    name: 'entra_connector_runs_total',
    help: 'Finished runs',
    labelNames: ['kind', 'outcome', 'connection'],
    registers,
  })
  const requests = new Counter({
    name: 'entra_connector_graph_requests_total',
    help: 'Requests sent to Microsoft Graph, by what became of them',
    labelNames: ['result', 'connection'],
    registers,
  })

  const mailed: Metrics['mailed'] = (connection, { sent, failed }) => {
    letters.inc({ result: 'sent', connection }, sent)
    letters.inc({ result: 'failed', connection }, failed)
  }

  // There from the start: what was never counted is 0, not unknown.
  for (const { connection } of stores) mailed(connection, { sent: 0, failed: 0 })
  return {
    mailed,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    ran({ connection, kind, outcome, graph, emails }) {
      mailed(connection, emails)
      runs.inc({ kind, outcome: outcome ?? 'failed', connection })
      requests.inc({ result: 'sent', connection }, graph.requests)
      requests.inc({ result: 'throttled', connection }, graph.throttled)
      requests.inc({ result: 'retried', connection }, graph.retried)
    },
  }
}

/** A connection whose record is damaged has no such figure; the others have theirs. */
function passOver(error: unknown): void {
  if (!(error instanceof ConnectorError) || error.code !== 'store.corrupt') throw error
}
