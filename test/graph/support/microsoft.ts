import type { MicrosoftConfig } from '../../../src/config/config.js'
import type { ErrorCode } from '../../../src/domain/errors.js'
import { ConnectorError } from '../../../src/domain/errors.js'
import type { Clock } from '../../../src/graph/clock.js'
import { connect, type ConnectOptions, type MicrosoftConnection } from '../../../src/graph/connect.js'
import type { GraphEvent } from '../../../src/graph/events.js'
import { serve, type Answer, type Received, type TestServer } from './server.js'

/** A tenant at Microsoft, small enough to say each answer by hand. */

export const TENANT_ID = '7d1f0c52-3b8e-4a61-9c0d-5e2a4f7b9c11'
export const CLIENT_ID = '2b9c6e70-51d4-4f38-a7e2-0c8d1b3f6a95'
export const SECRET = 'Sq8~not-a-real-secret.value'
export const APP_ID = '4345a7b9-9a63-4910-a426-35363201d503'
export const NOW = new Date('2026-11-20T08:00:00.000Z')

/** Time that passes only while somebody sleeps. */
export interface FakeClock extends Clock {
  readonly slept: number[]
  pass(ms: number): void
}

export function fakeClock(): FakeClock {
  let at = NOW.getTime()
  const slept: number[] = []
  return {
    slept,
    now: () => new Date(at),
    elapsedMs: () => at - NOW.getTime(),
    random: () => 0.5,
    pass: (ms) => {
      at += ms
    },
    sleep: (ms, signal) => {
      signal.throwIfAborted()
      slept.push(ms)
      at += ms
      return Promise.resolve()
    },
  }
}

export function jwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`
}

export interface Tenant {
  readonly server: TestServer
  readonly connection: MicrosoftConnection
  readonly clock: FakeClock
  readonly events: GraphEvent[]
  /** Requests to Graph, and those for tokens. */
  readonly graph: () => Received[]
  readonly signIns: () => Received[]
  /** Link below the version: `/users/delta`. */
  readonly link: (path: string) => string
  close(): Promise<void>
}

export interface TenantSetup {
  /** One answer for each request to Graph, in order; the last one stays. */
  readonly answers?: readonly Answer[]
  readonly graph?: (request: Received, nth: number) => Answer
  readonly token?: (request: Received, nth: number) => Answer
  readonly microsoft?: Partial<MicrosoftConfig>
  readonly options?: Partial<ConnectOptions>
  /** For what only real timers can show: the timeouts of an exchange, and being stopped. */
  readonly realTime?: true
}

export function tokenAnswer(nth: number, more: Readonly<Record<string, unknown>> = {}): Answer {
  const access_token = jwt({ tid: TENANT_ID, roles: ['User.Read.All'], nth })
  return { body: { token_type: 'Bearer', expires_in: 3599, access_token, ...more } }
}

export async function openTenant(setup: TenantSetup): Promise<Tenant> {
  const clock = fakeClock()
  const events: GraphEvent[] = []
  const { answers = [], token = (_: Received, nth: number) => tokenAnswer(nth) } = setup
  const inOrder = (_: Received, nth: number): Answer => answers[nth] ?? answers.at(-1) ?? { body: {} }
  const graph = setup.graph ?? inOrder
  const seen = { graph: 0, token: 0 }
  const server = await serve((request) =>
    isSignIn(request) ? token(request, seen.token++) : graph(request, seen.graph++),
  )
  const microsoft = configFor(server.origin, setup.microsoft)
  const connection = connect({
    microsoft,
    secrets: { clientSecret: SECRET, certificatePassword: null },
    network: NO_PROXIES,
    appIds: [APP_ID],
    ...(setup.realTime ? { now: () => new Date() } : { now: clock.now, clock }),
    onEvent: (event) => events.push(event),
    ...setup.options,
  })
  return {
    server,
    connection,
    clock,
    events,
    graph: () => server.received.filter((request) => !isSignIn(request)),
    signIns: () => server.received.filter(isSignIn),
    link: (path) => `${microsoft.graphUrl}${path}`,
    close: async () => {
      await connection.close()
      await server.close()
    },
  }
}

export const NO_PROXIES = { extraCaPath: null, httpProxy: null, httpsProxy: null, noProxy: null }

export function configFor(origin: string, more: Partial<MicrosoftConfig> = {}): MicrosoftConfig {
  return {
    tenantId: TENANT_ID,
    clientId: CLIENT_ID,
    credential: { kind: 'secret' },
    authorityHost: origin,
    graphUrl: `${origin}/v1.0`,
    giveUpAfterMs: 90_000,
    ...more,
  }
}

function isSignIn({ url }: Received): boolean {
  return /\/oauth2\/v2\.0\/token|openid-configuration/.test(url)
}

export const never = new AbortController().signal

export function errorBody(
  code: string,
  message = 'In Microsoft’s words.',
  inner: Record<string, unknown> = {},
): object {
  return { error: { code, message, innerError: { 'request-id': 'inner-request-id', ...inner } } }
}

/** The failure of a promise that must fail, as one of ours. */
export async function failureOf(asked: Promise<unknown>, code?: ErrorCode): Promise<ConnectorError> {
  let answer: unknown
  try {
    answer = await asked
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    if (code !== undefined && error.code !== code) throw new Error(`${error.code} instead of ${code}: ${error.message}`)
    return error
  }
  throw new Error(`succeeded with ${JSON.stringify(answer)}`)
}

/** Runs a test with a tenant of its own. */
export async function withTenant(setup: TenantSetup, test: (tenant: Tenant) => Promise<void>): Promise<void> {
  const tenant = await openTenant(setup)
  try {
    await test(tenant)
  } finally {
    await tenant.close()
  }
}
