import { openStore } from '../../src/store/open.js'
import type { ConnectionStore } from '../../src/store/port.js'
import type { MicrosoftConfig } from '../../src/config/config.js'
import type { User } from '../../src/domain/user.js'
import { connect } from '../../src/graph/connect.js'
import type { Log, LogFields } from '../../src/logging/log.js'
import type { MicrosoftLogin, MicrosoftResult, MicrosoftReturn } from '../../src/login/door.js'
import { microsoftLogin, type MicrosoftLoginOptions } from '../../src/login/microsoft.js'
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/server.js'
import { configFor, NO_PROXIES } from '../graph/support/microsoft.js'
import { begin, Clock, person, tempFolder, type Writing } from '../store/support.js'

export const REDIRECT_URI = 'http://localhost:8080/login/microsoft/callback'

/** A simulated tenant, a store on disk and the login between them. */
export interface Company {
  readonly simulator: Simulator
  readonly store: ConnectionStore
  readonly clock: Clock
  readonly login: MicrosoftLogin
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields }[]
  /** Somebody of the simulated tenant, and of the store. */
  employ(index: number, over?: Partial<User>): Promise<User>
  /** Begins, goes to Microsoft as this person, and comes back in the same browser. */
  logIn(index: number): Promise<MicrosoftResult>
  close(): Promise<void>
}

export interface CompanySetup extends SimulatorOptions {
  readonly microsoft?: Partial<MicrosoftConfig>
  readonly login?: Partial<MicrosoftLoginOptions>
}

export async function aCompany({ microsoft, login, ...options }: CompanySetup = {}): Promise<Company> {
  const clock = new Clock()
  const simulator = await startSimulator({ users: 5, now: clock.now, ...options })
  const folder = tempFolder()
  const opened = await openStore({ kind: 'sqlite', path: `${folder.path}/connector.db` }, { now: clock.now })
  const settings = simulator.settings()
  const connection = connect({
    microsoft: configFor(simulator.url, { tenantId: settings.AZURE_TENANT_ID, ...microsoft }),
    secrets: { clientSecret: settings.AZURE_CLIENT_SECRET, certificatePassword: null },
    network: NO_PROXIES,
    appIds: [],
    now: clock.now,
  })
  const store = opened.of('default')
  const lines: Company['lines'] = []
  const ours = microsoftLogin({
    provider: connection.logins(),
    store,
    admit: () => Promise.resolve(null),
    redirectUri: REDIRECT_URI,
    now: clock.now,
    log: recorder(lines),
    ...login,
  })
  let writing: Writing | null = null
  return {
    simulator,
    store,
    clock,
    login: ours,
    lines,
    async employ(index, over = {}) {
      writing ??= await begin(opened)
      const user = person(index, { entraObjectId: simulator.directory.byIndex(index).id, ...over })
      await writing.create(user)
      return user
    },
    async logIn(index) {
      const { url, browser } = await ours.begin()
      return ours.finish(await comeBack(url, simulator.directory.byIndex(index).id), browser)
    },
    async close() {
      await connection.close()
      await simulator.close()
      await opened.close()
      folder.remove()
    },
  }
}

/** What a browser does at Microsoft: somebody is chosen, and it is sent back. */
export async function comeBack(url: string, who?: string): Promise<MicrosoftReturn> {
  const hint = who === undefined ? '' : `&login_hint=${encodeURIComponent(who)}`
  const answer = await fetch(`${url}${hint}`, { redirect: 'manual' })
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`Nobody was sent back: ${await answer.text()}`)
  if (!location.startsWith(REDIRECT_URI)) throw new Error(`Somebody was sent to ${location}`)
  const { searchParams } = new URL(location)
  return {
    code: searchParams.get('code'),
    state: searchParams.get('state'),
    error: searchParams.get('error'),
    errorDescription: searchParams.get('error_description'),
  }
}

function recorder(lines: Company['lines']): Log {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields })
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return log
}
