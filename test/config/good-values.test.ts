import { expect } from 'chai'
import { parse as parseDotenv } from 'dotenv'
import fc from 'fast-check'
import { envExample } from '../../scripts/render-docs.js'
import { GROUPS, SETTINGS } from '../../src/config/settings.js'
import { CLIENT, ENOUGH, good, problems, read, TENANT } from './settings-of.js'

const microsoft = (env: Record<string, string>) => good(env).config.connection.microsoft

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(good().config).to.deep.equal({
      connection: {
        name: 'default',
        microsoft: {
          tenantId: TENANT,
          clientId: CLIENT,
          credential: { kind: 'secret' },
          authorityHost: 'https://login.microsoftonline.com',
          graphUrl: 'https://graph.microsoft.com/v1.0',
          giveUpAfterMs: 90_000,
        },
        appIds: [],
        rules: { disabledAccounts: 'frozen', licenseSeats: null },
        scope: { groups: [], nested: true, userTypes: [], rules: [], neverRemove: [] },
        mapping: {},
        removalLimit: { count: 20, percent: 5 },
        holdsExpireMs: 604_800_000,
        undoKeptMs: 2_592_000_000,
        reconcileMs: 2_592_000_000,
        onboardingSend: 'manual',
        emailEnabled: true,
        tooLong: {
          'never-logged-in': 2_592_000_000,
          migrating: 86_400_000,
          pending: 604_800_000,
          'onboarding-incomplete': 7_200_000,
          failed: 86_400_000,
        },
      },
      store: { kind: 'sqlite', path: '/srv/connector/data/connector.db' },
      mail: { kind: 'file', directory: '/srv/connector/data/outbox' },
      mailFrom: null,
      mailPerMinute: null,
      bounces: null,
      notify: { emails: [], webhook: false },
      intranet: { name: null, url: null, organisation: null, supportContact: null, language: 'en' },
      texts: null,
      logo: null,
      kept: { runsMs: 7_776_000_000, historyMs: null },
      schedule: { cron: '*/15 * * * *', timezone: null },
      http: { host: '127.0.0.1', port: 8080, publicUrl: 'http://localhost:8080', trustedProxies: ['loopback'] },
      log: { level: 'info', format: 'json', file: null, maskAddresses: false },
    })
  })

  it('are logged readably on a terminal, as JSON elsewhere, and as told where told', () => {
    expect(good({}, { tty: true }).config.log.format).to.equal('pretty')
    expect(good({}, { tty: false }).config.log.format).to.equal('json')
    expect(good({ LOG_FORMAT: 'json' }, { tty: true }).config.log.format).to.equal('json')
  })

  it('read ids in any letter case and compare them in lower case', () => {
    const other = 'AAAAAAAA-0000-4000-8000-00000000000A'
    const { connection } = good({
      AZURE_TENANT_ID: other,
      AHEAD_APP_ID: ` ${other} , ${CLIENT},${other.toLowerCase()} `,
    }).config
    expect(connection.microsoft?.tenantId).to.equal(other.toLowerCase())
    expect(connection.appIds).to.deep.equal([other.toLowerCase(), CLIENT])
  })

  it('take a domain for the tenant', () => {
    expect(microsoft({ AZURE_TENANT_ID: 'Contoso.onmicrosoft.com' })?.tenantId).to.equal('contoso.onmicrosoft.com')
    expect(microsoft({ AZURE_TENANT_ID: 'xn--bcher-kva.example' })?.tenantId).to.equal('xn--bcher-kva.example')
  })

  it('give addresses of Microsoft one form, whatever slashes and versions they come with', () => {
    const cases = {
      'https://graph.microsoft.us': 'https://graph.microsoft.us/v1.0',
      'https://graph.microsoft.us/': 'https://graph.microsoft.us/v1.0',
      'https://graph.microsoft.us/v1.0': 'https://graph.microsoft.us/v1.0',
      'https://GRAPH.microsoft.us:443/V1.0/': 'https://graph.microsoft.us/v1.0',
      'https://proxy.contoso.example/graph': 'https://proxy.contoso.example/graph/v1.0',
      'http://localhost:3000': 'http://localhost:3000/v1.0',
      'http://127.8.9.10:3000/': 'http://127.8.9.10:3000/v1.0',
      'http://[::1]:3000': 'http://[::1]:3000/v1.0',
    }
    for (const [text, url] of Object.entries(cases)) expect(microsoft({ GRAPH_BASE_URL: text })?.graphUrl).to.equal(url)
    const authority = microsoft({ AZURE_AUTHORITY_HOST: 'https://Login.Example:8443/' })?.authorityHost
    expect(authority).to.equal('https://login.example:8443')
  })

  it('read durations as milliseconds', () => {
    const cases = { '1s': 1000, '90s': 90_000, '5m': 300_000, '2h': 7_200_000, '7d': 604_800_000, '007m': 420_000 }
    for (const [text, ms] of Object.entries(cases))
      expect(microsoft({ GIVE_UP_AFTER: text })?.giveUpAfterMs).to.equal(ms)
  })

  it('read numbers up to both ends of their range', () => {
    const { connection, http } = good({
      LICENSE_SEATS: '0',
      REMOVAL_LIMIT_PERCENT: '2.5',
      REMOVAL_LIMIT_COUNT: '0',
      PORT: '0',
    }).config
    expect(connection.rules.licenseSeats).to.equal(0)
    expect(connection.removalLimit).to.deep.equal({ count: 0, percent: 2.5 })
    expect(http.port).to.equal(0)
    expect(good({ PORT: '65535', REMOVAL_LIMIT_PERCENT: '100' }).config.http.port).to.equal(65_535)
  })

  it('take the words of a choice in any letter case', () => {
    const { connection, log } = good({
      EMAIL_ENABLED: 'FALSE',
      DISABLED_ACCOUNTS: 'Inactive',
      LOG_LEVEL: 'Debug',
    }).config
    expect(connection.emailEnabled).to.equal(false)
    expect(connection.rules.disabledAccounts).to.equal('inactive')
    expect(log.level).to.equal('debug')
  })

  it('place relative paths in the working directory', () => {
    const store = (text: string) => good({ STORE_URL: text }).config.store
    expect(store('sqlite:x y.db')).to.deep.equal({ kind: 'sqlite', path: '/srv/connector/x y.db' })
    expect(store('sqlite:/var/ü.db')).to.deep.equal({ kind: 'sqlite', path: '/var/ü.db' })
    expect(store('sqlite:///var/x.db')).to.deep.equal({ kind: 'sqlite', path: '/var/x.db' })
    expect(good({ LOG_FILE: 'logs/a.log' }).config.log.file).to.equal('/srv/connector/logs/a.log')
    expect(good({ MAIL_URL: 'file:/var/mail' }).config.mail).to.deep.equal({ kind: 'file', directory: '/var/mail' })
  })

  it('recognise MongoDB and keep its address among the secrets', () => {
    for (const text of [
      'mongodb://u:p@a:1,b:2/x?replicaSet=r',
      'mongodb+srv://cluster.example/x',
      'MongoDB://localhost',
    ]) {
      const { config, secrets } = good({ STORE_URL: text })
      expect(config.store).to.deep.equal({ kind: 'mongodb' })
      expect(secrets.storeUrl).to.equal(text)
    }
  })

  it('keep the path of the public address without its last slash', () => {
    const cases = {
      'https://c.example/': 'https://c.example',
      'https://c.example/connect/': 'https://c.example/connect',
      'http://localhost:9000/a/b': 'http://localhost:9000/a/b',
    }
    for (const [text, url] of Object.entries(cases))
      expect(good({ PUBLIC_URL: text }).config.http.publicUrl).to.equal(url)
  })

  it('read host names and addresses, IPv6 with or without brackets', () => {
    const cases = {
      '0.0.0.0': '0.0.0.0',
      '::': '::',
      '[::1]': '::1',
      localhost: 'localhost',
      'a.b-c.example': 'a.b-c.example',
    }
    for (const [text, host] of Object.entries(cases)) expect(good({ HOST: text }).config.http.host).to.equal(host)
  })

  it('read schedules of five and six fields, and time zones', () => {
    for (const cron of ['0 9 * * MON-FRI', '*/30 * * * * *', '0 0 1 JAN *']) {
      expect(good({ SYNC_SCHEDULE: cron, SYNC_TIMEZONE: 'Europe/Zurich' }).config.schedule).to.deep.equal({
        cron,
        timezone: 'Europe/Zurich',
      })
    }
  })

  it('read proxies in both spellings, the lower-case one first', () => {
    const upper = 'http://upper.example:3128'
    const lower = 'http://u:p@lower.example:3128'
    expect(good({ HTTPS_PROXY: upper }).secrets.network.httpsProxy).to.equal(upper)
    expect(good({ HTTPS_PROXY: upper, https_proxy: lower, no_proxy: '.example' }).secrets.network).to.deep.equal({
      extraCaPath: null,
      httpProxy: null,
      httpsProxy: lower,
      noProxy: '.example',
    })
  })

  it('lose spaces and line ends around a value', () => {
    const { config, secrets } = good({ AZURE_CLIENT_SECRET: ' value\r', PORT: '9000\r\n', INTRANET_NAME: ' Compass ' })
    expect(secrets.clientSecret).to.equal('value')
    expect(config.http.port).to.equal(9000)
    expect(config.intranet.name).to.equal('Compass')
  })

  it('are all readable as .env.example shows them', () => {
    const uncommented = parseDotenv(envExample().replace(/^# (?=[A-Z_]+=)/gm, ''))
    expect(Object.keys(uncommented)).to.have.members(Object.keys(SETTINGS))
    const found = problems(uncommented).filter(
      ({ message }) => !/no such file|is not set|no certificate|contradict/.test(message),
    )
    expect(found).to.deep.equal([])
  })

  it('copied unchanged from .env.example ask for the app registration and nothing else', () => {
    const copied = parseDotenv(envExample())
    expect(problems(copied).map(({ name }) => name)).to.deep.equal([
      'AZURE_TENANT_ID',
      'AZURE_CLIENT_ID',
      'AZURE_CLIENT_SECRET',
    ])
    expect(problems(copied, { needs: 'store' })).to.deep.equal([])
  })

  it('are in one group each', () => {
    const grouped = GROUPS.flatMap(({ settings }) => Object.keys(settings))
    expect(grouped).to.have.members(Object.keys(SETTINGS))
    expect(new Set(grouped).size).to.equal(grouped.length)
  })

  it('of any text are read or refused with a sentence and a remedy, never with an exception', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.webUrl(),
      fc.emailAddress(),
      fc.stringMatching(/^\w+:\/{0,3}\S*$/),
    )
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(SETTINGS)), text, (name, value) => {
        const result = read({ ...ENOUGH, [name]: value })
        if (result.ok) return
        for (const problem of result.problems) {
          expect(problem.message).to.match(/^\S.*\.$/su)
          expect(problem.remedy).to.match(/\.$/)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
