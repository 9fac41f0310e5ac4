import { expect } from 'chai'
import { CLIENT, ENOUGH, good, read } from './settings-of.js'

describe('a warning', () => {
  it('names the setting that a misspelt one may have meant', () => {
    const typos = {
      AZURE_TENANTID: 'AZURE_TENANT_ID',
      AZURE_CLIENT_SERCET: 'AZURE_CLIENT_SECRET',
      SYNC_SHEDULE: 'SYNC_SCHEDULE',
      LICENCE_SEATS: 'LICENSE_SEATS',
      ORGANIZATION_NAME: 'ORGANISATION_NAME',
      MAILURL: 'MAIL_URL',
      MAIL_RUL: undefined,
      MAIL_URI: 'MAIL_URL',
      GIVEUP_AFTER: 'GIVE_UP_AFTER',
      REMOVAL_LIMIT_PERCENTS: 'REMOVAL_LIMIT_PERCENT',
    }
    for (const [name, meant] of Object.entries(typos)) {
      const expected = {
        name,
        message: `${name} is set, but no setting has this name.`,
        remedy: `Did you mean ${meant ?? ''}?`,
      }
      expect(good({ [name]: 'x' }).warnings).to.deep.equal(meant === undefined ? [] : [expected])
    }
  })

  it('is not given for what an ordinary machine has in its environment', () => {
    const names = [
      'HOME',
      'PATH',
      'HOSTNAME',
      'HOSTTYPE',
      'POST',
      'PORTS',
      'LOGNAME',
      'MAIL',
      'LOG_FILTER',
      'NODE_OPTIONS',
      'NODE_ENV',
      'AZURE_CONFIG_DIR',
      'AZURE_USERNAME',
      'AZURE_PASSWORD',
      'AZURE_CLIENT_SEND_CERTIFICATE_CHAIN',
      'IDENTITY_ENDPOINT',
      'AZURE_REGIONAL_AUTHORITY_NAME',
      'http_proxy',
      'https_proxy',
      'no_proxy',
      'ALL_PROXY',
      'FTP_PROXY',
      'STORE',
      'PUBLIC',
      'EMAIL',
      'SYNC',
      'TZ',
      '__proto__',
      'constructor',
    ]
    const env = Object.fromEntries(names.map((name) => [name, name.endsWith('_proxy') ? 'http://p.example' : 'x']))
    expect(good(env).warnings).to.deep.equal([])
  })

  it('is given together with problems: the misspelt name may explain the missing one', () => {
    const result = read({ AZURE_TENANTID: 'x' })
    expect(result.ok).to.equal(false)
    expect(result.warnings.map(({ remedy }) => remedy)).to.deep.equal(['Did you mean AZURE_TENANT_ID?'])
  })

  it('is given for a client secret that looks like an id', () => {
    expect(good({ AZURE_CLIENT_SECRET: CLIENT.toUpperCase() }).warnings).to.deep.equal([
      {
        name: 'AZURE_CLIENT_SECRET',
        message: 'AZURE_CLIENT_SECRET looks like the ID of a client secret, not its value.',
        remedy:
          'Entra admin center → Entra ID → App registrations → your app → Certificates & secrets → New client secret: ' +
          'copy the Value column.',
      },
    ])
    expect(good(ENOUGH).warnings).to.deep.equal([])
  })

  it('is given for hosts of two clouds, and for none that we do not know', () => {
    const warned = (AZURE_AUTHORITY_HOST: string, GRAPH_BASE_URL: string) =>
      good({ AZURE_AUTHORITY_HOST, GRAPH_BASE_URL }).warnings.map(({ remedy }) => remedy)
    expect(good({ AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us' }).warnings[0]?.remedy).to.equal(
      'With https://login.microsoftonline.us use https://graph.microsoft.us or https://dod-graph.microsoft.us.',
    )
    expect(warned('https://login.microsoftonline.us/', 'https://dod-graph.microsoft.us/v1.0')).to.deep.equal([])
    expect(warned('https://login.microsoftonline.com', 'https://microsoftgraph.chinacloudapi.cn')).to.have.length(1)
    expect(warned('https://login.chinacloudapi.cn', 'https://microsoftgraph.chinacloudapi.cn')).to.deep.equal([])
    expect(warned('https://login.private.example', 'https://graph.microsoft.com')).to.deep.equal([])
    expect(warned('https://login.microsoftonline.com', 'http://localhost:3000')).to.deep.equal([])
  })
})
