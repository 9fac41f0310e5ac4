import { createHmac, randomBytes, randomUUID, X509Certificate } from 'node:crypto'
import { jsonAnswer, type Answer, type JsonObject } from './answer.js'
import { checkAssertion, issuerOf } from './assertion.js'
import { unauthorized } from './errors.js'
import { tokenError, type TokenErrorContext, type TokenFailure } from './token-errors.js'

export interface TokenOptions {
  readonly origin: () => string
  readonly now: () => Date
  readonly tenantId: string
  readonly domain: string
  readonly clientId: string
  readonly clientSecret: string
  /** PEM. Assertions signed with its key are taken. */
  readonly certificate?: string | undefined
  /** Tokens of a federated issuer that are taken as assertions, as they are. */
  readonly federatedAssertions?: readonly string[] | undefined
  readonly roles: readonly string[]
  /** What an authorization code is worth. */
  readonly redeem: (form: URLSearchParams) => JsonObject | Refused
}

type Refused = TokenFailure | { readonly parameter: string }

interface Issued {
  readonly expiresAt: number
  readonly roles: readonly string[]
}

const MICROSOFT = /^https:\/\/(login|graph)\.microsoft(online)?\.com$/
const NO_STORE = { 'Cache-Control': 'no-store, no-cache', Pragma: 'no-cache' }
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The token endpoint for client credentials and authorization codes, and the memory of what it issued. */
export class TokenEndpoint {
  issued = 0
  /** What an administrator has consented to: shows in tokens issued from now on only, as with Microsoft. */
  roles: readonly string[]
  lifetimeSeconds = 3599
  /** The tenant that tokens issued from now on speak of, where it is not the one asked. */
  foreignTenant: string | null = null
  readonly identityHeader = randomBytes(16).toString('hex')
  readonly #certificate: X509Certificate | null
  readonly #key = randomBytes(32)
  readonly #valid = new Map<string, Issued>()
  readonly #failures: TokenFailure[] = []

  constructor(readonly options: TokenOptions) {
    this.roles = options.roles
    this.#certificate = options.certificate === undefined ? null : new X509Certificate(options.certificate)
  }

  /** The next `count` requests are refused, each in this way. */
  failNext(count: number, failure: TokenFailure): void {
    for (let left = count; left > 0; left -= 1) this.#failures.push(failure)
  }

  /** Every access token issued so far is past its time. */
  expireIssued(): void {
    for (const [token, issued] of this.#valid) this.#valid.set(token, { ...issued, expiresAt: -Infinity })
  }

  /** What a bearer token allows. Throws the 401 that Graph would give. */
  rolesOf(authorization: string | undefined): readonly string[] {
    const [, token = ''] = /^Bearer\s+(\S*)$/i.exec(authorization ?? '') ?? []
    if (token === '') throw unauthorized('empty')
    const issued = this.#valid.get(token)
    if (!issued) throw unauthorized(token.split('.').length === 3 ? 'audience' : 'malformed')
    if (issued.expiresAt <= this.options.now().getTime()) throw unauthorized('expired')
    return issued.roles
  }

  /** `POST /{tenant}/oauth2/v2.0/token`. */
  answer(tenant: string, form: URLSearchParams, basic: string | undefined): Answer {
    const context: TokenErrorContext = {
      at: this.options.now(),
      tenant,
      client: form.get('client_id') ?? undefined,
      correlationId: form.get('client-request-id') ?? undefined,
    }
    const failure = this.#failures.shift() ?? this.#refusal(tenant, form, basic)
    if (failure) return refused(failure, context)
    const body = { token_type: 'Bearer', expires_in: this.lifetimeSeconds, ext_expires_in: this.lifetimeSeconds }
    if (form.get('grant_type') !== 'authorization_code')
      return jsonAnswer(200, { ...body, access_token: this.#issue(audienceOf(form.get('scope') ?? '')) }, NO_STORE)
    const worth = this.options.redeem(form)
    if (isRefused(worth)) return refused(worth, context)
    return jsonAnswer(200, { ...body, access_token: `delegated.${randomUUID()}`, ...worth }, NO_STORE)
  }

  /** The token endpoint of a managed identity, as App Service offers it. https://learn.microsoft.com/azure/app-service/overview-managed-identity */
  managedIdentityAnswer(header: unknown, resource: string | undefined): Answer {
    if (header !== this.identityHeader)
      return jsonAnswer(401, { statusCode: 401, message: 'The header is missing or wrong.' })
    if (resource === undefined) return jsonAnswer(400, { statusCode: 400, message: 'The resource is missing.' })
    const expiresOn = Math.floor(this.options.now().getTime() / 1000) + this.lifetimeSeconds
    const body: JsonObject = {
      access_token: this.#issue(resource),
      expires_on: String(expiresOn),
      resource,
      token_type: 'Bearer',
    }
    return jsonAnswer(200, body, NO_STORE)
  }

  isTenant(tenant: string): boolean {
    const { tenantId, domain } = this.options
    return [tenantId.toLowerCase(), domain.toLowerCase()].includes(tenant.toLowerCase())
  }

  #refusal(tenant: string, form: URLSearchParams, basic: string | undefined): Refused | null {
    if (!this.isTenant(tenant)) return 'tenant-not-found'
    const [basicId, basicSecret] = readBasic(basic)
    const clientId = form.get('client_id') ?? basicId
    if (!form.get('grant_type')) return { parameter: 'grant_type' }
    const withCode = form.get('grant_type') === 'authorization_code'
    if (!withCode && form.get('grant_type') !== 'client_credentials') return 'grant-unsupported'
    if (!clientId) return { parameter: 'client_id' }
    if (clientId.toLowerCase() !== this.options.clientId.toLowerCase()) return 'app-not-in-tenant'
    const credential = (): Refused | null => this.#credentialRefusal(form, form.get('client_secret') ?? basicSecret)
    return withCode ? credential() : (this.#scopeRefusal(form.get('scope')) ?? credential())
  }

  #scopeRefusal(scope: string | null): Refused | null {
    if (!scope) return { parameter: 'scope' }
    if (/\s/.test(scope.trim())) return 'scope-several'
    if (!scope.endsWith('/.default')) return 'scope-not-default'
    const audience = audienceOf(scope)
    return MICROSOFT.test(audience) || this.#isOwnHost(audience) ? null : 'resource-unknown'
  }

  #credentialRefusal(form: URLSearchParams, secret: string | null): Refused | null {
    const assertion = form.get('client_assertion')
    if (assertion) {
      if (form.get('client_assertion_type') !== ASSERTION_TYPE) return { parameter: 'client_assertion_type' }
      return this.#assertionRefusal(assertion)
    }
    if (!secret) return 'no-credential'
    return secret === this.options.clientSecret ? null : 'wrong-secret'
  }

  #assertionRefusal(assertion: string): TokenFailure | null {
    const { federatedAssertions = [], clientId, now } = this.options
    if (federatedAssertions.includes(assertion)) return null
    if (issuerOf(assertion) !== clientId) return 'federation-unknown'
    return checkAssertion(assertion, {
      certificate: this.#certificate,
      clientId,
      isEndpoint: (audience) => this.#isTokenEndpoint(audience),
      now: now(),
    })
  }

  /** The scheme does not count: a caller may reach a plain loopback port for what it takes to be https. */
  #isOwnHost(url: string): boolean {
    return URL.canParse(url) && new URL(url).host === new URL(this.options.origin()).host
  }

  #isTokenEndpoint(audience: string): boolean {
    if (!URL.canParse(audience)) return false
    const { origin, pathname } = new URL(audience)
    const [, tenant = '', ...rest] = pathname.split('/')
    return (
      (this.#isOwnHost(audience) || MICROSOFT.test(origin)) &&
      this.isTenant(tenant) &&
      rest.join('/') === 'oauth2/v2.0/token'
    )
  }

  #issue(audience: string): string {
    const at = Math.floor(this.options.now().getTime() / 1000)
    const { clientId } = this.options
    const tenantId = this.foreignTenant ?? this.options.tenantId
    const claims = {
      aud: audience,
      iss: `https://sts.windows.net/${tenantId}/`,
      iat: at,
      nbf: at,
      exp: at + this.lifetimeSeconds,
      appid: clientId,
      appidacr: '1',
      idtyp: 'app',
      oid: PRINCIPAL,
      sub: PRINCIPAL,
      ...(this.roles.length > 0 ? { roles: this.roles } : {}),
      tid: tenantId,
      uti: randomUUID(),
      ver: '1.0',
    }
    const content = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(claims)}`
    const token = `${content}.${createHmac('sha256', this.#key).update(content).digest('base64url')}`
    this.issued += 1
    this.#valid.set(token, { expiresAt: (at + this.lifetimeSeconds) * 1000, roles: this.roles })
    return token
  }
}

function isRefused(worth: JsonObject | Refused): worth is Refused {
  return typeof worth === 'string' || 'parameter' in worth
}

function refused(failure: Refused, context: TokenErrorContext): Answer {
  if (typeof failure === 'string') return tokenError(failure, context)
  return tokenError('parameter-missing', { ...context, parameter: failure.parameter })
}

/** Object id of the application's service principal. */
const PRINCIPAL = '0f4e8c1a-1111-4222-8333-944444444444'

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function audienceOf(scope: string): string {
  return scope
    .trim()
    .replace(/\/\.default$/, '')
    .replace(/\/$/, '')
}

function readBasic(authorization: string | undefined): [string | null, string | null] {
  const [, encoded] = /^Basic\s+(\S+)$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return [null, null]
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString().split(':').map(decodeURIComponent)
  return [id, secret]
}
