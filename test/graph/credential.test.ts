import { execFileSync } from 'node:child_process'
import { constants, createHash, createPrivateKey, generateKeyPairSync, verify, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import forge from 'node-forge'
import { privateIdentity } from './support/certificates.js'
import { NO_PROXIES, TENANT_ID, configFor, failureOf, never, tokenAnswer, withTenant } from './support/microsoft.js'
import { reset, serve, type Answer, type Received, type TestServer } from './support/server.js'
import { connect } from '../../src/graph/connect.js'
import { sample } from './support/samples.js'

const identity = privateIdentity()
const other = privateIdentity()
const PASSWORD = 'Zürich käse 1'

function legacyPfx(password: string, algorithm: '3des' | 'aes256'): Buffer {
  const { pki, pkcs12, asn1 } = forge
  const key = pki.privateKeyFromPem(identity.key)
  const container = pkcs12.toPkcs12Asn1(key, [pki.certificateFromPem(identity.cert)], password, { algorithm })
  return Buffer.from(asn1.toDer(container).getBytes(), 'binary')
}

function encryptedKey(password: string): string {
  const key = createPrivateKey(identity.key)
  return key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password }).toString()
}

function openssl(...args: string[]): boolean {
  try {
    execFileSync('openssl', args, { stdio: 'pipe' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

describe('credentials', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'connector-credential-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  function file(name: string, content: string | Buffer): string {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }

  /** The token request made with this certificate file. */
  async function signInWith(path: string, password: string | null = null): Promise<Received> {
    let request: Received | undefined
    const options = { secrets: { clientSecret: null, certificatePassword: password } }
    await withTenant({ microsoft: { credential: { kind: 'certificate', path } }, options }, async (tenant) => {
      await tenant.connection.directory.tenant(never)
      request = tenant.signIns()[0]
    })
    if (!request) throw new Error('no token was asked for')
    return request
  }

  function expectProof(request: Received): void {
    const assertion = new URLSearchParams(request.body).get('client_assertion') ?? ''
    const [header = '', payload = '', signature = ''] = assertion.split('.')
    const certificate = new X509Certificate(identity.cert)
    const said = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, string>
    expect(said['x5t#S256']).to.equal(createHash('sha256').update(certificate.raw).digest('base64url'))
    const key = { key: certificate.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    const signed = Buffer.from(`${header}.${payload}`)
    expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).to.equal(true)
  }

  it('a PEM certificate proves who we are, whatever the order in its file', async () => {
    expectProof(await signInWith(file('key-first.pem', identity.key + identity.cert)))
    const chain = other.cert + identity.cert.replaceAll('\n', '\r\n') + identity.key
    expectProof(await signInWith(file('chain.pem', `Bag Attributes\n  friendlyName: x\n${chain}`)))
  })

  it('an encrypted key is opened with its password', async () => {
    const path = file('encrypted.pem', encryptedKey(PASSWORD) + identity.cert)
    expectProof(await signInWith(path, PASSWORD))
  })

  it('a PFX is read in memory: old and new encryption, with and without a password', async () => {
    expectProof(await signInWith(file('3des.pfx', legacyPfx('secret', '3des')), 'secret'))
    expectProof(await signInWith(file('aes.pfx', legacyPfx('secret', 'aes256')), 'secret'))
    expectProof(await signInWith(file('open.pfx', legacyPfx('', '3des'))))
  })

  it('a PFX as openssl writes it today is read', async function () {
    const key = file('key.pem', identity.key)
    const cert = file('cert.pem', identity.cert)
    for (const password of ['plain', PASSWORD]) {
      const path = join(folder, `modern-${password.length}.pfx`)
      const written = openssl(
        'pkcs12',
        '-export',
        '-inkey',
        key,
        '-in',
        cert,
        '-passout',
        `pass:${password}`,
        '-out',
        path,
      )
      if (!written) this.skip()
      expectProof(await signInWith(path, password))
    }
  })

  it('a certificate names its thumbprint and its end', async () => {
    const path = file('named.pem', identity.key + identity.cert)
    await withTenant({ microsoft: { credential: { kind: 'certificate', path } } }, async (tenant) => {
      const certificate = new X509Certificate(identity.cert)
      expect(await tenant.connection.certificate()).to.deep.equal({
        thumbprint: createHash('sha1').update(certificate.raw).digest('hex').toUpperCase(),
        endsAt: new Date(certificate.validTo),
      })
    })
    await withTenant({}, async (tenant) => {
      expect(await tenant.connection.certificate()).to.equal(null)
    })
  })

  it('a certificate Microsoft does not know is named by its thumbprint', async () => {
    const path = file('unknown.pem', identity.key + identity.cert)
    const token = (): Answer => ({ status: 401, body: { error: 'invalid_client', error_codes: [700027] } })
    await withTenant({ token, microsoft: { credential: { kind: 'certificate', path } } }, async (tenant) => {
      const error = await failureOf(tenant.connection.directory.tenant(never), 'sign-in.refused')
      const { thumbprint } = (await tenant.connection.certificate()) ?? {}
      expect(error.remedy).to.contain(thumbprint)
    })
  })

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  const unusable: readonly (readonly [string, string | Buffer | null, string | null, string, string])[] = [
    ['a file that is not there', null, null, 'ENOENT', 'AZURE_CLIENT_CERTIFICATE_PATH'],
    ['a certificate without its key', identity.cert, null, 'no private key', 'same file'],
    ['a key without its certificate', identity.key, null, 'no certificate', 'same file'],
    ['a key of somebody else', other.key + identity.cert, null, 'does not belong', 'together'],
    [
      'an encrypted key without a password',
      encryptedKey('x') + identity.cert,
      null,
      'encrypted',
      'CERTIFICATE_PASSWORD',
    ],
    ['a wrong password', encryptedKey('x') + identity.cert, 'y', 'does not open', 'AZURE_CLIENT_CERTIFICATE_PASSWORD'],
    ['a damaged key', identity.key.replace(/MII.{40}/, 'MII') + identity.cert, null, 'damaged', 'again'],
    ['a damaged certificate', identity.key + identity.cert.replace(/M.{40}/, 'M'), null, 'damaged', 'again'],
    ['a key Microsoft cannot use', ec.toString() + identity.cert, null, 'type ec', 'RSA'],
    ['an empty file', '', null, 'neither PEM nor PFX', '.pfx'],
    ['text', 'hello', null, 'neither PEM nor PFX', '.pfx'],
    ['a certificate in DER', new X509Certificate(identity.cert).raw, null, 'cannot be used', 'openssl pkcs12'],
    [
      'a PFX with a wrong password',
      legacyPfx('x', 'aes256'),
      'y',
      'does not open',
      'AZURE_CLIENT_CERTIFICATE_PASSWORD',
    ],
    ['a PFX without its password', legacyPfx('x', '3des'), null, 'does not open', 'AZURE_CLIENT_CERTIFICATE_PASSWORD'],
    ['half a PFX', legacyPfx('x', '3des').subarray(0, 900), 'x', 'neither PEM nor PFX', '.pfx'],
  ]
  for (const [name, content, password, message, remedy] of unusable) {
    it(`${name} is a problem of the settings, with what to do`, async () => {
      const path = content === null ? join(folder, 'nowhere.pem') : file('unusable', content)
      const error = await failureOf(signInWith(path, password), 'settings.invalid')
      expect(error.message).to.contain(message).and.to.contain(path)
      expect(error.remedy).to.contain(remedy)
      expect(error.exitCode).to.equal(2)
    })
  }

  it('a federated token is read anew for each sign-in', async () => {
    const path = file('federated', 'first.federated.token\n')
    await withTenant({ microsoft: { credential: { kind: 'federated', path } } }, async (tenant) => {
      await tenant.connection.freshClaims(never)
      file('federated', 'second.federated.token')
      await tenant.connection.freshClaims(never)
      const sent = tenant.signIns().map(({ body }) => new URLSearchParams(body))
      expect(sent.map((form) => form.get('client_assertion'))).to.deep.equal([
        'first.federated.token',
        'second.federated.token',
      ])
      expect(sent[0]?.get('client_assertion_type')).to.match(/jwt-bearer$/)
    })
  })

  it('a federated token that is missing or empty is a problem of the settings', async () => {
    for (const path of [join(folder, 'gone'), file('blank', '\n')]) {
      await withTenant({ microsoft: { credential: { kind: 'federated', path } } }, async (tenant) => {
        const error = await failureOf(tenant.connection.directory.tenant(never), 'settings.invalid')
        expect(error.remedy).to.contain('AZURE_FEDERATED_TOKEN_FILE')
      })
    }
  })
})

describe('a private authority', () => {
  const tls = privateIdentity()
  let extraCaPath: string
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'connector-authority-'))
    extraCaPath = join(folder, 'authority.pem')
    writeFileSync(extraCaPath, tls.cert)
  })
  after(() => rmSync(folder, { recursive: true }))

  async function signInAt(discovery: (origin: string) => Answer): Promise<{ asked: string[]; answer: unknown }> {
    let origin = ''
    const server = await serve(
      ({ url }) => (url.includes('openid-configuration') ? discovery(origin) : tokenAnswer(0)),
      tls,
    )
    origin = server.origin
    const connection = connect({
      microsoft: configFor(origin),
      secrets: { clientSecret: 'a secret value', certificatePassword: null },
      network: { ...NO_PROXIES, extraCaPath },
      appIds: [],
      now: () => new Date(),
    })
    try {
      const answer = await connection.directory.tenant(never).catch((error: unknown) => error)
      return { answer, asked: server.received.map(({ method, url }) => `${method} ${url.split('?')[0] ?? ''}`) }
    } finally {
      await connection.close()
      await server.close()
    }
  }

  it('is asked what it offers, and nobody else is', async () => {
    const { asked, answer } = await signInAt((origin) => ({ body: sample('discovery', origin).body }))
    expect(answer).to.equal(TENANT_ID)
    expect(asked).to.deep.equal([
      `GET /${TENANT_ID}/v2.0/.well-known/openid-configuration`,
      `POST /${TENANT_ID}/oauth2/v2.0/token`,
    ])
  })

  it('cannot send our secret elsewhere', async () => {
    const { asked, answer } = await signInAt((origin) => ({
      body: { ...sample('discovery', origin).body, token_endpoint: 'https://evil.example/token' },
    }))
    expect(answer).to.include({ code: 'graph.foreign-link' })
    expect(asked).to.have.length(1)
  })

  it('that publishes nonsense, or nothing, is named', async () => {
    for (const body of [{ issuer: 'https://evil.example/' }, {}]) {
      const { answer } = await signInAt(() => ({ body }))
      expect(answer).to.include({ code: 'sign-in.refused' })
    }
    const { answer } = await signInAt(() => ({ status: 404, body: 'not here' }))
    expect(answer).to.include({ code: 'sign-in.refused' })
    expect(String(answer)).to.contain('does not answer like')
  })
})

describe('a managed identity', () => {
  const names = ['IDENTITY_ENDPOINT', 'IDENTITY_HEADER'] as const
  const had = names.map((name) => process.env[name])
  let answers: Answer[] = []
  let endpoint: TestServer

  // The endpoint App Service gives its processes. The library looks for it once in a process, and keeps tokens by
  // client id: hence one endpoint, and a client id for each test.
  before(async () => {
    endpoint = await serve(() => answers.shift() ?? { status: 400, body: { error: 'invalid_request' } })
    process.env['IDENTITY_ENDPOINT'] = `${endpoint.origin}/msi/token`
    process.env['IDENTITY_HEADER'] = 'header-of-this-machine'
  })
  after(async () => {
    names.forEach((name, nth) => {
      const value = had[nth]
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    })
    await endpoint.close()
  })

  async function signIn(clientId: string, given: readonly Answer[]): Promise<{ asked: Received[]; answer: unknown }> {
    answers = [...given]
    endpoint.received.length = 0
    const credential = { kind: 'managed-identity' } as const
    await withTenant({ microsoft: { tenantId: null, clientId, credential } }, async (tenant) => {
      answer = await tenant.connection.directory.tenant(never).catch((error: unknown) => error)
      expect(tenant.server.received).to.deep.equal([])
    })
    return { answer, asked: endpoint.received }
  }
  let answer: unknown

  const claims = Buffer.from(`{"tid":"${TENANT_ID}"}`).toString('base64url')
  const token: Answer = {
    body: { access_token: `x.${claims}.x`, token_type: 'Bearer', expires_on: Math.floor(Date.now() / 1000) + 86_400 },
  }

  it('gives a token for Graph, and says for which tenant', async () => {
    const signedIn = await signIn('client-1', [token])
    expect(signedIn.answer).to.equal(TENANT_ID)
    const [request] = signedIn.asked
    expect(request?.url).to.contain('resource=http%3A%2F%2F127.0.0.1').and.to.contain('client_id=client-1')
    expect(request?.headers['x-identity-header']).to.equal('header-of-this-machine')
  })

  for (const status of [404, 410, 429, 500, 503]) {
    it(`that answers ${status} is asked again`, async () => {
      const signedIn = await signIn(`client-${status}`, [{ status, body: {} }, token])
      expect(signedIn.answer).to.equal(TENANT_ID)
      expect(signedIn.asked).to.have.length(2)
    })
  }

  it('that breaks off is asked again', async () => {
    const signedIn = await signIn('client-2', [reset, token])
    expect(signedIn.answer).to.equal(TENANT_ID)
  })

  it('that does not exist is refused with where to switch it on', async () => {
    const signedIn = await signIn('client-3', [])
    expect(signedIn.answer).to.include({ code: 'sign-in.refused' })
    expect(signedIn.answer).to.have.property('remedy').that.contains('Azure portal')
    expect(signedIn.asked).to.have.length(1)
  })
})
