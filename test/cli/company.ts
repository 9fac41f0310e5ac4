import { openApp, type SyncRequest } from '../../src/app.js'
import { readConfig } from '../../src/config/read.js'
import type { RunResult } from '../../src/jobs/runner.js'
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/server.js'
import type { UserView } from '../../src/domain/view.js'
import { aFolder, type Env, type Folder } from '../support/command.js'
import { silent } from '../support/log.js'

/** A simulated tenant of 30 people and a folder whose command is set up for it. */
export interface Company extends Folder {
  readonly simulator: Simulator
  /** A run in this process: quicker, where the command is not what is looked at. */
  sync(request?: Partial<SyncRequest>, env?: Env): Promise<RunResult>
  close(): Promise<void>
}

export async function aCompany(env: Env = {}, options: SimulatorOptions = {}): Promise<Company> {
  const simulator = await startSimulator({ users: 30, pageSize: 10, ...options })
  const folder = await aFolder({
    ...simulator.settings(),
    STORE_URL: 'sqlite:connector.db',
    GIVE_UP_AFTER: '2s',
    ...env,
  })
  return {
    ...folder,
    simulator,
    sync: (request = {}, more = {}) => syncHere(folder.path, { ...folder.env, ...more }, request),
    close: async () => {
      await folder.remove()
      await simulator.close()
    },
  }
}

async function syncHere(cwd: string, env: Env, request: Partial<SyncRequest>): Promise<RunResult> {
  const read = readConfig({ env, cwd, tty: false, needs: 'microsoft' })
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join(' '))
  const app = await openApp({ config: read.config, secrets: read.secrets, log: silent })
  const { signal } = new AbortController()
  try {
    return await app.sync({ trigger: 'manual', dryRun: false, full: false, signal, ...request })
  } finally {
    await app.close()
  }
}

/** For one test, however it ends. */
export async function withCompany(
  env: Env,
  options: SimulatorOptions,
  test: (company: Company) => Promise<void>,
): Promise<void> {
  const company = await aCompany(env, options)
  try {
    await test(company)
  } finally {
    await company.close()
  }
}

/** Another folder set up for the same tenant: a store of its own. */
export function anotherFolder({ env }: Company, more: Env = {}): Promise<Folder> {
  return aFolder({ ...env, ...more })
}

export async function everyone(folder: Folder, env: Env = {}): Promise<UserView[]> {
  const { json } = await folder.run(['users', 'list', '--limit', '1000', '--json'], env)
  return json['users'] as UserView[]
}

/** Names nobody should trust a terminal with: colours, a cleared screen, a line turned around, several lines. */
export const TRAPS = {
  colours: '\u001b[31mRed\u001b[0m \u009b2J',
  turned: 'Ann\u202egpj.exe',
  lines: 'two\nlines\u2028and\u0085more',
} as const
