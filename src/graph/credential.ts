import { readFile } from 'node:fs/promises'
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  type TokenCredential,
} from '@azure/identity'
import type { MicrosoftConfig, Secrets } from '../config/config.js'
import { ConnectorError, MEANWHILE } from '../domain/errors.js'
import { isGuid } from '../domain/guid.js'
import { libraryAuthority, openDoor, type Door } from './authority.js'
import { readCertificate, type Certificate } from './certificate.js'
import type { Exchange } from './exchange.js'
import { managedIdentityToken } from './managed-identity.js'
import { restart, type SignInAttempt } from './refusals.js'
import { issuedNow, type IssuedToken, type RequestToken, type TokenWait } from './token.js'
import type { Words } from './words.js'

export interface CredentialSetup {
  readonly microsoft: MicrosoftConfig
  readonly secrets: Pick<Secrets, 'clientSecret' | 'certificatePassword'>
  readonly exchange: Exchange
  readonly words: Words
  readonly now: () => Date
}

/**
 * Tokens through Microsoft's identity library. Every request builds a credential of its own: the library remembers
 * tokens and, for a minute, failures, and files with certificates or federated tokens are renewed on disk.
 */
export function tokenRequests(setup: CredentialSetup): RequestToken {
  const scope = `${new URL(setup.microsoft.graphUrl).origin}/.default`
  return async (wait) => {
    const issued = await issue(setup, scope, wait)
    setup.words.hide(issued.value)
    return issued
  }
}

/** The certificate we sign in with, for its thumbprint and end; null with any other credential. */
export async function certificateOf({ microsoft, secrets }: CredentialSetup): Promise<Certificate | null> {
  const { credential } = microsoft
  return credential.kind === 'certificate' ? readCertificate(credential.path, secrets.certificatePassword) : null
}

async function issue(setup: CredentialSetup, scope: string, wait: TokenWait): Promise<IssuedToken> {
  const { microsoft, exchange, words } = setup
  const certificate = await certificateOf(setup)
  const attempt = attemptOf(setup, certificate)
  if (microsoft.credential.kind === 'managed-identity') return managedIdentityToken(attempt, scope, wait)
  const door = openDoor({ authorityHost: microsoft.authorityHost, exchange, attempt, wait })
  try {
    const credential = await newCredential(setup, certificate, door)
    return issuedNow(await credential.getToken(scope))
  } catch (error) {
    if (error instanceof ConnectorError) throw error
    throw door.failure() ?? unexpected(attempt, words.clean(error instanceof Error ? error.message : String(error)))
  }
}

/** What an answer of the sign-in service is judged by. */
export function attemptOf(
  { microsoft, secrets, words, now }: CredentialSetup,
  certificate: Certificate | null,
): SignInAttempt {
  const { tenantId, clientId, authorityHost, own } = microsoft
  const secretIsGuid = isGuid(secrets.clientSecret ?? '')
  return {
    ...{ tenantId, clientId, authorityHost, words, now, secretIsGuid },
    thumbprint: certificate?.thumbprint ?? null,
    nameOf: (setting) => own?.settings[setting] ?? setting,
    option: own?.option ?? '',
  }
}

async function newCredential(
  { microsoft, secrets, words }: CredentialSetup,
  certificate: Certificate | null,
  door: Door,
): Promise<TokenCredential> {
  const { credential, authorityHost } = microsoft
  const tenantId = microsoft.tenantId ?? missing('AZURE_TENANT_ID')
  const clientId = microsoft.clientId ?? missing('AZURE_CLIENT_ID')
  const options = {
    authorityHost: libraryAuthority(authorityHost),
    disableInstanceDiscovery: true,
    httpClient: door.httpClient,
    retryOptions: { maxRetries: 0 },
  }
  if (certificate) return new ClientCertificateCredential(tenantId, clientId, { certificate: certificate.pem }, options)
  if (credential.kind === 'federated') {
    const assertion = await federatedToken(credential.path)
    words.hide(assertion)
    return new ClientAssertionCredential(tenantId, clientId, () => Promise.resolve(assertion), options)
  }
  return new ClientSecretCredential(tenantId, clientId, secrets.clientSecret ?? missing('AZURE_CLIENT_SECRET'), options)
}

export function missing(name: string): never {
  throw new ConnectorError('settings.invalid', { message: `${name} is not set`, remedy: `Set ${name}.` })
}

export async function federatedToken(path: string): Promise<string> {
  const remedy = 'AZURE_FEDERATED_TOKEN_FILE must name a readable file with the token the platform writes.'
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const message = `The federated token file cannot be read: ${error instanceof Error ? error.message : String(error)}`
    throw new ConnectorError('settings.invalid', { message, remedy })
  }
  if (text.trim() !== '') return text.trim()
  throw new ConnectorError('settings.invalid', { message: `The federated token file ${path} is empty`, remedy })
}

/** The library gave up by itself, over a discovery document or an identifier it does not accept. */
function unexpected(attempt: SignInAttempt, said: string): ConnectorError {
  return new ConnectorError('sign-in.refused', {
    message: `We cannot sign in at ${new URL(attempt.authorityHost).host}`,
    meanwhile: MEANWHILE.kept,
    remedy: `Check ${attempt.nameOf('AZURE_AUTHORITY_HOST')}, ${attempt.nameOf('AZURE_TENANT_ID')} and ${attempt.nameOf('AZURE_CLIENT_ID')}; the details hold the reason. ${restart(attempt)}`,
    details: { words: said },
  })
}
