import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { jsonAnswer } from './answer.js'
import { answerExchange } from './answering.js'
import type { Parts } from './tenant.js'
import { TurnedClock } from './clock.js'
import { DeltaFeed } from './delta.js'
import { Directory } from './directory.js'
import { readExchange } from './exchange.js'
import { Faults } from './faults.js'
import { GroupDeltaFeed } from './group-delta.js'
import { Groups } from './groups.js'
import { Logins } from './logins.js'
import { Mailboxes } from './mailboxes.js'
import { Outbox } from './outbox.js'
import { send } from './fault-wire.js'
import { RequestLog } from './requests.js'
import { ResourceUnits } from './resource-units.js'
import { SignInLog } from './sign-ins.js'
import { SigningKeys } from './signing-keys.js'
import { TokenEndpoint } from './token.js'

export interface SimulatorOptions {
  readonly tenantId?: string
  readonly domain?: string
  readonly clientId?: string
  readonly clientSecret?: string
  /** PEM of the public certificate whose client assertions are taken. */
  readonly certificate?: string
  readonly federatedAssertions?: readonly string[]
  /** Addresses people may be sent back to after a login, besides those on loopback. */
  readonly redirectUris?: readonly string[]
  /** What an administrator has consented to. Default: `User.Read.All` and `AuditLog.Read.All`. */
  readonly roles?: readonly string[]
  /** Application id of the intranet, whose sign-ins count. */
  readonly intranetAppId?: string
  /** People at the start. Default 40. */
  readonly users?: number
  readonly seed?: number
  /** Objects per delta page. Default 200. */
  readonly pageSize?: number
  readonly now?: () => Date
  /** PEM. With it the simulator speaks https. */
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly port?: number
  /** Keep initial pages serialised: for measuring others, not the simulator. */
  readonly prebuilt?: boolean
  /** Compress answers for callers that accept gzip, as Graph does. */
  readonly gzip?: boolean
}

export type SimulatorSettings = Readonly<
  Record<
    | 'AZURE_TENANT_ID'
    | 'AZURE_CLIENT_ID'
    | 'AZURE_CLIENT_SECRET'
    | 'AZURE_AUTHORITY_HOST'
    | 'GRAPH_BASE_URL'
    | 'AHEAD_APP_ID',
    string
  >
>

/** A small Microsoft on this machine: one tenant with its tokens and logins, its directory, sign-in log and mailboxes. */
export interface Simulator extends Parts {
  /** Origin of both the authority and Graph. */
  readonly url: string
  readonly seed: number
  readonly now: () => Date
  /** The environment of a connector to this tenant. */
  settings(): SimulatorSettings
  /** `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`, as a managed identity finds them. */
  managedIdentitySettings(): Readonly<Record<'IDENTITY_ENDPOINT' | 'IDENTITY_HEADER', string>>
  close(): Promise<void>
}

/** What has a default is there; the rest as given. */
type Chosen = SimulatorOptions & { readonly [name in keyof typeof DEFAULTS]: NonNullable<SimulatorOptions[name]> }

const DEFAULTS = {
  tenantId: '7d1f0c52-3b8e-4a61-9c0d-5e2a4f7b9c11',
  domain: 'contoso.example',
  clientId: '2b9c6e70-51d4-4f38-a7e2-0c8d1b3f6a95',
  clientSecret: 'simulated-secret~not-a-real-one',
  roles: ['User.Read.All', 'AuditLog.Read.All'],
  intranetAppId: '4345a7b9-9a63-4910-a426-35363201d503',
  users: 40,
  seed: 1,
  pageSize: 200,
  now: () => new Date(),
}

/** Idle connections stay open long enough for no caller to run into one that is just being closed. */
const KEEP_ALIVE_MS = 120_000

/** Starts on a loopback port, a free one unless told. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const clock = new TurnedClock(options.now ?? DEFAULTS.now)
  const chosen: Chosen = { ...DEFAULTS, ...options, now: clock.now }
  let url = ''
  const parts = makeParts(chosen, clock, () => url)
  const server = chosen.tls ? createHttpsServer(chosen.tls) : createHttpServer()
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.on(
    'request',
    (request: IncomingMessage, response: ServerResponse) => void serve(parts, chosen.now, request, response),
  )
  const port = await listen(server, chosen.port ?? 0)
  url = `${chosen.tls ? 'https' : 'http'}://127.0.0.1:${port}`
  return Object.assign(parts, {
    url,
    seed: chosen.seed,
    now: chosen.now,
    settings: () => ({
      AZURE_TENANT_ID: chosen.tenantId,
      AZURE_CLIENT_ID: chosen.clientId,
      AZURE_CLIENT_SECRET: chosen.clientSecret,
      AZURE_AUTHORITY_HOST: url,
      GRAPH_BASE_URL: url,
      AHEAD_APP_ID: chosen.intranetAppId,
    }),
    managedIdentitySettings: () => ({
      IDENTITY_ENDPOINT: `${url}/msi/token`,
      IDENTITY_HEADER: parts.tokens.identityHeader,
    }),
    close: () => close(server),
  })
}

function makeParts(chosen: Chosen, clock: TurnedClock, origin: () => string): Parts {
  const { tenantId, domain, seed, now, users, pageSize } = chosen
  const directory = new Directory({ users, seed, domain, now })
  const key = createHash('sha256').update(`${tenantId} ${seed}`).digest('hex')
  const shared = { origin, now, tenantId, domain }
  const signIns = new SignInLog(directory, { seed, appId: chosen.intranetAppId, now })
  const keys = new SigningKeys()
  const logins = new Logins({ ...chosen, ...shared }, { directory, signIns, keys })
  const groups = new Groups({ directory, seed, now })
  const mailboxes = new Mailboxes({ directory, domain, now })
  return {
    ...shared,
    clock,
    directory,
    delta: new DeltaFeed(directory, { origin, now, pageSize, key, prebuilt: chosen.prebuilt ?? false }),
    groups,
    groupDelta: new GroupDeltaFeed(groups, { origin, now, pageSize, key }),
    units: new ResourceUnits(),
    signIns,
    tokens: new TokenEndpoint({ ...chosen, ...shared, redeem: (form) => logins.redeem(form) }),
    logins,
    keys,
    mailboxes,
    outbox: new Outbox(mailboxes),
    faults: new Faults(),
    requests: new RequestLog(),
    licence: 'p1',
    latencyMs: 0,
    gzip: chosen.gzip ?? false,
  }
}

async function serve(parts: Parts, now: () => Date, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await answerExchange(parts, readExchange(request, now()), request, response)
  } catch (error) {
    if (response.headersSent) return void response.destroy()
    const message = error instanceof Error ? error.message : String(error)
    send(response, jsonAnswer(500, { error: { code: 'SimulatorFault', message } }), null)
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** Hanging callers are let go at once. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
