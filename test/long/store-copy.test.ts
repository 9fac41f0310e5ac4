import { expect } from 'chai'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from '../../src/domain/run.js'
import { openStore } from '../../src/store/open.js'
import { hasTerminals, until, type Result } from '../support/command.js'
import { TEST_MONGO_URL, testDatabase, WITHOUT_SERVER } from '../support/mongo.js'
import { people } from '../store/support.js'
import { aCompany, withCompany, type Company } from '../cli/company.js'
import { aFolderWith, seed } from '../cli/seeded.js'

/** So many that a copy is not over before it is ended. */
const PEOPLE = 20_000
const PASSWORD = 'geheim~n0body~knows'

describe('store copy', () => {
  let company: Company
  before(async () => {
    company = await aCompany()
    await company.sync()
  })
  after(() => company.close())

  const copy = (to: string, ...more: string[]): Promise<Result> => company.run(['store', 'copy', '--to', to, ...more])

  /** The next run of the copy reads what changed since the last one of the original, and knows everybody. */
  async function expectIncremental(STORE_URL: string): Promise<void> {
    await withCompany({}, {}, async (own) => {
      await own.sync()
      const done = await own.run(['store', 'copy', '--to', STORE_URL, '--json'])
      expect(done.code, done.stderr).to.equal(0)
      own.simulator.directory.update(own.simulator.directory.find('ben.okafor@contoso.example')?.id ?? '', {
        jobTitle: 'Head of Finance',
      })
      const { run } = await own.sync({}, { STORE_URL })
      expect(run).to.include({ kind: 'incremental', outcome: 'succeeded' })
      expect(run.users).to.include({ read: 1, updated: 1 })
      const { json } = await own.run(['runs', 'list', '--json'], { STORE_URL })
      expect((json['runs'] as Run[]).map(({ kind }) => kind)).to.deep.equal(['incremental', 'initial'])
    })
  }

  it('prints what was copied as one JSON document, and may be run again', async () => {
    const first = await copy('sqlite:copy.db', '--json')
    expect(first.code, first.stderr).to.equal(0)
    expect(Object.keys(first.json)).to.deep.equal(['copied', 'verified', 'differences'])
    expect(first.json).to.deep.include({ verified: true, differences: [] })
    expect(first.json['copied']).to.include({ users: 30, history: 30, runs: 1, tokens: 0 })
    const again = await copy('sqlite:copy.db', '--json')
    expect({ code: again.code, json: again.json }).to.deep.equal({ code: 0, json: first.json })
    expect((await copy('sqlite:copy.db')).stdout).to.match(
      /^Copied at \d{4}-\d\d-\d\d \d\d:\d\d UTC, and still the same: 30 people, 30 history entries, 1 run, \d+ lines of logs\.\n$/,
    )
    const list = async (STORE_URL: string) => (await company.run(['users', 'export'], { STORE_URL })).stdout
    expect(await list('sqlite:copy.db')).to.equal(await list('sqlite:connector.db'))
  })

  it('says what to do then', async () => {
    const { stdout, code } = await copy('sqlite:told.db')
    expect(code).to.equal(0)
    expect(stdout).to.match(/^Copied and verified: 30 people, .*\nTo work with the copy, .*STORE_URL.*\n$/)
  })

  it('ends with 1 and says what differs when one of the two was used', async () => {
    await copy('sqlite:used.db')
    const [person] = people(70, 70)
    await seed({ ...company, env: { ...company.env, STORE_URL: 'sqlite:used.db' } }, [person!])
    const [json, human] = [await copy('sqlite:used.db', '--json'), await copy('sqlite:used.db')]
    expect(json.code, json.stderr).to.equal(1)
    expect(json.json).to.include({ verified: false })
    const differences = json.json['differences'] as { kind: string; source: object; target: object }[]
    expect(differences.map(({ kind }) => kind)).to.deep.equal(['users', 'history'])
    expect(differences[0]?.source).to.include({ count: 30 })
    expect(differences[0]?.target).to.include({ count: 31 })
    expect(human).to.include({ code: 1, stderr: '' })
    expect(human.stdout).to.match(/^Not verified: .*\n {2}default: 30 people here, 31 there\n/)
  })

  it('refuses what cannot be copied to, with 2, and never shows a password', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['sqlite:connector.db', /^The store to copy to is the store itself/],
      [`sqlite:${join(company.path, 'connector.db')}`, /^The store to copy to is the store itself/],
      ['sqlite::memory:', /^--to would keep everything in memory and lose it$/],
      [`postgres://ana:${PASSWORD}@host/db`, /^--to starts with “postgres:”, which is no store we know$/],
      [`mongodb://ana:${PASSWORD}@host:99999/db`, /^--to cannot be read as the address of a MongoDB server$/],
      [' ', /^--to is empty$/],
    ]
    for (const [to, message] of cases) {
      const { code, json, stdout, stderr } = await copy(to, '--json')
      expect(code, stderr).to.equal(2)
      expect((json['error'] as { message: string }).message).to.match(message)
      expect(stdout + stderr).not.to.include(PASSWORD)
    }
    const gone = await copy(`mongodb://ana:${PASSWORD}@127.0.0.1:1/db?serverSelectionTimeoutMS=300&x=${PASSWORD}`)
    expect(gone.stdout + gone.stderr).not.to.include(PASSWORD)
    const down = await copy(`mongodb://ana:${PASSWORD}@127.0.0.1:1/db?serverSelectionTimeoutMS=300`, '--json')
    expect(down.code).to.equal(5)
    expect((down.json['error'] as { message: string }).message).to.match(/^We cannot open the store to copy to: /)
    expect(down.stdout + down.stderr).not.to.include(PASSWORD)
    const one = await company.run(['store', 'copy', '--to', 'sqlite:one.db', '--connection', 'default'])
    expect(one).to.include({ code: 2 })
    expect(existsSync(join(company.path, 'one.db'))).to.equal(false)
    expect((await company.run(['store', 'copy'])).code).to.equal(2)
  })

  it('refuses to copy nothing, with 2, and makes no file', async () => {
    const nothing = (STORE_URL: string) =>
      company.run(['store', 'copy', '--to', 'sqlite:nothing.db', '--json'], { STORE_URL })
    const absent = await nothing('sqlite:absent.db')
    expect(absent.code, absent.stderr).to.equal(2)
    const path = join(company.path, 'absent.db')
    expect(absent.json['error']).to.include({ message: `There is nothing to copy: sqlite:${path} does not exist` })
    expect(existsSync(path)).to.equal(false)
    await company.write('empty.db', '')
    const empty = await nothing('sqlite:empty.db')
    expect(empty.code, empty.stderr).to.equal(2)
    expect((empty.json['error'] as { message: string }).message).to.match(/^There is nothing to copy: .* is empty$/)
    expect((empty.json['error'] as { remedy: string }).remedy).to.match(/^STORE_URL says which store is copied/)
    expect(existsSync(join(company.path, 'nothing.db'))).to.equal(false)
  })

  it('waits for no run: 7, and the other store stays as it is', async () => {
    const path = join(company.path, 'connector.db')
    const store = await openStore({ kind: 'sqlite', path }, { now: () => new Date() })
    try {
      const lease = await store.of('default').lease.take('a-run', 60_000)
      const { code, json } = await copy('sqlite:busy.db', '--json')
      expect(code).to.equal(7)
      expect(json['error']).to.include({ code: 'lease.held' })
      expect(lease.taken).to.equal(true)
      if (lease.taken) await store.of('default').lease.release(lease.fence)
    } finally {
      await store.close()
    }
    expect((await copy('sqlite:busy.db')).code).to.equal(0)
  })

  it('goes on after it was killed; what is half there is no store meanwhile', async () => {
    const folder = await aFolderWith(people(1, PEOPLE))
    try {
      const args = ['store', 'copy', '--to', 'sqlite:copy.db', '--json']
      const first = folder.start(args)
      const log = join(folder.path, 'copy.db-wal')
      await until(() => (statSync(log, { throwIfNoEntry: false })?.size ?? 0) >= 600_000, first)
      first.send('SIGKILL')
      expect(await first.ended).to.include({ signal: 'SIGKILL' })
      const half = await folder.run(['users', 'list', '--json'], { STORE_URL: 'sqlite:copy.db' })
      expect(half.code).to.equal(2)
      expect((half.json['error'] as { message: string }).message).to.match(/^The store is only half of a copy/)
      const second = await folder.run(args)
      expect(second.code, second.stderr).to.equal(0)
      expect(second.json).to.include({ verified: true })
      expect(second.json['copied']).to.include({ users: PEOPLE, history: PEOPLE })
    } finally {
      await folder.remove()
    }
  })

  it('ends with 130 when it is told to', async () => {
    const folder = await aFolderWith(people(1, PEOPLE))
    try {
      const running = folder.start(['store', 'copy', '--to', 'sqlite:copy.db', '--json'])
      await until(() => existsSync(join(folder.path, 'copy.db-wal')), running)
      running.send('SIGTERM')
      const { code, json } = await running.ended
      expect(code).to.equal(130)
      expect(json['error']).to.include({ code: 'run.interrupted' })
    } finally {
      await folder.remove()
    }
  })

  it('shows on a terminal how far it is', async function () {
    if (!hasTerminals()) this.skip()
    const { stdout } = await company.onTerminal(80, ['store', 'copy', '--to', 'sqlite:seen.db'])
    expect(stdout).to.match(/Copying people: 30 of about 30/)
    expect(stdout).to.match(/Copied and verified: 30 people/)
  })

  it('leaves a SQLite store whose next run goes on', () => expectIncremental('sqlite:moved.db'))

  if (TEST_MONGO_URL === null) it(`leaves a MongoDB store whose next run goes on (${WITHOUT_SERVER})`)
  else
    it('leaves a MongoDB store whose next run goes on', async () => {
      const database = await testDatabase()
      try {
        await expectIncremental(database.url)
      } finally {
        await database.drop()
      }
    })
})
