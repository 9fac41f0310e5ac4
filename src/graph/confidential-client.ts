import { createPrivateKey, X509Certificate } from 'node:crypto'
import {
  ConfidentialClientApplication,
  type INetworkModule,
  type NetworkRequestOptions,
  type NetworkResponse,
} from '@azure/msal-node'
import { ConnectorError, MEANWHILE } from '../domain/errors.js'
import { redirected } from './answers.js'
import { libraryAuthority } from './authority.js'
import { attemptOf, certificateOf, federatedToken, missing, type CredentialSetup } from './credential.js'
import { fieldsOf, jsonOf } from './envelope.js'
import { incomplete } from './network-failure.js'
import { loginRefusal, type SignInAttempt } from './refusals.js'

/** msal's client for one login, and what really went wrong when it throws: it wraps errors. */
export interface LoginClient {
  readonly app: ConfidentialClientApplication
  readonly attempt: SignInAttempt
  readonly clientId: string
  readonly failure: () => ConnectorError | null
}

export interface LoginWait {
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

type Credentials = ConstructorParameters<typeof ConfidentialClientApplication>[0]['auth']

/**
 * A new one for every login: msal remembers a failure of the token endpoint for a minute and more, for everybody. It is
 * told the endpoints, so that it needs no discovery and no https on loopback; its requests go out through ours.
 */
export async function loginClient(setup: CredentialSetup, wait: LoginWait): Promise<LoginClient> {
  const { authorityHost, tenantId, clientId } = namesOf(setup)
  const certificate = await certificateOf(setup)
  const attempt = attemptOf(setup, certificate)
  const authority = libraryAuthority(authorityHost)
  const endpoints = endpointsOf(authorityHost, tenantId)
  const { network, failure } = networkOf(setup, { attempt, wait, tokenEndpoint: endpoints.token_endpoint })
  const app = new ConfidentialClientApplication({
    auth: {
      clientId,
      authority: `${authority}/${tenantId}`,
      knownAuthorities: [new URL(authority).host],
      authorityMetadata: JSON.stringify(endpoints),
      ...(await credentialOf(setup, certificate?.pem ?? null)),
    },
    system: { networkClient: network },
  })
  return { app, attempt, clientId, failure }
}

function notForLogins(): ConnectorError {
  return new ConnectorError('settings.invalid', {
    message: 'With a managed identity nobody can log in with Microsoft: an application needs a credential of its own',
    remedy: 'Set AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE.',
  })
}

function namesOf({ microsoft }: CredentialSetup): { authorityHost: string; tenantId: string; clientId: string } {
  if (microsoft.credential.kind === 'managed-identity') throw notForLogins()
  const { authorityHost, tenantId, clientId } = microsoft
  return {
    authorityHost,
    tenantId: tenantId ?? missing('AZURE_TENANT_ID'),
    clientId: clientId ?? missing('AZURE_CLIENT_ID'),
  }
}

function endpointsOf(authorityHost: string, tenantId: string): Readonly<Record<EndpointName, string>> {
  const tenant = `${new URL(authorityHost).origin}/${tenantId}`
  return {
    issuer: `${tenant}/v2.0`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
    end_session_endpoint: `${tenant}/oauth2/v2.0/logout`,
  }
}

type EndpointName = 'issuer' | 'authorization_endpoint' | 'token_endpoint' | 'jwks_uri' | 'end_session_endpoint'

/** Files are read anew for every login: they are renewed on disk. */
async function credentialOf(
  { microsoft: { credential }, secrets, words }: CredentialSetup,
  pem: string | null,
): Promise<Partial<Credentials>> {
  switch (credential.kind) {
    case 'secret':
      return { clientSecret: secrets.clientSecret ?? missing('AZURE_CLIENT_SECRET') }
    case 'certificate': {
      const thumbprintSha256 = new X509Certificate(pem ?? '').fingerprint256.replaceAll(':', '')
      const privateKey = createPrivateKey(pem ?? '')
        .export({ type: 'pkcs8', format: 'pem' })
        .toString()
      return { clientCertificate: { thumbprintSha256, privateKey } }
    }
    case 'federated': {
      const assertion = await federatedToken(credential.path)
      words.hide(assertion)
      return { clientAssertion: assertion }
    }
    case 'managed-identity':
      throw notForLogins()
  }
}

interface Way {
  readonly attempt: SignInAttempt
  readonly wait: LoginWait
  readonly tokenEndpoint: string
}

/** The way to the token endpoint, and nowhere else; only successes get through, everything else is judged here. */
function networkOf(
  { exchange }: CredentialSetup,
  { attempt, wait, tokenEndpoint }: Way,
): { network: INetworkModule; failure: () => ConnectorError | null } {
  let failure: ConnectorError | null = null

  async function post(url: string, options: NetworkRequestOptions = {}): Promise<unknown> {
    if (url.split('?')[0] !== tokenEndpoint) throw strayRequest(url)
    const headers = {
      accept: 'application/json',
      'user-agent': 'entra-connector',
      'content-type': 'application/x-www-form-urlencoded;charset=utf-8',
    }
    const { body = '' } = options
    const answer = await exchange({ method: 'POST', url, headers, body, ...wait })
    const { host } = new URL(url)
    if (answer.status >= 300 && answer.status < 400) throw redirected(answer, host, {})
    if (answer.status >= 400) throw loginRefusal(answer, attempt)
    const fields = fieldsOf(jsonOf(answer.text))
    if (typeof fields?.['id_token'] !== 'string')
      throw incomplete({ status: answer.status, words: `${host} sent no id token` })
    return { status: answer.status, headers: { ...answer.headers }, body: fields }
  }

  async function noted<T>(request: Promise<unknown>): Promise<NetworkResponse<T>> {
    try {
      return (await request) as NetworkResponse<T>
    } catch (error) {
      if (error instanceof ConnectorError) failure = error
      throw error
    }
  }

  return {
    failure: () => failure,
    network: {
      sendGetRequestAsync: (url) => noted(Promise.reject(strayRequest(url))),
      sendPostRequestAsync: (url, options) => noted(post(url, options)),
    },
  }
}

function strayRequest(url: string): ConnectorError {
  return new ConnectorError('graph.foreign-link', {
    message: `We stopped: a login would have been sent to ${new URL(url).host}, which is not the configured authority`,
    meanwhile: `${MEANWHILE.kept} Nothing was sent there.`,
    remedy: 'Check AZURE_AUTHORITY_HOST.',
  })
}
