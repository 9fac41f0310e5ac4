import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApps, type Connection } from '../../src/app.js'
import type { ConnectionSettings } from '../../src/config/config.js'
import { readConfig } from '../../src/config/read.js'
import { startDaemon, type Daemon } from '../../src/daemon.js'
import type { RunResult } from '../../src/jobs/runner.js'
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/server.js'
import { freePort, ON_MONGO, recorder, type LogLine } from './tenant.js'

export const TENANTS: Readonly<Record<string, string>> = {
  north: 'aaaaaaaa-3b8e-4a61-9c0d-5e2a4f7b9c11',
  south: 'bbbbbbbb-3b8e-4a61-9c0d-5e2a4f7b9c11',
}

/** The entry of `config/connections.json` for a simulated tenant; its secret is the variable of its name. */
export function entryFor(name: string, simulator: Simulator): Readonly<Record<string, unknown>> {
  const settings = simulator.settings()
  return {
    name,
    tenantId: settings.AZURE_TENANT_ID,
    clientId: settings.AZURE_CLIENT_ID,
    clientSecret: { env: `SECRET_OF_${name.toUpperCase()}` },
    authorityHost: settings.AZURE_AUTHORITY_HOST,
    graphBaseUrl: settings.GRAPH_BASE_URL,
    aheadAppId: settings.AHEAD_APP_ID,
    mailUrl: `file:outbox-${name}`,
  }
}

/** Two tenants in which the same people have the same object ids and user names: nothing but the connection tells them apart. */
export interface Installation {
  readonly directory: string
  readonly north: Connection
  readonly south: Connection
  readonly simulators: { readonly north: Simulator; readonly south: Simulator }
  readonly log: LogLine[]
  sync(name: 'north' | 'south'): Promise<RunResult>
  /** On a free port of this machine; `over` is added to the entries of both, or of one. */
  serve(options?: { readonly schedule?: boolean; readonly over?: Over; readonly env?: Env }): Promise<Daemon>
  close(): Promise<void>
}
type Env = Readonly<Record<string, string>>
type Entry = Readonly<Record<string, unknown>>
export interface Over {
  readonly north?: Entry | ((port: number) => Entry)
  readonly south?: Entry | ((port: number) => Entry)
}

export async function anInstallation(options: SimulatorOptions = {}): Promise<Installation> {
  const start = (name: string): Promise<Simulator> =>
    startSimulator({ users: 6, pageSize: 5, tenantId: TENANTS[name] ?? '', ...options })
  const simulators = { north: await start('north'), south: await start('south') }
  const directory = await mkdtemp(join(tmpdir(), 'installation-'))
  await mkdir(join(directory, 'config'))
  const database = ON_MONGO ? await (await import('./mongo.js')).testDatabase() : null
  const log: LogLine[] = []
  const stop = new AbortController()
  const daemons: Daemon[] = []

  async function open(env: Env, over: Over = {}, port = 0) {
    const entries = (['north', 'south'] as const).map((name) => {
      const own = over[name] ?? {}
      return { ...entryFor(name, simulators[name]), ...(typeof own === 'function' ? own(port) : own) }
    })
    await writeFile(join(directory, 'config', 'connections.json'), JSON.stringify(entries))
    const secret = simulators.north.settings().AZURE_CLIENT_SECRET
    const base = {
      STORE_URL: database?.url ?? 'sqlite:connector.db',
      GIVE_UP_AFTER: '3s',
      SECRET_OF_NORTH: secret,
      SECRET_OF_SOUTH: secret,
    }
    const read = readConfig({ env: { ...base, ...env }, cwd: directory, tty: false, needs: 'microsoft' })
    if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
    const [first, ...others] = read.connections as [ConnectionSettings, ...ConnectionSettings[]]
    return openApps({ connections: [first, ...others], log: recorder(log) })
  }

  let apps = await open({})
  const installation: Installation = {
    directory,
    simulators,
    log,
    get north() {
      return apps.connections[0]
    },
    get south() {
      return apps.connections[1]!
    },
    sync: (name) =>
      installation[name].sync({ trigger: 'manual', dryRun: false, full: false, signal: new AbortController().signal }),
    async serve({ schedule = false, over = {}, env = {} } = {}) {
      const port = await freePort()
      await apps.close()
      apps = await open({ PORT: String(port), PUBLIC_URL: `http://localhost:${port}`, ...env }, over, port)
      const daemon = await startDaemon(apps.connections, { log: recorder(log), signal: stop.signal }, { schedule })
      daemons.push(daemon)
      return daemon
    },
    async close() {
      stop.abort()
      for (const daemon of daemons) await daemon.close()
      await apps.close()
      await database?.drop()
      await simulators.north.close()
      await simulators.south.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return installation
}
