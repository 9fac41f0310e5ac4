import { createHash, randomBytes } from 'node:crypto'
import type { MicrosoftConfig } from '../../../src/config/config.js'
import { codeFlow } from '../../../src/graph/code-flow.js'
import type { ExchangeRequest } from '../../../src/graph/exchange.js'
import { openNetwork } from '../../../src/graph/network.js'
import { words } from '../../../src/graph/words.js'
import type { CodeRedemption, IdentityProvider, MicrosoftIdentity } from '../../../src/login/identity-provider.js'
import { startSimulator, type Simulator, type SimulatorOptions } from '../../../src/simulator/server.js'
import { configFor, fakeClock, NO_PROXIES, type FakeClock } from './microsoft.js'

export const REDIRECT_URI = 'http://localhost:8080/login/microsoft/callback'

/** A simulated tenant and what logs people in there. */
export interface LoginTenant {
  readonly simulator: Simulator
  readonly provider: IdentityProvider
  readonly clock: FakeClock
  /** A code for somebody, and what belongs to it. */
  code(index?: number): Promise<CodeRedemption>
  logIn(index?: number): Promise<MicrosoftIdentity>
  /** How many requests of this kind the authority has seen: `POST token`. */
  asked(kind: string): number
}

export const KEYS = 'GET discovery/v2.0/keys'
export const DISCOVERY = 'GET v2.0/.well-known/openid-configuration'
export const TOKEN = 'POST token'

export interface LoginSetup {
  readonly simulator?: SimulatorOptions
  readonly microsoft?: Partial<MicrosoftConfig>
  readonly limitMs?: number
  readonly extraCaPath?: string
  /** Between the provider and the network. */
  readonly through?: (request: ExchangeRequest, origin: string) => ExchangeRequest
}

/** Runs a test with a tenant of its own. */
export async function withLogins(setup: LoginSetup, test: (tenant: LoginTenant) => Promise<void>): Promise<void> {
  const clock = fakeClock()
  const simulator = await startSimulator({ users: 3, now: clock.now, ...setup.simulator })
  const network = openNetwork({ ...NO_PROXIES, extraCaPath: setup.extraCaPath ?? null })
  const secrets = { clientSecret: simulator.settings().AZURE_CLIENT_SECRET, certificatePassword: null }
  const provider = codeFlow({
    microsoft: configFor(simulator.url, setup.microsoft),
    secrets,
    exchange: (request) => network.exchange(setup.through?.(request, simulator.url) ?? request),
    words: words(secrets.clientSecret),
    now: clock.now,
    ...(setup.limitMs === undefined ? {} : { limitMs: setup.limitMs }),
  })
  const code = async (index = 1): Promise<CodeRedemption> => {
    const [nonce, codeVerifier] = [secret(), secret()]
    const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url')
    const url = await provider.authorizationUrl({ state: secret(), nonce, codeChallenge, redirectUri: REDIRECT_URI })
    return { code: simulatedCode(simulator, url, index), nonce, codeVerifier, redirectUri: REDIRECT_URI }
  }
  const asked = (kind: string): number => simulator.requests.counts.get(kind) ?? 0
  const logIn = async (index?: number): Promise<MicrosoftIdentity> => provider.redeem(await code(index))
  try {
    await test({ simulator, provider, clock, code, logIn, asked })
  } finally {
    await network.close()
    await simulator.close()
  }
}

/** Without the detour through a socket, so that a private certificate is the provider's business alone. */
function simulatedCode({ logins, directory }: Simulator, url: string, index: number): string {
  const { pathname, search, searchParams } = new URL(url)
  logins.plan({ person: directory.byIndex(index).id })
  const answer = logins.authorize({
    at: new Date(),
    method: 'GET',
    path: pathname,
    search: search.slice(1),
    query: new Map([...searchParams].map(([name, value]) => [name.toLowerCase(), value])),
    headers: {},
    requestId: 'request',
    clientRequestId: 'client-request',
  })
  const code = new URL(answer.headers['Location'] ?? '').searchParams.get('code')
  if (code === null) throw new Error('no code')
  return code
}

function secret(): string {
  return randomBytes(32).toString('base64url')
}
