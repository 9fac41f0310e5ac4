import { expect } from 'chai'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, readConfig } from '../../src/config/read.js'
import { ConnectorError } from '../../src/domain/errors.js'

const OURS = ['LOG_LEVEL', 'INTRANET_NAME', 'ORGANISATION_NAME', 'MAIL_FROM'] as const

describe('the environment', () => {
  let cwd = ''
  const before: Record<string, string | undefined> = {}

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'connector-environment-'))
    for (const name of OURS) {
      before[name] = process.env[name]
      Reflect.deleteProperty(process.env, name)
    }
  })
  afterEach(() => {
    rmSync(cwd, { recursive: true })
    for (const name of OURS) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = before[name]
    }
  })

  const read = (file: string | Buffer) => {
    writeFileSync(join(cwd, '.env'), file)
    const env = environment(cwd)
    return Object.fromEntries(OURS.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  }

  it('is the one of the process where there is no .env', () => {
    process.env['LOG_LEVEL'] = 'warn'
    expect(environment(cwd)['LOG_LEVEL']).to.equal('warn')
  })

  it('of the process wins over .env', () => {
    process.env['LOG_LEVEL'] = 'warn'
    expect(read('LOG_LEVEL=debug\nINTRANET_NAME=Compass\n')).to.deep.equal({
      LOG_LEVEL: 'warn',
      INTRANET_NAME: 'Compass',
    })
  })

  it('lets .env speak where the process has an empty value, and drops empty ones', () => {
    process.env['LOG_LEVEL'] = ''
    process.env['INTRANET_NAME'] = ' '
    expect(read('LOG_LEVEL=debug\nORGANISATION_NAME=\nMAIL_FROM="  "\n')).to.deep.equal({ LOG_LEVEL: 'debug' })
  })

  it('reads .env with a byte order mark, Windows line ends, quotes, comments and export', () => {
    const file =
      '\uFEFFLOG_LEVEL=debug\r\n# comment\r\n\r\nexport INTRANET_NAME="Köln #1"\r\nMAIL_FROM=\'A <a@b.example>\' # x\r\n'
    expect(read(file)).to.deep.equal({ LOG_LEVEL: 'debug', INTRANET_NAME: 'Köln #1', MAIL_FROM: 'A <a@b.example>' })
  })

  it('reads .env as Windows PowerShell writes it', () => {
    expect(read(Buffer.from('\uFEFFLOG_LEVEL=debug\r\nINTRANET_NAME=Zürich\r\n', 'utf16le'))).to.deep.equal({
      LOG_LEVEL: 'debug',
      INTRANET_NAME: 'Zürich',
    })
  })

  it('refuses a .env that cannot be read, with its path', () => {
    mkdirSync(join(cwd, '.env'))
    expect(() => environment(cwd))
      .to.throw(ConnectorError, `The file ${join(cwd, '.env')} cannot be read: it is a folder.`)
      .with.property('code', 'settings.invalid')
  })

  it('is what readConfig takes: a .env alone is enough', () => {
    read('INTRANET_NAME=Compass\nLOG_LEVEL=debug')
    const result = readConfig({ env: environment(cwd), cwd, tty: false, needs: 'store' })
    expect(result.ok && result.config.intranet.name).to.equal('Compass')
  })
})
