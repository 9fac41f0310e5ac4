import { createHash, createPrivateKey, constants, sign, X509Certificate } from 'node:crypto'
import { expect } from 'chai'
import { generate } from 'selfsigned'
import { TOKEN_FAILURES } from '../../src/simulator/token-errors.js'
import type { Simulator } from '../../src/simulator/server.js'
import { askToken, bearer, get, start, stopAll, tokenForm, type Reply } from './caller.js'

function refusal({ status, body }: Reply): readonly [number, unknown, unknown] {
  const [code] = body['error_codes'] as number[]
  return [status, body.error, code]
}

function payload(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}

describe('the token endpoint', () => {
  afterEach(stopAll)

  it('issues a token with the granted roles, for a tenant by id or by domain', async () => {
    const sim = await start()
    for (const tenant of [sim.tenantId, sim.tenantId.toUpperCase(), 'contoso.example']) {
      const { status, body, headers } = await askToken(sim, tokenForm(sim), tenant)
      expect(status).to.equal(200)
      expect(headers.get('cache-control')).to.include('no-store')
      expect(body).to.include({ token_type: 'Bearer', expires_in: 3599 })
      expect(payload(String(body['access_token']))).to.deep.include({
        tid: sim.tenantId,
        roles: ['User.Read.All', 'AuditLog.Read.All'],
        aud: 'https://graph.microsoft.com',
      })
    }
    expect(sim.tokens.issued).to.equal(3)
  })

  it('is silent about missing consent: the token has no roles', async () => {
    const sim = await start({ roles: [] })
    const { body } = await askToken(sim)
    expect(payload(String(body['access_token']))).not.to.have.property('roles')
  })

  it('takes the scope of its own Graph, http or https', async () => {
    const sim = await start()
    for (const origin of [sim.url, sim.url.replace('http:', 'https:')])
      expect((await askToken(sim, tokenForm(sim, { scope: `${origin}/.default` }))).status).to.equal(200)
  })

  const wrong: readonly (readonly [string, Record<string, string | null>, readonly [number, string, number]])[] = [
    ['a wrong secret', { client_secret: 'x' }, [401, 'invalid_client', 7000215]],
    ['no credential', { client_secret: null }, [401, 'invalid_client', 7000218]],
    ['an unknown application', { client_id: 'x' }, [400, 'unauthorized_client', 700016]],
    ['no application', { client_id: null }, [400, 'invalid_request', 900144]],
    ['no grant type', { grant_type: null }, [400, 'invalid_request', 900144]],
    ['another grant type', { grant_type: 'password' }, [400, 'unsupported_grant_type', 70003]],
    ['no scope', { scope: null }, [400, 'invalid_request', 900144]],
    ['a scope without .default', { scope: 'https://graph.microsoft.com/User.Read' }, [400, 'invalid_scope', 1002012]],
    ['several scopes', { scope: 'https://graph.microsoft.com/.default openid' }, [400, 'invalid_scope', 700022]],
    ['an unknown resource', { scope: 'https://other.example/.default' }, [400, 'invalid_resource', 500011]],
    ['an assertion of no kind', { client_assertion: 'a.b.c' }, [400, 'invalid_request', 900144]],
  ]
  for (const [title, change, expected] of wrong)
    it(`refuses ${title}`, async () => {
      const sim = await start()
      expect(refusal(await askToken(sim, tokenForm(sim, change)))).to.deep.equal(expected)
    })

  it('refuses an unknown tenant, and common', async () => {
    const sim = await start()
    for (const tenant of ['fabrikam.example', 'common'])
      expect(refusal(await askToken(sim, tokenForm(sim), tenant))).to.deep.equal([400, 'invalid_request', 90002])
  })

  it('refuses in any named way as often as told, in the shape of Entra', async () => {
    const sim = await start()
    for (const failure of TOKEN_FAILURES) sim.tokens.failNext(1, failure)
    for (const failure of TOKEN_FAILURES) {
      const { status, body } = await askToken(sim)
      const [code = 0] = body['error_codes'] as number[]
      expect(status, failure).to.be.within(400, 503)
      expect(body['error_description']).to.match(
        new RegExp(`^AADSTS${code}: .* Trace ID: .* Correlation ID: .* Timestamp: `),
      )
      expect(body).to.include.keys('error', 'timestamp', 'trace_id', 'correlation_id', 'error_uri')
    }
    expect((await askToken(sim)).status).to.equal(200)
  })

  it('says when to come back while it is busy', async () => {
    const sim = await start()
    sim.tokens.failNext(1, 'busy')
    const { status, headers } = await askToken(sim)
    expect([status, headers.get('retry-after')]).to.deep.equal([503, '5'])
  })

  it('publishes a discovery document of its own origin, and its keys', async () => {
    const sim = await start()
    const tenant = `${sim.url}/${sim.tenantId}`
    const { body } = await get(sim, `${tenant}/v2.0/.well-known/openid-configuration`)
    expect(body).to.include({ issuer: `${tenant}/v2.0`, token_endpoint: `${tenant}/oauth2/v2.0/token` })
    expect((await get(sim, String(body['jwks_uri']))).body['keys']).to.have.length(1)
  })

  it('gives tokens to a managed identity that knows its header', async () => {
    const sim = await start()
    const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = sim.managedIdentitySettings()
    const url = `${IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=https://graph.microsoft.com`
    const { body } = await get(sim, url, { 'x-identity-header': IDENTITY_HEADER })
    const authorization = `Bearer ${String(body['access_token'])}`
    expect((await get(sim, '/users?$top=1', { authorization })).status).to.equal(200)
    expect((await get(sim, url)).status).to.equal(401)
  })
})

describe('client assertions', () => {
  afterEach(stopAll)

  const pem = generate([{ name: 'commonName', value: 'connector' }], { keySize: 2048, algorithm: 'sha256' })
  const other = generate([{ name: 'commonName', value: 'other' }], { keySize: 2048, algorithm: 'sha256' })
  const seconds = (): number => Math.floor(Date.now() / 1000)

  interface Forged {
    readonly key?: string
    readonly shownCertificate?: string
    readonly alg?: 'PS256' | 'RS256'
    readonly claims?: Record<string, unknown>
  }

  function assertion(
    sim: Simulator,
    { key = pem.private, shownCertificate = pem.cert, alg = 'PS256', claims = {} }: Forged,
  ): string {
    const { raw } = new X509Certificate(shownCertificate)
    const thumbprint = (hash: string): string => createHash(hash).update(raw).digest('base64url')
    const header = alg === 'PS256' ? { alg, 'x5t#S256': thumbprint('sha256') } : { alg, x5t: thumbprint('sha1') }
    const client = sim.settings().AZURE_CLIENT_ID
    const aud = `${sim.url}/${sim.tenantId}/oauth2/v2.0/token`
    const body = { aud, iss: client, sub: client, nbf: seconds(), exp: seconds() + 600, ...claims }
    const content = [header, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    const padding = alg === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
    const options = { key: createPrivateKey(key), padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    return `${content}.${sign('sha256', Buffer.from(content), options).toString('base64url')}`
  }

  async function ask(forged: Forged | string): Promise<Reply> {
    const sim = await start({ certificate: pem.cert, federatedAssertions: ['federated.token.here'] })
    const change = {
      client_secret: null,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: typeof forged === 'string' ? forged : assertion(sim, forged),
    }
    return askToken(sim, tokenForm(sim, change))
  }

  it('of the registered certificate are taken, in both algorithms', async () => {
    expect((await ask({ alg: 'PS256' })).status).to.equal(200)
    expect((await ask({ alg: 'RS256' })).status).to.equal(200)
  })

  it('of the federated issuer are taken as they are, others are not', async () => {
    expect((await ask('federated.token.here')).status).to.equal(200)
    expect(refusal(await ask('another.token.here'))[2]).to.equal(70021)
  })

  const refused: readonly (readonly [string, Forged, number])[] = [
    ['signed by another key', { key: other.private }, 50012],
    ['of an unregistered certificate', { key: other.private, shownCertificate: other.cert }, 700027],
    ['for another endpoint', { claims: { aud: 'https://other.example/token' } }, 700023],
    ['past their time', { claims: { exp: seconds() - 3600 } }, 700024],
    ['before their time', { claims: { nbf: seconds() + 3600, exp: seconds() + 7200 } }, 700024],
    ['about another application', { claims: { sub: 'other' } }, 50012],
  ]
  for (const [title, forged, code] of refused)
    it(`${title} are refused`, async () => {
      expect(refusal(await ask(forged))).to.deep.equal([401, 'invalid_client', code])
    })
})

describe('bearer tokens', () => {
  afterEach(stopAll)

  const cases: readonly (readonly [string, string, string])[] = [
    ['none', '', 'Access token is empty.'],
    ['of a wrong form', 'Bearer x', 'CompactToken parsing failed'],
    ['of somebody else', 'Bearer aaa.bbb.ccc', 'Invalid audience'],
  ]
  for (const [title, authorization, message] of cases)
    it(`are refused: ${title}`, async () => {
      const sim = await start()
      const { status, body, headers } = await get(sim, '/users', { authorization })
      expect([status, body.error?.code]).to.deep.equal([401, 'InvalidAuthenticationToken'])
      expect(body.error?.message).to.include(message)
      expect(headers.get('www-authenticate')).to.match(/^Bearer /)
    })

  it('expire by the clock, and at once where told so', async () => {
    let now = new Date('2026-11-20T08:00:00Z')
    const sim = await start({ now: () => now })
    const authorization = await bearer(sim)
    now = new Date('2026-11-20T09:00:00Z')
    const late = await get(sim, '/users', { authorization })
    expect([late.status, late.body.error?.message]).to.deep.equal([
      401,
      'Lifetime validation failed, the token is expired.',
    ])
    const fresh = await bearer(sim)
    expect((await get(sim, '/users', { authorization: fresh })).status).to.equal(200)
    sim.tokens.expireIssued()
    expect((await get(sim, '/users', { authorization: fresh })).status).to.equal(401)
    expect((await get(sim, '/users')).status).to.equal(200)
  })

  it('carry the grants of the moment they were issued', async () => {
    const sim = await start({ roles: [] })
    const authorization = await bearer(sim)
    sim.tokens.roles = ['User.Read.All']
    expect((await get(sim, '/users', { authorization })).status).to.equal(403)
    expect((await get(sim, '/users')).status).to.equal(200)
  })
})
