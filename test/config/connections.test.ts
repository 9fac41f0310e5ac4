import { expect } from 'chai'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ConnectionSettings, SettingsProblem } from '../../src/config/config.js'
import { keyOf } from '../../src/config/connections.js'
import { readConfig, type ConfigResult } from '../../src/config/read.js'
import { secretValues } from '../../src/config/secrets.js'
import { CONNECTION_SETTINGS } from '../../src/config/settings.js'
import type { Environment } from '../../src/config/values.js'
import { tempFolder } from '../store/support.js'
import { CLIENT, ENOUGH, TENANT } from './settings-of.js'

const OTHER_TENANT = '22222222-2222-3333-4444-555555555555'
const OTHER_CLIENT = '88888888-8888-7777-6666-555555555555'
const FILE = 'config/connections.json'
const CARD = { name: 'b', tenantId: OTHER_TENANT, clientId: OTHER_CLIENT }
const WITH_SECRET = { ...CARD, clientSecret: { env: 'SECRET_OF_B' } }
const SECRETS = { SECRET_OF_B: 'Bbc8Q~the-value-of-b' }

describe('config/connections.json', () => {
  let folder: ReturnType<typeof tempFolder>
  beforeEach(() => {
    folder = tempFolder()
    mkdirSync(join(folder.path, 'config'))
  })
  afterEach(() => folder.remove())

  function read(content: unknown, env: Environment = {}, needs: 'microsoft' | 'store' = 'microsoft'): ConfigResult {
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    writeFileSync(join(folder.path, FILE), text)
    return readConfig({ env, cwd: folder.path, tty: false, needs })
  }
  function good(content: unknown, env: Environment = SECRETS): readonly ConnectionSettings[] {
    const result = read(content, env)
    if (!result.ok) expect.fail(result.problems.map(({ message }) => message).join('\n'))
    return result.connections
  }
  const only = (content: object, env?: Environment): ConnectionSettings => good([content], env)[0]!
  const told = (content: unknown, env: Environment = SECRETS): readonly SettingsProblem[] => {
    const result = read(content, env)
    return result.ok ? [] : result.problems
  }
  const messages = (content: unknown, env?: Environment): string[] => told(content, env).map(({ message }) => message)

  it('has an example that is in order', () => {
    const example = readFileSync(fileURLToPath(new URL('../../../config/connections.example.json', import.meta.url)))
    const secret = join(folder.path, 'secret')
    writeFileSync(secret, 'Abc8Q~the-value')
    const content = example.toString().replace('/run/secrets/fabrikam', secret)
    const names = good(content, { SECRET_OF_CONTOSO: 'Cbc8Q~the-value' }).map(({ config }) => config.connection.name)
    expect(names).to.deep.equal(['default', 'fabrikam'])
  })

  it('gives several connections, each with its own tenant, application and secret', () => {
    const file = join(folder.path, 'secret-of-a')
    writeFileSync(file, 'Abc8Q~the-value-of-a\n')
    const a = { name: 'a', tenantId: TENANT, clientId: CLIENT, clientSecret: { file: 'secret-of-a' } }
    const connections = good([a, WITH_SECRET])
    expect(connections.map(({ config }) => config.connection.name)).to.deep.equal(['a', 'b'])
    expect(connections.map(({ config }) => config.connection.microsoft?.tenantId)).to.deep.equal([TENANT, OTHER_TENANT])
    expect(connections.map(({ secrets }) => secrets.clientSecret)).to.deep.equal([
      'Abc8Q~the-value-of-a',
      SECRETS.SECRET_OF_B,
    ])
    expect(connections.flatMap(({ secrets }) => secretValues(secrets))).to.include.members([
      'Abc8Q~the-value-of-a',
      SECRETS.SECRET_OF_B,
    ])
  })

  it('is the first connection where only one is asked for, and nothing at all without the file', () => {
    const result = read([WITH_SECRET, { ...WITH_SECRET, name: 'c', tenantId: TENANT }], SECRETS)
    expect(result.ok && result.config.connection.name).to.equal('b')
    const without = readConfig({ env: ENOUGH, cwd: join(folder.path, 'config'), tty: false, needs: 'microsoft' })
    expect(without.ok && without.connections.map(({ config }) => config.connection.name)).to.deep.equal(['default'])
    const alone = readConfig({ env: ENOUGH, cwd: folder.path, tty: false, needs: 'microsoft', environmentOnly: true })
    expect(alone.ok && alone.config.connection.name).to.equal('default')
  })

  it('takes the address of a webhook from elsewhere only', () => {
    const url = 'https://ops.example/hooks/T0-B0-secret'
    const said = messages([{ ...WITH_SECRET, notifyWebhookUrl: url, notifyWebhookSecret: { env: 'SIGNING' } }], {
      ...SECRETS,
      SIGNING: 'a long random text',
    })
    expect(said).to.deep.equal([`${FILE}: [0].notifyWebhookUrl holds a secret, which has no place in this file.`])
    const own = { notifyWebhookUrl: { env: 'HOOK' }, notifyWebhookSecret: { env: 'SIGNING' } }
    const { secrets } = only({ ...WITH_SECRET, ...own }, { ...SECRETS, HOOK: url, SIGNING: 'a long random text' })
    expect(secrets.webhook?.url).to.equal(url)
  })

  it('calls settings as the environment does, in camelCase and without AZURE_', () => {
    const names = { AZURE_TENANT_ID: 'tenantId', AZURE_CLIENT_SECRET: 'clientSecret', AHEAD_APP_ID: 'aheadAppId' }
    for (const [setting, key] of Object.entries(names)) expect(keyOf(setting)).to.equal(key)
    const keys = Object.keys(CONNECTION_SETTINGS).map(keyOf)
    expect(new Set(keys).size).to.equal(keys.length)
    expect(keys).to.include.members([
      'mailUrl',
      'publicUrl',
      'intranetName',
      'licenseSeats',
      'tooLongPending',
      'graphBaseUrl',
    ])
    expect(keys).not.to.include.members(['storeUrl', 'port', 'logLevel', 'httpsProxy', 'syncSchedule'])
  })

  it('takes texts, numbers, true and false, and what is left out from the environment, then the default', () => {
    const env = { ...SECRETS, INTRANET_NAME: 'Compass', LICENSE_SEATS: '500', SYNC_SCHEDULE: '0 * * * *' }
    const own = { licenseSeats: 7, emailEnabled: false, publicUrl: 'https://b.contoso.example', organisationName: 'B' }
    const { config } = only({ ...WITH_SECRET, ...own }, env)
    expect(config.connection.rules.licenseSeats).to.equal(7)
    expect(config.connection.emailEnabled).to.equal(false)
    expect(config.http.publicUrl).to.equal('https://b.contoso.example')
    expect(config.intranet).to.include({ name: 'Compass', organisation: 'B' })
    expect(config.schedule.cron).to.equal('0 * * * *')
    expect(config.connection.removalLimit).to.deep.equal({ count: 20, percent: 5 })
  })

  it('takes null for the default, whatever the environment says, and an empty text for nothing', () => {
    const env = { ...SECRETS, BOUNCES_URL: 'graph:bounces@contoso.example', MAIL_URL: 'graph:intranet@contoso.example' }
    const { config, secrets } = only({ ...WITH_SECRET, bouncesUrl: null, mailUrl: '' }, env)
    expect([config.bounces, secrets.bouncesUrl]).to.deep.equal([null, null])
    expect([config.mail.kind, secrets.mailUrl]).to.deep.equal(['graph', env.MAIL_URL])
  })

  it('never mixes tenant, application and credential of two places', () => {
    const mixed = messages([CARD], { ...ENOUGH, ...SECRETS })
    expect(mixed).to.have.length(1)
    expect(mixed[0]).to.equal(`${FILE}: [0].clientSecret is not set, nor another credential.`)
    expect(messages([{ name: 'b', authorityHost: 'https://login.contoso.example' }], ENOUGH)).to.deep.equal([
      `${FILE}: [0].tenantId is not set.`,
      `${FILE}: [0].clientId is not set.`,
      `${FILE}: [0].clientSecret is not set, nor another credential.`,
    ])
    // A managed identity that Azure announces belongs to the host, not to somebody's tenant.
    expect(messages([CARD], { IDENTITY_ENDPOINT: 'http://127.0.0.1/' })[0]).to.include('[0].clientSecret is not set')
    // Said in so many words, one secret serves several tenants.
    const { secrets } = only({ ...CARD, clientSecret: { env: 'AZURE_CLIENT_SECRET' } }, ENOUGH)
    expect(secrets.clientSecret).to.equal(ENOUGH.AZURE_CLIENT_SECRET)
    // Another credential of the environment does not contradict ours.
    expect(
      messages([WITH_SECRET], { ...SECRETS, ...ENOUGH, AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }),
    ).to.deep.equal([])
    expect(only({ name: 'b' }, ENOUGH).config.connection.microsoft).to.include({ tenantId: TENANT, clientId: CLIENT })
  })

  it('lets commands that ask Microsoft nothing do without', () => {
    const result = read([{ name: 'b', tenantId: OTHER_TENANT }], {}, 'store')
    expect(result.ok && result.config.connection.microsoft).to.equal(null)
  })

  it('takes a URL that holds no password as it is', () => {
    for (const mailUrl of ['file:outbox-of-b', 'graph:intranet@contoso.example'])
      expect(only({ ...WITH_SECRET, mailUrl }).secrets.mailUrl).to.equal(mailUrl)
    const server = { mailUrl: 'smtp://mail.contoso.example', mailFrom: 'intranet@contoso.example' }
    expect(only({ ...WITH_SECRET, ...server }).config.mail).to.include({ kind: 'smtp', host: 'mail.contoso.example' })
    expect(
      only({ ...WITH_SECRET, mailUrl: { env: 'MAIL_OF_B' } }, { ...SECRETS, MAIL_OF_B: 'file:x' }).config.mail.kind,
    ).to.equal('file')
  })

  const PROBLEMS: Readonly<Record<string, readonly [unknown, ...string[]]>> = {
    'no JSON': ['[{"name": "hunter2hunter2', `${FILE} is not JSON`],
    'no list': [{ name: 'b' }, `${FILE} is not a list of connections.`],
    'an empty list': [[], `${FILE} names no connection.`],
    'no object': [
      ['b', null, [1]],
      `${FILE}: [0] is not an object.`,
      `${FILE}: [1] is not an object.`,
      `${FILE}: [2] is not an object.`,
    ],
    'no name': [[{ ...WITH_SECRET, name: undefined }], `${FILE}: [0].name is missing.`],
    'a name with other characters': [
      [{ ...WITH_SECRET, name: 'b c' }],
      `${FILE}: [0].name is not a name for a connection.`,
    ],
    'a name that is too long': [
      [{ ...WITH_SECRET, name: 'b'.repeat(65) }],
      `${FILE}: [0].name is not a name for a connection.`,
    ],
    'a name that is none': [[{ ...WITH_SECRET, name: 7 }], `${FILE}: [0].name is not a name for a connection.`],
    'the same name twice': [
      [WITH_SECRET, { ...WITH_SECRET, name: 'B', tenantId: TENANT }],
      `${FILE}: [1].name is “B”, as is the name of [0].`,
    ],
    'an inline secret': [
      [{ ...CARD, clientSecret: 'hunter2hunter2' }],
      `${FILE}: [0].clientSecret holds a secret, which has no place in this file.`,
    ],
    'an inline password': [
      [{ ...WITH_SECRET, mailUrl: 'smtp://ana:hunter2hunter2@mail.contoso.example', mailFrom: 'a@contoso.example' }],
      `${FILE}: [0].mailUrl holds a secret, which has no place in this file.`,
    ],
    'an inline secret that looks like a URL': [
      [{ ...CARD, clientSecret: 'graph:hunter2hunter2' }],
      `${FILE}: [0].clientSecret holds a secret, which has no place in this file.`,
    ],
    'a secret nowhere': [
      [{ ...CARD, clientSecret: {} }],
      `${FILE}: [0].clientSecret does not say where the secret is.`,
    ],
    'a secret in two places': [
      [{ ...CARD, clientSecret: { env: 'A', file: 'b' } }],
      `${FILE}: [0].clientSecret does not say where the secret is.`,
    ],
    'a secret elsewhere': [
      [{ ...CARD, clientSecret: { vault: 'hunter2hunter2' } }],
      `${FILE}: [0].clientSecret does not say where the secret is.`,
    ],
    'a variable that is not set': [
      [{ ...CARD, clientSecret: { env: 'NOT_SET' } }],
      `${FILE}: [0].clientSecret names NOT_SET, which is not set.`,
    ],
    'a secret for a variable': [
      [{ ...CARD, clientSecret: { env: 'hunter2hunter2' } }],
      `${FILE}: [0].clientSecret names a variable that is not set.`,
    ],
    'a file that is not there': [
      [{ ...CARD, clientSecret: { file: 'nowhere' } }],
      `${FILE}: [0].clientSecret names a file that cannot be read: `,
    ],
    'a reference where a value belongs': [
      [{ ...WITH_SECRET, tenantId: { env: 'SECRET_OF_B' } }],
      `${FILE}: [0].tenantId is not a text, a number, true or false.`,
    ],
    'a tenant that is none': [
      [WITH_SECRET, { ...WITH_SECRET, name: 'c', tenantId: 'contoso' }],
      `${FILE}: [1].tenantId is neither a GUID nor a domain.`,
    ],
    'numbers out of range': [
      [{ ...WITH_SECRET, licenseSeats: -1 }],
      `${FILE}: [0].licenseSeats is “-1”, not a whole number 0 or more.`,
    ],
    'two credentials': [
      [{ ...WITH_SECRET, tokenCredentials: 'ManagedIdentityCredential' }],
      `${FILE}: [0].clientSecret and [0].tokenCredentials contradict each other: each is a credential of its own.`,
    ],
    'a password for nothing': [
      [{ ...WITH_SECRET, clientCertificatePassword: { env: 'SECRET_OF_B' } }],
      `${FILE}: [0].clientCertificatePassword is set, but there is no certificate it could open.`,
    ],
    'a server without a sender': [
      [{ ...WITH_SECRET, mailUrl: 'smtp://mail.contoso.example' }],
      `${FILE}: [0].mailFrom is not set, but [0].mailUrl names a mail server, which needs a sender.`,
    ],
    'an unknown key': [[{ ...WITH_SECRET, tenantID: 'x' }], `${FILE}: [0].tenantID is not a setting of a connection.`],
    'a setting of the installation': [
      [{ ...WITH_SECRET, storeUrl: 'sqlite:b.db' }],
      `${FILE}: [0].storeUrl belongs to the whole installation, not to a connection.`,
    ],
  }
  for (const [title, [content, ...expected]] of Object.entries(PROBLEMS))
    it(`refuses ${title}, by its path, and shows no secret`, () => {
      const problems = told(content)
      expect(problems.map(({ message }) => message)).to.have.length(expected.length)
      for (const [index, start] of expected.entries()) {
        const { message, remedy } = problems[index]!
        expect(message.startsWith(start), message).to.equal(true)
        expect(remedy).to.match(/\.$|\?$/)
        expect(message + remedy).not.to.include('hunter2')
      }
    })

  it('tells everything at once, and what all share only once', () => {
    const env = { LICENSE_SEATS: 'many', MAIL_URL: 'smtp://mail.contoso.example', MAIL_FROM: 'nobody' }
    const found = messages(
      [
        { ...CARD, clientSecret: 'x'.repeat(20), typo: 1 },
        { name: 'c', tenantId: 'x' },
      ],
      env,
    )
    expect(found).to.deep.equal([
      'LICENSE_SEATS is “many”, not a whole number 0 or more.',
      'MAIL_FROM is “nobody”, which is no email address.',
      `${FILE}: [0].clientSecret holds a secret, which has no place in this file.`,
      `${FILE}: [0].typo is not a setting of a connection.`,
      `${FILE}: [1].tenantId is neither a GUID nor a domain.`,
      `${FILE}: [1].clientId is not set.`,
      `${FILE}: [1].clientSecret is not set, nor another credential.`,
    ])
  })

  it('suggests what was probably meant', () => {
    const remedies = ['tenantID', 'AZURE_TENANT_ID', 'tennantId', 'nam', 'nonsense'].map(
      (key) => told([{ ...WITH_SECRET, [key]: 'x' }])[0]?.remedy,
    )
    expect(remedies).to.deep.equal([
      'Did you mean tenantId?',
      'Did you mean tenantId?',
      'Did you mean tenantId?',
      'Did you mean name?',
      'The README lists them; take it out.',
    ])
  })

  it('takes a variable it refers to for no misspelt setting', () => {
    const env = { AZURE_CLIENT_SECRET_B: 'Bbc8Q~the-value-of-b', AZURE_CLIENT_SECRET_C: 'x' }
    const { warnings } = read([{ ...CARD, clientSecret: { env: 'AZURE_CLIENT_SECRET_B' } }], env)
    expect(warnings.map(({ name }) => name)).to.deep.equal(['AZURE_CLIENT_SECRET_C'])
  })

  it('warns of one tenant read twice, a secret’s ID, and clouds that do not belong together', () => {
    const result = read(
      [
        WITH_SECRET,
        { ...WITH_SECRET, name: 'c' },
        { ...WITH_SECRET, name: 'd', tenantId: TENANT, graphBaseUrl: 'https://graph.microsoft.us' },
      ],
      { SECRET_OF_B: '99999999-1111-2222-3333-444444444444' },
    )
    expect(result.ok).to.equal(true)
    expect(result.warnings.map(({ message }) => message)).to.deep.equal([
      `${FILE}: [0].clientSecret looks like the ID of a client secret, not its value.`,
      `${FILE}: [1].clientSecret looks like the ID of a client secret, not its value.`,
      `${FILE}: [2].clientSecret looks like the ID of a client secret, not its value.`,
      `${FILE}: [2].graphBaseUrl and AZURE_AUTHORITY_HOST belong to different clouds; Microsoft will refuse the sign-in.`,
      `${FILE}: [1] reads the same tenant with the same application as [0], so everybody is there twice.`,
    ])
  })
})
