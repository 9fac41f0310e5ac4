import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { FeedHealth } from '../domain/feed.js'
import type { Run } from '../domain/run.js'
import type { ConnectionStore } from '../store/port.js'

export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
  /** Called once for each finished run of this process. */
  ran(run: Run): void
  /** Called with what went out, or could not, in a run or between runs. */
  mailed(emails: Pick<Run['emails'], 'sent' | 'failed'>): void
}

/** Figures for Prometheus: people and freshness are read from the store when asked, runs are counted as they end. */
export function createMetrics(store: ConnectionStore): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ connection: store.connection })
  collectDefaultMetrics({ register: registry })
  const registers = [registry]

  new Gauge({
    name: 'entra_connector_users',
    help: 'People by onboarding status, account state and first login',
    labelNames: ['status', 'account', 'first_login'],
    registers,
    async collect() {
      this.reset()
      for (const { status, account, firstLogin, count } of await store.tally())
        this.set({ status, account, first_login: firstLogin }, count)
    },
  })
  new Gauge({
    name: 'entra_connector_last_success_timestamp_seconds',
    help: 'When the feed was last read to its end; 0 for never',
    labelNames: ['feed'],
    registers,
    async collect() {
      const health: [string, FeedHealth][] = [
        ['directory', (await store.feed('directory')).health],
        ['sign-ins', (await store.feed('sign-ins')).health],
      ]
      for (const [feed, { succeededAt }] of health) this.set({ feed }, Date.parse(succeededAt ?? '') / 1000 || 0)
    },
  })
  new Gauge({
    name: 'entra_connector_emails_owed',
    help: 'People who are owed an email',
    registers,
    async collect() {
      this.set(await store.owed())
    },
  })
  const letters = new Counter({
    name: 'entra_connector_emails_total',
    help: 'Emails, by what became of them',
    labelNames: ['result'],
    registers,
  })
  const runs = new Counter({
    name: 'entra_connector_runs_total',
    help: 'Finished runs',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  const requests = new Counter({
    name: 'entra_connector_graph_requests_total',
    help: 'Requests sent to Microsoft Graph, by what became of them',
    labelNames: ['result'],
    registers,
  })

  const mailed: Metrics['mailed'] = ({ sent, failed }) => {
    letters.inc({ result: 'sent' }, sent)
    letters.inc({ result: 'failed' }, failed)
  }

  return {
    mailed,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    ran({ kind, outcome, graph, emails }) {
      mailed(emails)
      runs.inc({ kind, outcome: outcome ?? 'failed' })
      requests.inc({ result: 'sent' }, graph.requests)
      requests.inc({ result: 'throttled' }, graph.throttled)
      requests.inc({ result: 'retried' }, graph.retried)
    },
  }
}
