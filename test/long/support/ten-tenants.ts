import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openApps, type Apps, type Connection } from '../../../src/app.js'
import type { ConnectionSettings } from '../../../src/config/config.js'
import { readConfig } from '../../../src/config/read.js'
import type { Log } from '../../../src/logging/log.js'
import { startSimulator, type Simulator } from '../../../src/simulator/server.js'
import { aFolder, type Env, type Folder } from '../../support/command.js'
import { entryFor } from '../../support/installation.js'
import { silent } from '../../support/log.js'
import { quickUpdates, testDatabase, type TestDatabase } from '../../support/mongo.js'
import { recorder, type LogLine } from '../../support/tenant.js'
import { smtpSink, type SmtpSink } from './smtp-sink.js'

/** An installation of ten connections on one MongoDB, to be served by several processes; and what one alone makes of them. */
export interface TenTenants {
  readonly database: TestDatabase
  readonly folder: Folder
  readonly tenants: readonly SharedTenant[]
  /** What the last ones have logged. */
  readonly log: readonly LogLine[]
  close(): Promise<void>
}

/** One of them. All have the same people: nothing but the connection tells them apart. */
export interface SharedTenant {
  readonly name: string
  readonly simulator: Simulator
  readonly sink: SmtpSink
  /** Whoever asks for something in the shared store; sends no emails. */
  readonly desk: Connection
  /** Works on the shared store as those processes do, when they are gone. */
  readonly last: Connection
  /** A process that nobody disturbs, with a store of its own. */
  readonly undisturbed: Connection
  /** Object ids of people who can be moved to ahead login. */
  readonly movable: readonly string[]
}

export const PEOPLE = 40
/** Those after them are never disabled or deleted, so that what is asked for them is never refused. */
export const COME_AND_GO = 20
const TICK_MS = 5_000
const COUNT = 10
const LATENCY_MS = 80
const MAIL_MS = 150

export async function openTenTenants(): Promise<TenTenants> {
  const names = Array.from({ length: COUNT }, (_, n) => `tenant${n}`)
  const simulators = await Promise.all(names.map((_, n) => aSimulator(n)))
  const sinks = await Promise.all(names.map(() => smtpSink(MAIL_MS)))
  const database = await testDatabase()
  const secrets = names.map((name, n) => [
    `SECRET_OF_${name.toUpperCase()}`,
    simulators[n]!.settings().AZURE_CLIENT_SECRET,
  ])
  const env = {
    ...(Object.fromEntries(secrets) as Env),
    STORE_URL: database.url,
    ONBOARDING_SEND: 'on-enable',
    GIVE_UP_AFTER: '30s',
    // How many removals fall into seven days depends on who was read when: whoever comes and goes between two runs is none.
    REMOVAL_LIMIT_COUNT: '1000000',
    MAIL_FROM: 'intranet@contoso.example',
    LOG_FORMAT: 'json',
    PORT: '0',
    SYNC_SCHEDULE: `*/${TICK_MS / 1000} * * * * *`,
  }
  const folder = await aFolder(env)
  const alone = join(folder.path, 'alone')
  const entries = names.map((name, n) => entryFor(name, simulators[n]!))
  await writeConnections(
    folder.path,
    entries.map((entry, n) => ({ ...entry, mailUrl: `smtp://127.0.0.1:${sinks[n]!.port}` })),
  )
  await writeConnections(alone, entries)
  const log: LogLine[] = []
  const desks = await open({ ...env, EMAIL_ENABLED: 'false' }, folder.path)
  const lasts = await open(env, folder.path, recorder(log))
  const undisturbed = await open({ ...env, STORE_URL: 'sqlite:connector.db' }, alone)
  const tenants: SharedTenant[] = []
  for (const [n, name] of names.entries()) {
    const [simulator, sink] = [simulators[n]!, sinks[n]!]
    const [desk, last, other] = [desks.connections[n]!, lasts.connections[n]!, undisturbed.connections[n]!]
    await syncWell(other)
    await syncWell(desk)
    tenants.push({ name, simulator, sink, desk, last, undisturbed: other, movable: await movableIn(simulator, desk) })
  }
  await quickUpdates(database)
  return {
    database,
    folder,
    tenants,
    log,
    async close() {
      for (const apps of [desks, lasts]) await apps.close()
      await undisturbed.close()
      await folder.remove()
      for (const simulator of simulators) await simulator.close()
      for (const sink of sinks) await sink.close()
      await database.drop()
    },
  }
}

async function aSimulator(n: number): Promise<Simulator> {
  const tenantId = `${String(n).repeat(8)}-3b8e-4a61-9c0d-5e2a4f7b9c11`
  const simulator = await startSimulator({ users: PEOPLE, pageSize: 10, seed: 5, tenantId })
  simulator.latencyMs = LATENCY_MS
  return simulator
}

async function writeConnections(cwd: string, entries: readonly object[]): Promise<void> {
  await mkdir(join(cwd, 'config'), { recursive: true })
  await writeFile(join(cwd, 'config', 'connections.json'), JSON.stringify(entries))
}

function open(env: Env, cwd: string, log: Log = silent): Promise<Apps> {
  const read = readConfig({ env, cwd, tty: false, needs: 'microsoft' })
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  const [first, ...others] = read.connections as [ConnectionSettings, ...ConnectionSettings[]]
  return openApps({ connections: [first, ...others], log })
}

async function movableIn({ directory }: Simulator, { store }: Connection): Promise<string[]> {
  const movable: string[] = []
  for (let index = COME_AND_GO; index < PEOPLE; index += 1) {
    const { id } = directory.byIndex(index)
    const [user] = await store.find(id)
    if (user?.account === 'active' && user.mail !== null) movable.push(id)
  }
  return movable
}

export const never = new AbortController().signal

export async function syncWell(connection: Connection): Promise<void> {
  const { error } = await connection.sync({ trigger: 'manual', dryRun: false, full: false, signal: never })
  if (error) throw error
}
