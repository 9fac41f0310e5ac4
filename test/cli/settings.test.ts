import { expect } from 'chai'
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { aFolder, each, type Env, type Folder } from '../support/command.js'
import { together } from '../support/together.js'

const GOOD: Env = {
  AZURE_TENANT_ID: '7d1f0c52-3b8e-4a61-9c0d-5e2a4f7b9c11',
  AZURE_CLIENT_ID: '2b9c6e70-51d4-4f38-a7e2-0c8d1b3f6a95',
  AZURE_CLIENT_SECRET: 'a-secret~that-is-fine',
}
const WRONG: Env = {
  ...GOOD,
  AZURE_FEDERATED_TOKEN_FILE: 'nowhere/token',
  AZURE_TENANT_ID: 'contoso',
  GRAPH_BASE_URL: 'http://graph.contoso.example',
  SYNC_SCHEDULE: 'every day',
  PORT: 'abc',
  GIVE_UP_AFTER: 'soon',
  LICENSE_SEATS: '-1',
  STORE_URL: 'mysql://ana:hunter2hunter2@db/people',
  LOG_LEVEL: 'loud',
}
const NAMES = Object.keys(WRONG).filter((name) => name !== 'AZURE_CLIENT_ID')

interface Refusal {
  readonly code: string
  readonly message: string
  readonly remedy: string
  readonly requestId: null
}

describe('settings that cannot be used', () => {
  let folder: Folder

  before(async () => {
    folder = await aFolder()
  })
  after(() => folder.remove())

  async function refusal(args: readonly string[], env: Env, where = folder): Promise<Refusal> {
    const { code, json } = await where.run([...args, '--json'], env)
    expect(code).to.equal(2)
    expect(json).to.have.all.keys('error')
    expect(json['error']).to.have.all.keys('code', 'message', 'remedy', 'requestId')
    expect(json['error']).to.include({ code: 'settings.invalid', requestId: null })
    return json['error'] as Refusal
  }

  together({
    'are told all at once, with what to do about each, and never with a secret': async () => {
      const { message, remedy } = await refusal(['sync'], WRONG)
      for (const name of NAMES) expect(message, name).to.include(name)
      expect(remedy).to.include('Copy the Directory (tenant) ID')
      expect(message + remedy).not.to.match(/hunter2|a-secret/)
      const { code, stdout, stderr } = await folder.run(['sync'], WRONG)
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' })
      expect(stderr).to.match(/^10 settings need attention:\n/)
      for (const name of NAMES) expect(stderr, name).to.match(new RegExp(`^ {2}\\S*.*${name}.*\\n {4}\\S`, 'm'))
      expect(stderr).not.to.match(/hunter2|a-secret/)
    },

    'are those that are missing, where Microsoft is to be asked': async () => {
      for (const args of [['sync'], ['serve']]) {
        const { message } = await refusal(args, {})
        expect(message).to.include('AZURE_TENANT_ID is not set.')
        expect(message).to.include('AZURE_CLIENT_ID is not set.')
        expect(message).to.include('No credential is configured.')
      }
    },

    'are those that contradict each other': async () => {
      const { message, remedy } = await refusal(['sync'], {
        ...GOOD,
        AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
      })
      expect(message).to.match(/^AZURE_CLIENT_SECRET and AZURE_TOKEN_CREDENTIALS contradict each other/)
      expect(remedy).to.equal('Keep one of them and remove the others.')
    },

    'are a malformed cron expression, also where nothing runs': async () => {
      const env = { SYNC_SCHEDULE: '61 * * * *' }
      for (const args of [
        ['users', 'list'],
        ['serve', '--no-schedule'],
      ]) {
        const { message } = await refusal(args, env)
        expect(message).to.equal(
          'SYNC_SCHEDULE is “61 * * * *”, which is no cron expression: the minute “61” is not possible.',
        )
      }
    },

    'are a certificate that is not there, and one that is none': async () => {
      const { AZURE_CLIENT_SECRET: _, ...without } = GOOD
      const missing = await refusal(['sync'], { ...without, AZURE_CLIENT_CERTIFICATE_PATH: 'no.pem' })
      expect(missing.message).to.match(
        /AZURE_CLIENT_CERTIFICATE_PATH names a certificate that cannot be read: .*no\.pem: there is no such file/,
      )
      await folder.write('damaged.pem', 'this is no certificate\n')
      const { code, json } = await folder.run(['sync', '--json'], {
        ...without,
        AZURE_CLIENT_CERTIFICATE_PATH: 'damaged.pem',
        GIVE_UP_AFTER: '1s',
      })
      expect(code).to.equal(2)
      expect(json['error']).to.include({ code: 'settings.invalid' })
      expect((json['error'] as Refusal).message).to.include('damaged.pem')
    },

    'are a log file nobody can write': async () => {
      await folder.write('a-file', '')
      const { message } = await refusal(['users', 'list'], { LOG_FILE: 'a-file/connector.log' })
      expect(message).to.match(/^LOG_FILE names a file that cannot be written: /)
    },

    'are a .env that cannot be read, and what stands in one that can': async () => {
      const other = await aFolder()
      await other.write('.env', 'PORT=many\nLOG_LEVEL="info"\n')
      const readable = await other.run(['users', 'list', '--json'])
      expect(readable.json['error']).to.include({
        code: 'settings.invalid',
        message: 'PORT is “many”, not a whole number from 0 to 65535.',
      })
      await rm(join(other.path, '.env'))
      await mkdir(join(other.path, '.env'))
      const { message } = await refusal(['users', 'list'], {}, other)
      expect(message).to.match(/\.env cannot be read: it is a folder/)
      await other.remove()
    },

    'are not the missing ones of Microsoft where nobody asks it': async () => {
      const other = await aFolder()
      const results = await each(
        [
          ['users', 'list'],
          ['users', 'export'],
          ['runs', 'list'],
        ],
        3,
        (args) => other.run(args),
      )
      expect(results.map(({ code }) => code)).to.deep.equal([0, 0, 0])
      await other.remove()
    },

    'count as unset when they are empty': async () => {
      const env = { PORT: '', LOG_LEVEL: ' ', SYNC_SCHEDULE: '', STORE_URL: '' }
      const { code, json } = await folder.run(['users', 'list', '--json'], env)
      expect({ code, ...json }).to.deep.equal({ code: 0, users: [], nextCursor: null })
      expect(existsSync(join(folder.path, 'data', 'connector.db'))).to.equal(true)
    },
  })
})
