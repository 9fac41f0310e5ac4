import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ErrorCode } from '../../src/domain/errors.js'
import type { ExchangeRequest } from '../../src/graph/exchange.js'
import type { FaultAction } from '../../src/simulator/faults.js'
import type { TokenFailure } from '../../src/simulator/token-errors.js'
import { privateIdentity } from './support/certificates.js'
import { DISCOVERY, KEYS, TOKEN, withLogins } from './support/logins.js'
import { failureOf, NOW, TENANT_ID } from './support/microsoft.js'

describe('redeeming a code', () => {
  it('gives the verified identity, and asks for the keys and the issuer once', () =>
    withLogins({}, async ({ logIn, simulator, asked }) => {
      const person = simulator.directory.byIndex(1)
      const identity = await logIn(1)
      expect(identity).to.deep.include({
        tenantId: TENANT_ID,
        objectId: person.id,
        userName: person.userPrincipalName,
        displayName: person.displayName,
        at: NOW.toISOString(),
      })
      expect(identity.correlationId).to.match(/^[0-9a-f-]{36}$/)
      for (let times = 0; times < 3; times += 1) await logIn(2)
      expect([asked(TOKEN), asked(KEYS), asked(DISCOVERY)]).to.deep.equal([4, 1, 1])
    }))

  it('takes a tenant named by its domain, or in capitals', async () => {
    for (const tenantId of ['contoso.example', TENANT_ID.toUpperCase()])
      await withLogins({ microsoft: { tenantId } }, async ({ logIn }) => {
        expect((await logIn()).tenantId).to.equal(TENANT_ID)
      })
  })

  it('takes the issuer of another cloud from the discovery document', () =>
    withLogins({}, async ({ logIn, simulator }) => {
      const issuer = `https://login.partner.microsoftonline.cn/${TENANT_ID}/v2.0`
      const edit = (body: Record<string, unknown>): void =>
        void Object.assign(body, { issuer, jwks_uri: 'https://e.cn/k' })
      simulator.faults.add({ match: { path: 'openid-configuration' }, do: { kind: 'edit', edit } })
      simulator.logins.spoilNext((claims) => void (claims['iss'] = issuer))
      expect((await logIn()).tenantId).to.equal(TENANT_ID)
      await failureOf(logIn(), 'login.refused')
    }))

  for (const issuer of [
    'https://login.microsoftonline.com/{tenantid}/v2.0',
    'https://login.microsoftonline.com/f1e2d3c4-0000-4000-8000-0123456789ab/v2.0',
    `https://login.microsoftonline.com/${TENANT_ID}/v2.0/more`,
    `https://${TENANT_ID}/v2.0`,
  ])
    it(`does not believe an authority that speaks for somebody else: ${issuer}`, () =>
      withLogins({}, async ({ logIn, simulator, asked }) => {
        const edit = (body: Record<string, unknown>): void => void (body['issuer'] = issuer)
        simulator.faults.add({ match: { path: 'openid-configuration' }, do: { kind: 'edit', edit } })
        await failureOf(logIn(), 'sign-in.refused')
        expect(asked(TOKEN)).to.equal(0)
        await logIn()
      }))

  const refusals: readonly (readonly [TokenFailure, ErrorCode, string])[] = [
    ['code-redeemed', 'login.refused', 'AADSTS54005'],
    ['code-expired', 'login.refused', 'AADSTS70008'],
    ['verifier-mismatch', 'login.refused', 'AADSTS501481'],
    ['person-not-assigned', 'login.refused', 'AADSTS50105'],
    ['person-disabled', 'login.refused', 'AADSTS50057'],
    ['conditional-access', 'login.refused', 'AADSTS53003'],
    ['consent-missing', 'sign-in.refused', 'AADSTS65001'],
    ['wrong-secret', 'sign-in.refused', 'AADSTS7000215'],
    ['expired-secret', 'sign-in.refused', 'AADSTS7000222'],
    ['app-not-in-tenant', 'sign-in.refused', 'AADSTS700016'],
    ['busy', 'graph.unavailable', 'AADSTS90033'],
  ]
  for (const [failure, code, number] of refusals)
    it(`${failure} is ${code}, and the next login knows nothing of it`, () =>
      withLogins({}, async ({ logIn, simulator }) => {
        simulator.tokens.failNext(1, failure)
        const error = await failureOf(logIn(), code)
        expect(error.details.code).to.equal(number)
        expect(error.details.correlationId).to.match(/^[0-9a-f-]{36}$/)
        await logIn()
      }))

  const troubles: readonly (readonly [string, FaultAction, ErrorCode])[] = [
    ['429', { kind: 'throttle', retryAfter: '3600' }, 'graph.throttled'],
    ['503 with a long Retry-After', { kind: 'throttle', retryAfter: '3600', status: 503 }, 'graph.unavailable'],
    ['500', { status: 500, body: '' }, 'graph.unavailable'],
    ['a connection reset', 'reset', 'graph.unreachable'],
    ['a body cut short', 'truncate', 'graph.incomplete-answer'],
    ['half a JSON', 'cut-json', 'graph.incomplete-answer'],
    ['a redirect', { kind: 'redirect', location: 'https://elsewhere.example/' }, 'graph.redirected'],
    ['an answer without an id token', { status: 200, body: { access_token: 'x' } }, 'graph.incomplete-answer'],
    ['silence', 'hang', 'graph.unreachable'],
    ['silence in the middle', 'hang-body', 'graph.unreachable'],
  ]
  for (const [name, action, code] of troubles)
    it(`${name} at the token endpoint ends one login only`, () =>
      withLogins({ limitMs: 2_000 }, async ({ logIn, simulator }) => {
        await logIn()
        const fault = simulator.faults.add({ match: { path: '/oauth2/v2.0/token' }, do: action })
        const [error] = await Promise.all([failureOf(logIn(), code)])
        expect(fault.hits).to.equal(1)
        expect(error.message).not.to.contain('network_error')
        await logIn()
      }))

  for (const path of ['openid-configuration', 'discovery/v2.0/keys'])
    it(`trouble at ${path} ends one login only, and is forgotten`, () =>
      withLogins({ limitMs: 2_000 }, async ({ logIn, simulator }) => {
        const actions: [FaultAction, ErrorCode][] = [
          [{ status: 503, body: '' }, 'graph.unavailable'],
          ['reset', 'graph.unreachable'],
          ['hang', 'graph.unreachable'],
          [{ status: 200, body: 'x' }, 'graph.incomplete-answer'],
        ]
        for (const [action] of actions) simulator.faults.add({ match: { path }, do: action })
        for (const [, code] of actions) await failureOf(logIn(), code)
        await logIn()
      }))

  it('a login that hangs delays nobody who comes at the same time', () =>
    withLogins({ limitMs: 1_000 }, async ({ logIn, simulator }) => {
      await logIn()
      simulator.faults.add({ match: { path: '/oauth2/v2.0/token' }, do: 'hang' })
      const order: string[] = []
      const hanging = failureOf(logIn(1)).then(() => order.push('hanging'))
      await logIn(2).then(() => order.push('other'))
      expect(order).to.deep.equal(['other'])
      simulator.faults.clear()
      await hanging
    }))

  for (const authorityHost of [
    'https://login.microsoftonline.com',
    'https://login.windows.net',
    'https://login.microsoftonline.us',
    'https://login.partner.microsoftonline.cn',
    'https://login.chinacloudapi.cn',
    'https://login.sovcloud-identity.fr',
    'https://entra.corp.example:8443',
  ])
    it(`speaks to ${authorityHost} and to nobody else`, async () => {
      const origins = new Set<string>()
      const through = (request: ExchangeRequest, origin: string): ExchangeRequest => {
        const { origin: asked, pathname, search } = new URL(request.url)
        origins.add(asked)
        return { ...request, url: origin + pathname + search }
      }
      await withLogins({ microsoft: { authorityHost }, through }, async ({ logIn, provider }) => {
        const request = { state: 's', nonce: 'n', codeChallenge: 'c', redirectUri: 'http://localhost/back' }
        const url = new URL(await provider.authorizationUrl(request))
        expect(url.origin + url.pathname).to.equal(`${authorityHost}/${TENANT_ID}/oauth2/v2.0/authorize`)
        await logIn()
      })
      expect([...origins]).to.deep.equal([authorityHost])
    })

  it('works over https with a private authority', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'authority-'))
    try {
      const tls = privateIdentity()
      const extraCaPath = join(folder, 'ca.pem')
      await writeFile(extraCaPath, tls.cert)
      await withLogins({ simulator: { tls }, extraCaPath }, async ({ logIn }) => {
        expect((await logIn()).tenantId).to.equal(TENANT_ID)
      })
      await withLogins({ simulator: { tls } }, async ({ logIn }) => {
        await failureOf(logIn(), 'graph.untrusted-certificate')
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('signs in with a certificate, or a federated token, read anew each time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credential-'))
    try {
      const { key, cert } = privateIdentity()
      const path = join(folder, 'app.pem')
      await writeFile(path, `${cert}\n${key}`)
      const certificate = { credential: { kind: 'certificate', path } } as const
      await withLogins(
        { simulator: { certificate: cert, now: () => new Date() }, microsoft: certificate },
        ({ code, provider, simulator }) =>
          code().then(async (redemption) => {
            // The clock of this test stands still, and the certificate's and its assertion's do not.
            simulator.logins.spoilNext((claims) => {
              const seconds = NOW.getTime() / 1000
              Object.assign(claims, { iat: seconds, nbf: seconds, exp: seconds + 3600 })
            })
            expect((await provider.redeem(redemption)).tenantId).to.equal(TENANT_ID)
          }),
      )
      await writeFile(path, 'a-federated-token\n')
      const federated = { credential: { kind: 'federated', path } } as const
      const simulator = { federatedAssertions: ['a-federated-token'] }
      await withLogins({ simulator, microsoft: federated }, async ({ logIn }) => {
        await logIn()
        await writeFile(path, 'another')
        await failureOf(logIn(), 'sign-in.refused')
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('says that a managed identity cannot log anybody in', () =>
    withLogins({ microsoft: { credential: { kind: 'managed-identity' }, clientId: null } }, async ({ code }) => {
      const error = await failureOf(code(), 'settings.invalid')
      expect(error.remedy).to.contain('AZURE_CLIENT_SECRET')
    }))
})
