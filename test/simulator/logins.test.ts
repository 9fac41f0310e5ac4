import { createHash, X509Certificate } from 'node:crypto'
import { expect } from 'chai'
import type { Simulator, SimulatorOptions } from '../../src/simulator/server.js'
import { askToken, start, stopAll, tokenForm, type Reply } from './caller.js'

const REDIRECT_URI = 'http://localhost:8080/back'
const VERIFIER = 'v'.repeat(43)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

function authorizeUrl(sim: Simulator, change: Record<string, string | null> = {}): string {
  const query = new URLSearchParams({
    client_id: sim.settings().AZURE_CLIENT_ID,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    response_mode: 'query',
    scope: 'openid profile email',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  })
  for (const [name, value] of Object.entries(change)) {
    if (value === null) query.delete(name)
    else query.set(name, value)
  }
  return `${sim.url}/${sim.tenantId}/oauth2/v2.0/authorize?${query}`
}

interface Visit {
  readonly status: number
  readonly html: string
  /** Where the browser is sent, and with what. */
  readonly to: URL | null
}

async function visit(url: string): Promise<Visit> {
  const answer = await fetch(url, { redirect: 'manual' })
  const location = answer.headers.get('location')
  return { status: answer.status, html: await answer.text(), to: location === null ? null : new URL(location) }
}

async function codeFor(sim: Simulator, change: Record<string, string | null> = {}): Promise<string> {
  const { to } = await visit(authorizeUrl(sim, { login_hint: sim.directory.byIndex(1).id, ...change }))
  return to?.searchParams.get('code') ?? ''
}

async function redeem(sim: Simulator, code: string, change: Record<string, string | null> = {}): Promise<Reply> {
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
    scope: null,
  }
  return askToken(sim, tokenForm(sim, { ...form, ...change }))
}

const numberOf = ({ body }: Reply): number => (body['error_codes'] as number[])[0] ?? 0
const part = (token: unknown, index: number): Record<string, unknown> =>
  JSON.parse(Buffer.from(String(token).split('.')[index] ?? '', 'base64url').toString()) as Record<string, unknown>

describe('the simulated sign-in page', () => {
  afterEach(stopAll)
  const open = (options: SimulatorOptions = {}): Promise<Simulator> => start({ users: 5, ...options })

  it('lets a person choose who signs in, and sends them back with code and state', async () => {
    const sim = await open()
    const { status, html } = await visit(authorizeUrl(sim))
    expect(status).to.equal(200)
    const links = [...html.matchAll(/href="([^"]+login_hint=[^"]+)"/g)].map(([, href = '']) =>
      href.replaceAll('&amp;', '&'),
    )
    expect(links).to.have.length(5)
    const { to } = await visit(sim.url + (links[0] ?? ''))
    expect(to && to.origin + to.pathname).to.equal(REDIRECT_URI)
    expect(to?.searchParams.get('state')).to.equal('the-state')
    expect(to?.searchParams.get('code')).to.have.length.greaterThan(40)
  })

  it('can be left without signing in', async () => {
    const sim = await open()
    const [, cancel = ''] = /href="([^"]+sim_cancel=1)"/.exec((await visit(authorizeUrl(sim))).html) ?? []
    const { to } = await visit(sim.url + cancel.replaceAll('&amp;', '&'))
    expect(to?.searchParams.get('error')).to.equal('access_denied')
    expect(to?.searchParams.get('state')).to.equal('the-state')
  })

  it('knows people by user name, and is no place for scripts', async () => {
    const sim = await open()
    const person = sim.directory.create({ displayName: '<script>alert(1)</script>' })
    const { html } = await visit(authorizeUrl(sim))
    expect(html).to.contain('&lt;script&gt;').and.not.contain('<script>')
    const { to } = await visit(authorizeUrl(sim, { login_hint: person.userPrincipalName.toUpperCase() }))
    expect(to?.searchParams.get('code')).to.be.a('string')
  })

  const pages: readonly (readonly [string, Record<string, string | null>, number, number])[] = [
    ['another application', { client_id: 'x' }, 400, 700016],
    ['an address nobody registered', { redirect_uri: 'https://evil.example/back' }, 400, 50011],
    ['an address on no loopback', { redirect_uri: 'http://localhost.evil.example/' }, 400, 50011],
    ['a scope without openid', { scope: 'profile' }, 400, 70011],
    ['a plain challenge', { code_challenge_method: 'plain' }, 400, 9002325],
    ['somebody unknown', { login_hint: 'nobody@contoso.example' }, 200, 50034],
  ]
  for (const [name, change, status, number] of pages)
    it(`says itself what is wrong, and sends nobody anywhere: ${name}`, async () => {
      const seen = await visit(authorizeUrl(await open(), change))
      expect([seen.status, seen.to]).to.deep.equal([status, null])
      expect(seen.html).to.contain(`AADSTS${number}`)
    })

  it('keeps disabled people out, and takes registered addresses', async () => {
    const sim = await open({ redirectUris: ['https://intranet.example/back'] })
    sim.directory.disable(sim.directory.byIndex(1).id)
    const hint = { login_hint: sim.directory.byIndex(1).id }
    expect((await visit(authorizeUrl(sim, hint))).html).to.contain('AADSTS50057')
    const registered = { redirect_uri: 'https://intranet.example/back', login_hint: sim.directory.byIndex(2).id }
    expect((await visit(authorizeUrl(sim, registered))).to?.host).to.equal('intranet.example')
  })

  it('does what was planned instead of asking', async () => {
    const sim = await open()
    sim.logins.plan({ error: 'temporarily_unavailable', description: 'AADSTS90033: later' })
    sim.logins.plan({ person: sim.directory.byIndex(2).userPrincipalName })
    expect((await visit(authorizeUrl(sim))).to?.searchParams.get('error')).to.equal('temporarily_unavailable')
    expect((await visit(authorizeUrl(sim))).to?.searchParams.get('code')).to.be.a('string')
    expect((await visit(authorizeUrl(sim, { response_type: 'token' }))).to?.search).to.contain(
      'unsupported_response_type',
    )
  })

  it('leaves a row in the sign-in log when told to', async () => {
    const sim = await open()
    await codeFor(sim)
    expect(sim.signIns.rows).to.have.length(0)
    sim.logins.recordsSignIns = true
    await codeFor(sim)
    expect(sim.signIns.rows[0]).to.include({
      userId: sim.directory.byIndex(1).id,
      appId: sim.settings().AZURE_CLIENT_ID,
      errorCode: 0,
    })
  })
})

describe('the simulated codes and id tokens', () => {
  afterEach(stopAll)

  it('a code is worth an id token that verifies against the published keys', async () => {
    const sim = await start({ users: 5 })
    const { status, body } = await redeem(sim, await codeFor(sim))
    expect(status).to.equal(200)
    const { id, userPrincipalName } = sim.directory.byIndex(1)
    expect(part(body['id_token'], 1)).to.include({
      iss: `${sim.url}/${sim.tenantId}/v2.0`,
      aud: sim.settings().AZURE_CLIENT_ID,
      tid: sim.tenantId,
      oid: id,
      preferred_username: userPrincipalName,
      nonce: 'the-nonce',
      ver: '2.0',
    })
    const keys = await fetch(`${sim.url}/${sim.tenantId}/discovery/v2.0/keys`)
    const [key] = ((await keys.json()) as { keys: Record<string, unknown>[] }).keys
    expect(key).to.include({ kty: 'RSA', use: 'sig', kid: part(body['id_token'], 0)['kid'] })
    const [x5c = ''] = key?.['x5c'] as string[]
    const certificate = new X509Certificate(Buffer.from(x5c, 'base64'))
    expect(certificate.verify(certificate.publicKey)).to.equal(true)
    expect(certificate.publicKey.export({ format: 'jwk' }).n).to.equal(key?.['n'])
    expect(createHash('sha1').update(certificate.raw).digest('base64url')).to.equal(key?.['x5t'])
  })

  const refusals: readonly (readonly [string, Record<string, string | null>, number])[] = [
    ['another redirect URI', { redirect_uri: `${REDIRECT_URI}/` }, 500112],
    ['another verifier', { code_verifier: 'w'.repeat(43) }, 501481],
    ['no verifier', { code_verifier: null }, 501481],
    ['no redirect URI', { redirect_uri: null }, 900144],
    ['no code', { code: null }, 900144],
    ['a code of nobody’s', { code: 'made-up' }, 9002313],
    ['a wrong secret', { client_secret: 'x' }, 7000215],
    ['no credential', { client_secret: null }, 7000218],
    ['another application', { client_id: 'x' }, 700016],
  ]
  for (const [name, change, number] of refusals)
    it(`refuses ${name}, and the code is still good`, async () => {
      const sim = await start({ users: 5 })
      const code = await codeFor(sim)
      expect(numberOf(await redeem(sim, code, change))).to.equal(number)
      expect((await redeem(sim, code)).status).to.equal(200)
    })

  it('a code works once, and for ten minutes', async () => {
    let at = Date.parse('2026-11-20T08:00:00Z')
    const sim = await start({ users: 5, now: () => new Date(at) })
    const [used, old] = [await codeFor(sim), await codeFor(sim)]
    await redeem(sim, used)
    expect(numberOf(await redeem(sim, used))).to.equal(54005)
    at += 10 * 60_000 + 1
    expect(numberOf(await redeem(sim, old))).to.equal(70008)
  })

  it('keys roll over: the old one stays published, unless it is withdrawn', async () => {
    const sim = await start({ users: 5 })
    const published = async (): Promise<unknown[]> => {
      const answer = await fetch(`${sim.url}/${sim.tenantId}/discovery/v2.0/keys`)
      return ((await answer.json()) as { keys: { kid: unknown }[] }).keys.map(({ kid }) => kid)
    }
    const kid = async (): Promise<unknown> => part((await redeem(sim, await codeFor(sim))).body['id_token'], 0)['kid']
    const first = await kid()
    sim.keys.rollOver()
    const second = await kid()
    expect(second).not.to.equal(first)
    expect(await published()).to.deep.equal([first, second])
    sim.keys.rollOver({ withdrawn: true })
    expect(await published()).to.deep.equal([await kid()])
  })
})
