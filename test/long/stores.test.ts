import { DatabaseSync } from '@photostructure/sqlite'
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { copyFile, open, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { Run } from '../../src/domain/run.js'
import { aFolder, each, type Folder, type Result } from '../support/command.js'
import { together } from '../support/together.js'
import { aCompany, everyone, withCompany, type Company } from '../cli/company.js'

/** A disk of its own: full, or read-only. */
function mount(...args: string[]): boolean {
  return spawnSync('mount', args, { stdio: 'ignore' }).status === 0
}

function alter(path: string, sql: string): void {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}

const COMMANDS = [['users', 'list'], ['users', 'export'], ['runs', 'list'], ['sync'], ['serve', '--no-schedule']]

describe('stores that cannot be used', () => {
  let company: Company
  let broken: Folder

  before(async () => {
    company = await aCompany()
    broken = await aFolder(company.env)
    await company.run(['sync'])
    for (const name of ['newer.db', 'cut.db', 'damaged.db'])
      await copyFile(join(company.path, 'connector.db'), join(broken.path, name))
  })
  after(async () => {
    await broken.remove()
    await company.close()
  })

  function expectRefusal({ code, json, stderr }: Result, errorCode: string, message: RegExp): void {
    expect(code, stderr).to.equal(5)
    expect(json).to.have.all.keys('error')
    expect(json['error']).to.include({ code: errorCode, requestId: null })
    const { message: said, remedy } = json['error'] as { message: string; remedy: string }
    expect(said).to.match(message)
    expect(remedy).to.include(broken.path)
  }

  together({
    'end every command with 5: a path below a file': async () => {
      await broken.write('a-file', 'x')
      const env = { STORE_URL: 'sqlite:a-file/connector.db', PORT: '0' }
      for (const result of await each(COMMANDS, 3, (args) => broken.run([...args, '--json'], env)))
        expectRefusal(result, 'store.unreachable', /^We cannot open the store: the file cannot be reached$/)
    },

    'end with 5: a folder, and a file that is no store': async () => {
      mkdirSync(join(broken.path, 'a-folder'), { recursive: true })
      const folder = await broken.run(['users', 'list', '--json'], { STORE_URL: 'sqlite:a-folder' })
      expectRefusal(folder, 'store.unreachable', /^We cannot open the store: /)
      await broken.write('text.db', 'this is a text and no database, whatever its name says\n'.repeat(100))
      const text = await broken.run(['sync', '--json'], { STORE_URL: 'sqlite:text.db' })
      expectRefusal(text, 'store.corrupt', /^We cannot open the store: the file is damaged or is not a store$/)
    },

    "end with 5: another application's database, which is left alone": async () => {
      alter(join(broken.path, 'other.db'), 'CREATE TABLE IF NOT EXISTS people (name TEXT)')
      const result = await broken.run(['sync', '--json'], { STORE_URL: 'sqlite:other.db' })
      expectRefusal(result, 'store.corrupt', /the file belongs to another application$/)
      alter(join(broken.path, 'other.db'), "INSERT INTO people VALUES ('Ana')")
    },

    'end with 5: a database of a newer version': async () => {
      const STORE_URL = 'sqlite:newer.db'
      alter(join(broken.path, 'newer.db'), 'PRAGMA user_version = 99')
      const [json, { stderr, stdout, code }] = await Promise.all([
        broken.run(['sync', '--json'], { STORE_URL }),
        broken.run(['users', 'list'], { STORE_URL }),
      ])
      expectRefusal(json, 'store.schema-newer', /^We cannot open the store: a newer version wrote it$/)
      expect({ code, stdout }).to.deep.equal({ code: 5, stdout: '' })
      expect(stderr).to.match(/\n {2}What to do: Start the newer version, or set STORE_URL to another file\./)
    },

    'end with 5: a database that was cut short': async () => {
      const STORE_URL = 'sqlite:cut.db'
      await truncate(join(broken.path, 'cut.db'), 20_000)
      const result = await broken.run(['users', 'list', '--json'], { STORE_URL })
      expectRefusal(result, 'store.corrupt', /^We cannot (open|read) the store: the file is damaged or is not a store$/)
    },

    'end with 5: a database with damage in the middle': async () => {
      const STORE_URL = 'sqlite:damaged.db'
      const file = await open(join(broken.path, 'damaged.db'), 'r+')
      await file.write(Buffer.alloc(200_000, 0xa5), 0, 200_000, 30_000)
      await file.close()
      const result = await broken.run(['users', 'export', '--json'], { STORE_URL })
      expectRefusal(result, 'store.corrupt', /the file is damaged or is not a store$/)
    },

    'are not made where a command is not understood': async () => {
      await broken.run(['users', 'list', '--limit', 'x'], { STORE_URL: 'sqlite:never.db' })
      expect(existsSync(join(broken.path, 'never.db'))).to.equal(false)
    },
  })

  it('keep what was read when the disk is full, and go on once there is space', async function () {
    const disk = join(broken.path, 'small-disk')
    mkdirSync(disk)
    if (!mount('-t', 'tmpfs', '-o', 'size=640k', 'tmpfs', disk)) this.skip()
    try {
      await withCompany({ STORE_URL: `sqlite:${disk}/connector.db` }, { users: 1500, pageSize: 50 }, async (big) => {
        const full = await big.run(['sync', '--json'])
        expect(full.code, full.stderr).to.equal(5)
        const { outcome, error, users } = full.json as unknown as Run
        expect(outcome).to.equal('failed')
        expect(error).to.include({ code: 'store.full', message: 'We cannot write the store: there is no space left' })
        expect(users.created).to.be.within(50, 1450)
        mount('-o', 'remount,size=32m', disk)
        const rest = await big.run(['sync', '--json'])
        expect(rest.code, rest.stderr).to.equal(0)
        const next = (rest.json as unknown as Run).users
        expect(next.created + users.created).to.equal(1500)
        expect((await big.run(['users', 'export'])).stdout.trimEnd().split('\n')).to.have.length(1500)
      })
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  })

  it('end with 5: a disk that is read-only', async function () {
    const disk = join(broken.path, 'read-only-disk')
    mkdirSync(disk)
    if (!mount('-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk)) this.skip()
    try {
      const env = { STORE_URL: `sqlite:${disk}/connector.db` }
      expect((await company.run(['sync'], env)).code).to.equal(0)
      mount('-o', 'remount,ro', disk)
      const result = await company.run(['sync', '--json'], env)
      expect(result.code).to.equal(5)
      expect(result.json['error']).to.include({ code: 'store.read-only' })
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  })
})

describe('a connection that is running already', () => {
  it('is left alone: exit 7 at once, for as long as it runs, however its process ends', async () => {
    await withCompany({}, { users: 300, pageSize: 10 }, async (company) => {
      company.simulator.latencyMs = 600
      const slow = company.start(['sync', '--json'])
      await slow.says(/Reading everybody/)
      const [second, human, preview] = await Promise.all([
        company.run(['sync', '--json']),
        company.run(['sync', '--user', 'zoe.mueller@contoso.example']),
        company.run(['users', 'list', '--json']),
      ])
      expect(second.code).to.equal(7)
      expect(second.json['error']).to.include({ code: 'lease.held', requestId: null })
      const { message, remedy } = second.json['error'] as { message: string; remedy: string }
      expect(message).to.match(/^Another run of connection default has been on since \d{4}-/)
      expect(remedy).to.match(/^Nothing to do.*is free again at \d{4}-/)
      expect(human).to.include({ code: 7, stdout: '' })
      expect(preview.code).to.equal(0)

      slow.send('SIGKILL')
      expect(await slow.ended).to.include({ code: null, signal: 'SIGKILL' })
      company.simulator.latencyMs = 0
      const next = await company.run(['sync', '--json'])
      expect(next.code, next.stderr).to.equal(0)
      const { runs } = (await company.run(['runs', 'list', '--json'])).json as unknown as { runs: Run[] }
      expect(runs.map(({ outcome }) => outcome)).to.deep.equal(['succeeded', 'interrupted'])
      expect(await everyone(company)).to.have.length(300)
    })
  })
})
