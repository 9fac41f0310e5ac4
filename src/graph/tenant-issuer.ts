import { ConnectorError, MEANWHILE } from '../domain/errors.js'
import { guidOf } from '../domain/tenant.js'
import { redirected } from './answers.js'
import { fieldsOf, jsonOf, textOf } from './envelope.js'
import type { Exchange, ExchangeAnswer } from './exchange.js'
import { incomplete } from './network-failure.js'
import { refusal, type SignInAttempt } from './refusals.js'

/** Who issues id tokens for our tenant, and where its keys are. */
export interface TenantIssuer {
  /** Exactly as it stands in tokens. */
  readonly issuer: string
  /** Lower case, also where the settings name a domain. */
  readonly tenantId: string
  readonly keysUrl: string
}

export interface Asking {
  readonly exchange: Exchange
  readonly attempt: SignInAttempt
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

/**
 * From the discovery document of the configured authority. Its host for issuers differs between clouds and is taken as
 * said there; the tenant must be ours (OpenID Connect Discovery 4.3).
 */
export async function tenantIssuer(asking: Asking): Promise<TenantIssuer> {
  const { authorityHost, tenantId } = asking.attempt
  const asked = `${new URL(authorityHost).origin}/${encodeURIComponent(tenantId ?? '')}`
  const document = await documentAt(`${asked}/v2.0/.well-known/openid-configuration`, asking)
  const issuer = textOf(document['issuer'])
  const tenant = tenantIn(issuer)
  const ours = guidOf(tenantId)
  if (tenant === null || (ours !== null && tenant !== ours)) throw foreignIssuer(authorityHost, tenantId)
  return { issuer, tenantId: tenant, keysUrl: keysUrlIn(document, asked) }
}

/** `https://host/{tenant}/v2.0` and nothing else; null for the placeholder of `common` too. */
function tenantIn(issuer: string): string | null {
  const [, tenant = ''] = /^https?:\/\/[^/?#@]+\/([^/?#]+)\/v2\.0$/.exec(issuer) ?? []
  return guidOf(tenant)
}

/** Keys from another host would make that host our authority. */
function keysUrlIn(document: Readonly<Record<string, unknown>>, asked: string): string {
  const named = textOf(document['jwks_uri'])
  const own = URL.canParse(named) && new URL(named).origin === new URL(asked).origin
  return own ? named : `${asked}/discovery/v2.0/keys`
}

/** A document of the authority. Throws what `refusal` gives, `graph.redirected` or `graph.incomplete-answer`. */
export async function documentAt(url: string, asking: Asking): Promise<Readonly<Record<string, unknown>>> {
  const { exchange, attempt, signal, timeoutMs } = asking
  const headers = { accept: 'application/json', 'user-agent': 'entra-connector' }
  const answer: ExchangeAnswer = await exchange({ method: 'GET', url, headers, signal, timeoutMs })
  const { host } = new URL(url)
  if (answer.status >= 300 && answer.status < 400) throw redirected(answer, host, {})
  if (answer.status >= 400) throw refusal(answer, attempt)
  const document = fieldsOf(jsonOf(answer.text))
  if (!document) throw incomplete({ status: answer.status, words: `${host} sent no document` })
  return document
}

function foreignIssuer(authorityHost: string, tenantId: string | null): ConnectorError {
  return new ConnectorError('sign-in.refused', {
    message: `${new URL(authorityHost).host} does not speak for tenant ${tenantId ?? '(none)'}`,
    meanwhile: MEANWHILE.kept,
    remedy:
      'AZURE_TENANT_ID must be the id or a domain of one tenant, and AZURE_AUTHORITY_HOST the authority of its cloud.',
  })
}
