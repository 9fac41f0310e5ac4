import { v7 as uuid } from 'uuid'
import { askFor, type Answered, type AskOptions } from './asking.js'
import type { Config, ConnectionSettings } from './config/config.js'
import { toConnectorError, type ConnectorError } from './domain/errors.js'
import type { Held } from './domain/notices.js'
import type { AskedFor } from './domain/requests.js'
import type { Run, Trigger } from './domain/run.js'
import type { MicrosoftConnection } from './graph/connect.js'
import { runChecks, type CheckReport } from './jobs/checks.js'
import { runOnce, type RunResult } from './jobs/runner.js'
import type { Log } from './logging/log.js'
import { withMicrosoft } from './microsoft.js'
import { notify } from './notify.js'
import { openPost } from './post.js'
import { probes } from './probes.js'
import { applyParked } from './signins/parked.js'
import { readSignIns } from './signins/run.js'
import { holderName } from './store/holder.js'
import { openStore as open } from './store/open.js'
import type { ConnectionStore, Store } from './store/port.js'
import { previewOf } from './store/preview.js'
import type { Progress, RunPart, RunWriter } from './store/run-writer.js'
import { syncDirectory } from './sync/run.js'
import { syncPerson } from './sync/single.js'

export interface SyncRequest {
  readonly trigger: Trigger
  readonly dryRun: boolean
  readonly full: boolean
  /** One person only: our id, an Entra object id or a UPN. */
  readonly who?: string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  readonly onChanges?: (part: RunPart) => void
}

export type { Answered, AskOptions }

/** What can be done with one connection, and its settings. */
export interface Connection extends ConnectionSettings {
  readonly store: ConnectionStore
  /** Throws `lease.held` and what the store throws before the run began; later failures are in the result. */
  sync(request: SyncRequest): Promise<RunResult>
  /** What an admin asks for people. Emails it owes are sent before it resolves, where they can be. */
  ask(request: AskedFor, who: readonly string[], options: AskOptions): Promise<Answered>
  /** Tells admins what is due of outages. Every run ends with it. False: something is still on its way. Never throws. */
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
    notify: (signal) => notify(running, { signal }),
    ask: (request, who, options) => askFor(running, request, who, options),
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

const CHECK_PATIENCE_MS = 8_000

/** Somebody is waiting for the answer. */
function impatient(config: Config): Config {
  const { connection } = config
  if (!connection.microsoft) return config
  const giveUpAfterMs = Math.min(connection.microsoft.giveUpAfterMs, CHECK_PATIENCE_MS)
  return { ...config, connection: { ...connection, microsoft: { ...connection.microsoft, giveUpAfterMs } } }
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
  if (!dryRun && !signal.aborted) await notify(running, { signal, held: heldIn(result) })
  return result
}

/** What admins are told of removals a run has newly held. */
function heldIn({ run }: RunResult): Held | null {
  return run.users.held === 0 ? null : { holdId: null, count: run.users.held, causes: [] }
}

async function runSync(running: Running, microsoft: MicrosoftConnection, request: SyncRequest): Promise<RunResult> {
  const { config, log, now } = running
  const store = request.dryRun ? await previewOf(running.store) : running.store
  const signInsWanted = microsoft.signIns !== null && request.who === undefined
  return runOnce({
    store,
    log,
    now,
    holder: holderName(),
    trigger: request.trigger,
    dryRun: request.dryRun,
    signal: request.signal,
    graph: (): Run['graph'] => microsoft.counters(),
    signIns: signInsWanted ? 'failed' : 'off',
    onProgress: request.onProgress,
    onChanges: request.onChanges,
    work,
  })

  async function work(writer: RunWriter): Promise<ConnectorError | null> {
    const { rules } = config.connection
    const options = { writer, source: microsoft.directory, rules, newId: () => uuid(), full: request.full }
    if (request.who !== undefined) {
      await syncPerson(options, request.who)
      return null
    }
    await syncDirectory(options)
    const signIns = microsoft.signIns ? await readSignIns(writer, microsoft.signIns) : null
    await applyParked(writer)
    const mail = await runPost(running, microsoft, writer)
    return signIns ?? mail
  }
}

/** The last part of a run: what is owed goes out, what came back is read. A dry run only says how many are owed. */
async function runPost(
  running: Running,
  microsoft: MicrosoftConnection,
  writer: RunWriter,
): Promise<ConnectorError | null> {
  const post = openPost({ ...running, microsoft: () => microsoft })
  try {
    if (writer.run.dryRun) {
      const reason = running.config.bounces ? 'A preview reads no delivery reports' : null
      const bounces = { ...writer.run.bounces, reason }
      writer.run = { ...writer.run, bounces, emails: { sent: 0, failed: 0, owed: await running.store.owed() } }
      return null
    }
    const onSent = (done: number): void => writer.progress({ phase: 'emails', done, total: null })
    const { mail, ...emails } = await post.deliver({ signal: writer.signal, onSent })
    writer.run = { ...writer.run, emails }
    writer.run = { ...writer.run, bounces: await post.readBounces(writer.signal) }
    return mail
  } finally {
    await post.close()
  }
}
