import { expect } from 'chai'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENT, ENOUGH, good, problems, read, TENANT } from './settings-of.js'

const IDS = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT }
const FOUR =
  'Set one of the four: AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE, ' +
  'or AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential.'

describe('the credential', () => {
  let cwd = ''
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'connector-credential-'))
    writeFileSync(join(cwd, 'c ä.pem'), 'certificate')
    writeFileSync(join(cwd, 'token'), 'token')
  })
  afterEach(() => rmSync(cwd, { recursive: true }))

  const credentialOf = (env: Record<string, string>) => {
    const result = read({ ...IDS, ...env }, { cwd })
    return result.ok ? result.config.connection.microsoft?.credential : result.problems
  }

  it('is a client secret, a certificate, a federated token or a managed identity', () => {
    expect(credentialOf({ AZURE_CLIENT_SECRET: 'x' })).to.deep.equal({ kind: 'secret' })
    expect(
      credentialOf({ AZURE_CLIENT_CERTIFICATE_PATH: 'c ä.pem', AZURE_CLIENT_CERTIFICATE_PASSWORD: 'p' }),
    ).to.deep.equal({
      kind: 'certificate',
      path: join(cwd, 'c ä.pem'),
    })
    expect(credentialOf({ AZURE_FEDERATED_TOKEN_FILE: join(cwd, 'token') })).to.deep.equal({
      kind: 'federated',
      path: join(cwd, 'token'),
    })
    expect(credentialOf({ AZURE_TOKEN_CREDENTIALS: 'managedidentitycredential' })).to.deep.equal({
      kind: 'managed-identity',
    })
  })

  it('is a managed identity where Azure announces one, unless another is chosen', () => {
    const IDENTITY_ENDPOINT = 'http://169.254.0.1/token'
    expect(credentialOf({ IDENTITY_ENDPOINT })).to.deep.equal({ kind: 'managed-identity' })
    expect(credentialOf({ IDENTITY_ENDPOINT, AZURE_CLIENT_SECRET: 'x' })).to.deep.equal({ kind: 'secret' })
  })

  it('needs no ids with a managed identity', () => {
    const result = read({ AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' })
    if (!result.ok) expect.fail(result.problems.map(({ message }) => message).join(' '))
    const microsoft = result.config.connection.microsoft
    expect(microsoft).to.include({ tenantId: null, clientId: null })
  })

  it('missing is one problem that names the four ways', () => {
    expect(problems(IDS)).to.deep.equal([
      { name: 'AZURE_CLIENT_SECRET', message: 'No credential is configured.', remedy: FOUR },
    ])
  })

  it('missing is reported together with missing ids', () => {
    expect(problems({}).map(({ message }) => message)).to.deep.equal([
      'AZURE_TENANT_ID is not set.',
      'AZURE_CLIENT_ID is not set.',
      'No credential is configured.',
    ])
  })

  it('missing is no problem for a command that does not ask Microsoft', () => {
    for (const env of [{}, IDS, { AZURE_CLIENT_SECRET: 'x' }, { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_SECRET: 'x' }]) {
      const result = read(env, { needs: 'store' })
      if (!result.ok) expect.fail('there are problems')
      expect(result.config.connection.microsoft).to.equal(null)
    }
    expect(good({}, { needs: 'store' }).config.connection.microsoft).not.to.equal(null)
  })

  it('set twice is a contradiction that names both', () => {
    const both = problems({ ...ENOUGH, AZURE_CLIENT_CERTIFICATE_PATH: 'c ä.pem' }, { cwd })
    expect(both.map(({ message }) => message)).to.deep.equal([
      'AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH contradict each other: each is a credential of its own.',
    ])
    expect(both[0]!.remedy).to.equal('Keep one of them and remove the others.')
    const managed = problems({ ...ENOUGH, AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' })
    expect(managed[0]!.message).to.match(/^AZURE_CLIENT_SECRET and AZURE_TOKEN_CREDENTIALS contradict/)
  })

  it('that is unreadable still counts for a contradiction, and not as missing', () => {
    expect(problems({ ...ENOUGH, AZURE_TOKEN_CREDENTIALS: 'prod' }).map(({ message }) => message)).to.deep.equal([
      'AZURE_TOKEN_CREDENTIALS is “prod”, which is not a possible value.',
      'AZURE_CLIENT_SECRET and AZURE_TOKEN_CREDENTIALS contradict each other: each is a credential of its own.',
    ])
    expect(problems({ ...IDS, AZURE_TOKEN_CREDENTIALS: 'prod' })).to.have.length(1)
  })

  it('password without a certificate is a problem', () => {
    const [first] = problems({ ...ENOUGH, AZURE_CLIENT_CERTIFICATE_PASSWORD: 'hunter2' })
    expect(first).to.deep.equal({
      name: 'AZURE_CLIENT_CERTIFICATE_PASSWORD',
      message: 'AZURE_CLIENT_CERTIFICATE_PASSWORD is set, but there is no certificate it could open.',
      remedy: 'Set AZURE_CLIENT_CERTIFICATE_PATH as well, or remove the password.',
    })
  })

  it('file that cannot be read is a problem with its path and the reason', () => {
    mkdirSync(join(cwd, 'folder'))
    writeFileSync(join(cwd, 'empty'), '')
    const cases = {
      'nowhere.pem': 'there is no such file',
      'token/x.pem': 'there is no such file',
      folder: 'it is a folder',
      empty: 'it is empty',
    }
    for (const [path, reason] of Object.entries(cases)) {
      const certificate = problems({ ...IDS, AZURE_CLIENT_CERTIFICATE_PATH: path }, { cwd })
      expect(certificate.map(({ message }) => message)).to.deep.equal([
        `AZURE_CLIENT_CERTIFICATE_PATH names a certificate that cannot be read: ${join(cwd, path)}: ${reason}.`,
      ])
      const token = problems({ ...IDS, AZURE_FEDERATED_TOKEN_FILE: path }, { cwd, needs: 'store' })
      expect(token[0]!.message).to.equal(
        `AZURE_FEDERATED_TOKEN_FILE names a token file that cannot be read: ${join(cwd, path)}: ${reason}.`,
      )
      const authorities = problems({ ...ENOUGH, NODE_EXTRA_CA_CERTS: path }, { cwd })
      expect(authorities[0]!.message).to.equal(
        `NODE_EXTRA_CA_CERTS names a file that cannot be read: ${join(cwd, path)}: ${reason}.`,
      )
    }
  })

  it('file without permission is a problem', function () {
    if (process.getuid?.() === 0) this.skip()
    chmodSync(join(cwd, 'token'), 0o000)
    const [first] = problems({ ...IDS, AZURE_FEDERATED_TOKEN_FILE: 'token' }, { cwd })
    expect(first!.message).to.contain('permission is denied')
  })
})
