import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApp, type App, type AppParts, type SyncRequest } from '../../src/app.js'
import { readConfig } from '../../src/config/read.js'
import { startDaemon, type Daemon } from '../../src/daemon.js'
import type { RunResult } from '../../src/jobs/runner.js'
import type { Log, LogFields } from '../../src/logging/log.js'
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/server.js'
import type { User } from '../../src/domain/user.js'
import { walk } from '../../src/store/walk.js'

/** A simulated tenant and a connector to it in this process: real sockets, a real SQLite file, a folder of its own. */
export interface Tenant {
  readonly simulator: Simulator
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  readonly app: App
  readonly log: LogLine[]
  sync(over?: Partial<SyncRequest>): Promise<RunResult>
  /** Opens the store anew, as another process would, with other settings. */
  reopen(env?: Readonly<Record<string, string>>): Promise<void>
  /** The server, the pages and what is done between runs, in this process; no schedule. `app` has its settings too. */
  serve(env?: Readonly<Record<string, string>>): Promise<Daemon>
  everyone(): Promise<User[]>
  person(idOrUpn: string): Promise<User | undefined>
  close(): Promise<void>
}

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: LogFields
}

/** The same tests on the other store: `TEST_STORE=mongodb`, with TEST_MONGO_URL. */
export const ON_MONGO = process.env['TEST_STORE'] === 'mongodb'

/** A clock that only moves when told. */
export class Clock {
  constructor(public at: Date = new Date()) {}

  readonly now = (): Date => new Date(this.at)

  advance(ms: number): void {
    this.at = new Date(this.at.getTime() + ms)
  }
}

export async function aTenant(
  options: SimulatorOptions & { readonly env?: Readonly<Record<string, string>>; readonly clock?: Clock } = {},
): Promise<Tenant> {
  const { env: over, clock, ...simulated } = options
  const simulator = await startSimulator({ users: 12, pageSize: 5, ...(clock ? { now: clock.now } : {}), ...simulated })
  const directory = await mkdtemp(join(tmpdir(), 'tenant-'))
  const log: LogLine[] = []
  const database = ON_MONGO ? await (await import('./mongo.js')).testDatabase() : null
  const base = {
    ...simulator.settings(),
    STORE_URL: database?.url ?? 'sqlite:connector.db',
    GIVE_UP_AFTER: '3s',
    ...over,
  }
  const partsOf = (env: Readonly<Record<string, string>>): AppParts => {
    const read = readConfig({ env, cwd: directory, tty: false, needs: 'microsoft' })
    if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
    const { config, secrets } = read
    return { config, secrets, log: recorder(log), ...(clock ? { now: clock.now } : {}) }
  }
  const open = (env: Readonly<Record<string, string>>): Promise<App> => openApp(partsOf(env))
  const daemons: Daemon[] = []
  const stop = new AbortController()
  let app = await open(base)
  const tenant = {
    simulator,
    directory,
    env: base,
    log,
    get app() {
      return app
    },
    sync: (request: Partial<SyncRequest> = {}) =>
      app.sync({ trigger: 'manual', dryRun: false, full: false, signal: new AbortController().signal, ...request }),
    async reopen(env: Readonly<Record<string, string>> = {}) {
      await app.close()
      app = await open({ ...base, ...env })
    },
    async serve(env: Readonly<Record<string, string>> = {}) {
      const port = String(await freePort())
      const own = partsOf({ ...base, PORT: port, PUBLIC_URL: `http://localhost:${port}`, ...env })
      await app.close()
      app = await openApp(own)
      const daemon = await startDaemon([app], { ...own, signal: stop.signal }, { schedule: false })
      daemons.push(daemon)
      return daemon
    },
    everyone: () => everyone(app),
    person: async (who: string) => (await app.store.find(who))[0],
    async close() {
      stop.abort()
      for (const daemon of daemons) await daemon.close()
      await app.close()
      await database?.drop()
      await simulator.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return tenant
}

async function everyone({ store }: App): Promise<User[]> {
  const all: User[] = []
  for await (const users of walk(store)) all.push(...users)
  return all
}

export function recorder(lines: LogLine[]): Log {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields })
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return log
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
