import { askFor, type Answered, type AskOptions } from './asking.js'
import type { Config, ConnectionSettings } from './config/config.js'
import { toConnectorError } from './domain/errors.js'
import type { AskedFor } from './domain/requests.js'
import { explainIn, type ExplainRequest } from './explaining.js'
import type { Explanation } from './explain/facts.js'
import { runChecks, type CheckReport } from './jobs/checks.js'
import type { RunResult } from './jobs/runner.js'
import type { Log } from './logging/log.js'
import { impatient, withMicrosoft } from './microsoft.js'
import { notify } from './notify.js'
import { probes } from './probes.js'
import { runSync, runUndo, type SyncRequest, type UndoRequest, type UndoResult } from './runs.js'
import { openStore as open } from './store/open.js'
import type { ConnectionStore, Store } from './store/port.js'

export type { Answered, AskOptions, SyncRequest, UndoRequest, UndoResult }

/** What can be done with one connection, and its settings. */
export interface Connection extends ConnectionSettings {
  readonly store: ConnectionStore
  /** Throws `lease.held` and what the store throws before the run began; later failures are in the result. */
  sync(request: SyncRequest): Promise<RunResult>
  /** The same, for putting back what a run changed. */
  undo(request: UndoRequest): Promise<UndoResult>
  /** The tenant our token is for, lower case; null when it does not say. */
  tenant(signal: AbortSignal): Promise<string | null>
  /** What an admin asks for people. Emails it owes are sent before it resolves, where they can be. */
  ask(request: AskedFor, who: readonly string[], options: AskOptions): Promise<Answered>
  /** Why somebody cannot log in. Writes nothing; what Microsoft does not answer within seconds is unknown. */
  explain(who: string, request: ExplainRequest): Promise<Explanation>
  /**
   * Tells admins what is due of outages and held removals. Every run ends with it. False: something is still on its way.
   * Never throws.
   */
  notify(signal: AbortSignal): Promise<boolean>
}

export interface App extends Connection {
  close(): Promise<void>
}

export interface Apps {
  readonly connections: readonly [Connection, ...Connection[]]
  close(): Promise<void>
}

export interface AppParts extends ConnectionSettings {
  readonly log: Log
  readonly now?: () => Date
}

export interface AppsParts extends Pick<AppParts, 'log' | 'now'> {
  /** All on one store, which the first one's settings name like everybody's. */
  readonly connections: readonly [ConnectionSettings, ...ConnectionSettings[]]
}

/** Builds each part once. Whatever is acquired is closed by `close`, last in, first out. */
export async function openApp(parts: AppParts): Promise<App> {
  const { now = () => new Date() } = parts
  const store = await openStore(parts, now)
  return { ...connect(parts, store, now), close: () => store.close() }
}

/** Several connections in one process. What they log says whose it is. */
export async function openApps({ connections, log, now = () => new Date() }: AppsParts): Promise<Apps> {
  const [first, ...others] = connections
  const store = await openStore(first, now)
  const logFor = ({ connection: { name } }: Config): Log => (others.length > 0 ? log.child({ connection: name }) : log)
  const open = (one: ConnectionSettings): Connection => connect({ ...one, log: logFor(one.config) }, store, now)
  return {
    connections: [open(first), ...others.map(open)],
    close: () => store.close(),
  }
}

function connect(parts: AppParts, whole: Store, now: () => Date): Connection {
  const { config, secrets } = parts
  const running: Running = { ...parts, now, store: whole.of(config.connection.name) }
  return {
    config,
    secrets,
    store: running.store,
    sync: (request) => runAndTell(running, request),
    undo: (request) => runUndo(running, request),
    tenant: (signal) => withMicrosoft(running, ({ directory }) => directory.tenant(signal)),
    notify: (signal) => notify(running, signal),
    ask: (request, who, options) => askFor(running, request, who, options),
    explain: (who, { connections, signal }) => {
      const others = connections.filter((name) => name !== running.store.connection).map((name) => whole.of(name))
      const patient = { ...running, config: impatient(config) }
      return withMicrosoft(patient, (microsoft) => explainIn(patient, microsoft, { who, others, signal }))
    },
  }
}

/** `check` opens the store as one of its probes, so that a broken one does not hide the rest. */
export function check(parts: AppParts, signal: AbortSignal): Promise<CheckReport> {
  const { now = () => new Date() } = parts
  const config = impatient(parts.config)
  return withMicrosoft({ ...parts, config, now }, (microsoft) =>
    runChecks(
      probes({
        config,
        secrets: parts.secrets,
        microsoft,
        signal,
        now,
        openStore: () => openStore({ config, secrets: parts.secrets }, now),
      }),
      (thrown) => toConnectorError(thrown, 'checking'),
    ),
  )
}

export function openStore(
  { config, secrets }: Pick<AppParts, 'config' | 'secrets'>,
  now: () => Date = () => new Date(),
): Promise<Store> {
  return open(config.store, { now, url: secrets.storeUrl })
}

type Running = AppParts & { readonly now: () => Date; readonly store: ConnectionStore }

async function runAndTell(running: Running, request: SyncRequest): Promise<RunResult> {
  const result = await withMicrosoft(running, (microsoft) => runSync(running, microsoft, request))
  const { signal, dryRun } = request
  if (!dryRun && !signal.aborted) await notify(running, signal)
  return result
}
