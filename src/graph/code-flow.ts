import { randomUUID } from 'node:crypto'
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import { ConnectorError, WAIT } from '../domain/errors.js'
import type { CodeRedemption, IdentityProvider, MicrosoftIdentity } from '../login/identity-provider.js'
import { loginClient, type LoginClient, type LoginWait } from './confidential-client.js'
import type { CredentialSetup } from './credential.js'
import { identityIn, refused } from './id-token.js'
import { idTokenKeys } from './id-token-keys.js'
import { incomplete } from './network-failure.js'
import { sentBack } from './refusals.js'
import { documentAt, tenantIssuer, type TenantIssuer } from './tenant-issuer.js'

export interface CodeFlowSetup extends CredentialSetup {
  /** How long Microsoft has for one login, in ms. */
  readonly limitMs?: number
}

const LIMIT_MS = 10_000
const ISSUER_KEPT_MS = 24 * 60 * 60_000
const SCOPES = ['openid', 'profile', 'email']

/** The tenant's keys and the name of its issuer, as last heard. */
interface Heard extends TenantIssuer {
  readonly keys: JWTVerifyGetKey
  readonly at: number
}

/**
 * Authorization code with PKCE through msal; what comes back is verified by us. Nothing of one login is kept for the
 * next but Microsoft's keys and the name of the issuer, so no failure reaches anybody else.
 */
export function codeFlow(setup: CodeFlowSetup): IdentityProvider {
  const { now, words, microsoft, limitMs = LIMIT_MS } = setup
  const { host } = new URL(microsoft.authorityHost)
  let heard: Heard | null = null

  async function issuerFor({ attempt }: LoginClient, wait: LoginWait): Promise<Heard> {
    if (heard && now().getTime() - heard.at < ISSUER_KEPT_MS) return heard
    const found = await tenantIssuer({ exchange: setup.exchange, attempt, ...wait })
    const known = heard?.keysUrl === found.keysUrl && heard.tenantId === found.tenantId ? heard.keys : null
    // Whoever needs them waits for the same request, so it has a time of its own.
    const load = (): Promise<JSONWebKeySet> =>
      withinLimit({ limitMs, host }, async (own) => {
        const document = await documentAt(found.keysUrl, { exchange: setup.exchange, attempt, ...own })
        const { keys } = document
        if (!Array.isArray(keys)) throw incomplete({ words: `${host} sent no keys` })
        return { keys: keys as JSONWebKeySet['keys'] }
      })
    heard = { ...found, keys: known ?? idTokenKeys({ load, tenantId: found.tenantId, now }), at: now().getTime() }
    return heard
  }

  async function redeem(redemption: CodeRedemption, wait: LoginWait): Promise<MicrosoftIdentity> {
    const { code, codeVerifier, nonce, redirectUri } = redemption
    words.hide(code)
    words.hide(codeVerifier)
    const client = await loginClient(setup, wait)
    const issuer = await issuerFor(client, wait)
    const correlationId = randomUUID()
    const token = await idTokenFor(client, { code, codeVerifier, nonce, redirectUri, correlationId })
    const { clientId } = client
    return identityIn(token, { issuer, clientId, nonce, keys: issuer.keys, now, correlationId })
  }

  return {
    authorizationUrl: async ({ state, nonce, codeChallenge, redirectUri }) => {
      const { app } = await loginClient(setup, { signal: new AbortController().signal, timeoutMs: limitMs })
      return app.getAuthCodeUrl({
        scopes: SCOPES,
        redirectUri,
        state,
        nonce,
        codeChallenge,
        codeChallengeMethod: 'S256',
        responseMode: 'query',
      })
    },
    refusal: async (error, code) => {
      const { attempt } = await loginClient(setup, { signal: new AbortController().signal, timeoutMs: limitMs })
      return sentBack(error, code, attempt)
    },
    redeem: (redemption) => withinLimit({ limitMs, host }, (wait) => redeem(redemption, wait)),
  }
}

async function idTokenFor(
  { app, failure }: LoginClient,
  request: CodeRedemption & { readonly correlationId: string },
): Promise<string> {
  try {
    const { idToken } = await app.acquireTokenByCode({ ...request, scopes: SCOPES })
    return idToken
  } catch (error) {
    // msal refuses an id token it cannot read, or with another nonce.
    throw failure() ?? refused(labelOf(error), request.correlationId)
  }
}

function labelOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'errorCode' in error ? error.errorCode : null
  return typeof code === 'string' && /^[\w-]{1,60}$/.test(code) ? code : 'unreadable'
}

/** Everything `work` asks Microsoft is given up when the time is over. */
async function withinLimit<T>(
  { limitMs, host }: { readonly limitMs: number; readonly host: string },
  work: (wait: LoginWait) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  const over = (): void =>
    stop.abort(
      new ConnectorError('graph.unreachable', {
        message: `${host} did not answer within ${Math.round(limitMs / 1000)} s`,
        remedy: WAIT,
      }),
    )
  const timer = setTimeout(over, limitMs)
  try {
    return await Promise.race([work({ signal: stop.signal, timeoutMs: limitMs }), aborted(stop.signal)])
  } finally {
    clearTimeout(timer)
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
