import { DatabaseSync } from '@photostructure/sqlite'
import { expect } from 'chai'
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStore } from '../../../src/store/open.js'
import { Database } from '../../../src/store/sqlite/database.js'
import { migrate } from '../../../src/store/sqlite/migrate.js'
import { MIGRATIONS } from '../../../src/store/sqlite/migrations/index.js'
import { encodeUser } from '../../../src/store/sqlite/rows.js'
import { begin, entry, person, refusal, tempFolder, userId } from '../support.js'

const now = () => new Date()

describe('the schema of a SQLite store', () => {
  let folder: ReturnType<typeof tempFolder>
  let path: string
  beforeEach(() => {
    folder = tempFolder()
    path = join(folder.path, 'connector.db')
  })
  afterEach(() => folder.remove())

  const open = () => openStore({ kind: 'sqlite', path }, { now })

  it('is made where there is nothing, folders included, for this user only', async () => {
    path = join(folder.path, 'data', 'of the connector', 'ü.db')
    const store = await open()
    const { create } = await begin(store)
    await create(person(1))
    const modes = [path, `${path}-wal`, `${path}-shm`].map((file) => statSync(file).mode & 0o777)
    expect(modes).to.deep.equal([0o600, 0o600, 0o600])
    expect(statSync(join(folder.path, 'data')).mode & 0o777).to.equal(0o700)
    await store.close()
  })

  it('is made in an empty file', async () => {
    writeFileSync(path, '')
    const store = await open()
    const { create } = await begin(store)
    await create(person(1))
    await store.close()
  })

  it('is left alone when it is there', async () => {
    const first = await open()
    await (await begin(first)).create(person(1))
    await first.close()
    const before = readFileSync(path)
    const again = await open()
    expect(await again.of('default').find(userId(1))).to.have.length(1)
    await again.close()
    expect(readFileSync(path).equals(before)).to.equal(true)
  })

  it('keeps a path that looks like a URL or a pragma literal', async () => {
    path = join(folder.path, "file:a?mode=ro&b#c'd%20.db")
    const store = await open()
    await (await begin(store)).create(person(1))
    await store.close()
    expect(statSync(path).size).to.be.greaterThan(0)
  })

  it('grows by the migrations that are missing, each whole or not at all', async () => {
    await (await open()).close()
    const db = new Database(path, 0)
    const second = 'CREATE TABLE more (a); INSERT INTO more VALUES (1)'
    const broken = 'INSERT INTO more VALUES (2); INSERT INTO nowhere VALUES (1)'
    const error = await refusal(migrate(db, [...MIGRATIONS, second, broken]))
    expect(error.message).to.contain('nowhere')
    expect(db.all('SELECT a FROM more').length).to.equal(1)
    expect(db.get('PRAGMA user_version')).to.deep.equal(row({ user_version: MIGRATIONS.length + 1 }))
    await migrate(db, [...MIGRATIONS, second, 'INSERT INTO more VALUES (3)'])
    expect(db.texts('SELECT a FROM more')).to.deep.equal([1, 3])
    db.close()
  })

  it('keeps people and their history from before removals, who have none', async () => {
    const old = new Database(path, 0)
    await migrate(old, MIGRATIONS.slice(0, 3))
    // What is null for most people is left out at the end of a row: then and now.
    const data = encodeUser(person(1))
    old.run('INSERT INTO connections (name) VALUES (?)', 'default')
    old.run('INSERT INTO origins (entries) VALUES (?)', JSON.stringify([entry('made')]))
    const sql = `INSERT INTO users (connection, id, revision, presence, status, account, first_login, origin, data)
      VALUES (1, ?, 1, 'enabled', 'never-logged-in', 'active', 0, ?, ?)`
    old.run(sql, userId(1), 1, data)
    old.run(sql, userId(2), null, encodeUser(person(2)))
    const told = (user: number, ...entries: string[]) =>
      old.run('INSERT INTO history (user, entries) VALUES (?, ?)', user, JSON.stringify(entries.map((to) => entry(to))))
    told(1, 'a', 'b')
    told(2, 'first')
    told(2, 'second')
    told(2, 'third')
    old.close()

    const store = await open()
    const own = store.of('default')
    expect(await own.find(userId(1))).to.deep.equal([person(1)])
    expect(await own.removals({ state: 'noted', limit: 9 })).to.deep.equal([])
    const history = async (n: number) => (await own.history(userId(n))).map(({ to }) => to)
    expect(await history(1)).to.deep.equal(['made', 'a', 'b'])
    const lease = await own.lease.take('a-holder', 60_000)
    const ages = { runs: null, replaced: null, history: '2999-01-01T00:00:00.000Z' }
    if (lease.taken) expect(await own.runs.prune(lease.fence, ages, 100)).to.equal(1)
    expect([await history(1), await history(2)]).to.deep.equal([
      ['made', 'a', 'b'],
      ['first', 'third'],
    ])
    await store.close()
  })

  it('of a newer version is refused before anything is written', async () => {
    await (await open()).close()
    copyFileSync(path, (path = join(folder.path, 'newer.db')))
    const newer = new DatabaseSync(path)
    newer.exec('PRAGMA journal_mode = DELETE; PRAGMA user_version = 999; CREATE TABLE from_the_future (a)')
    newer.close()
    const before = readFileSync(path)
    const error = await refusal(open())
    expect(error.code).to.equal('store.schema-newer')
    expect(error.message).to.equal('We cannot open the store: a newer version wrote it')
    expect(error.remedy).to.contain(path)
    expect(error.details.words).to.contain('schema 999')
    expect(readFileSync(path).equals(before)).to.equal(true)
  })

  it('of another application is refused before anything is written', async () => {
    for (const sql of ['CREATE TABLE theirs (a)', 'PRAGMA application_id = 7', 'PRAGMA user_version = 1']) {
      path = join(folder.path, `${sql.length}.db`)
      const theirs = new DatabaseSync(path)
      theirs.exec(sql)
      theirs.close()
      const before = readFileSync(path)
      const error = await refusal(open())
      expect(error.code, sql).to.equal('store.corrupt')
      expect(error.message).to.equal('We cannot open the store: the file belongs to another application')
      expect(readFileSync(path).equals(before)).to.equal(true)
    }
  })
})

/** SQLite's rows have no prototype. */
function row(values: Record<string, unknown>): unknown {
  return Object.assign(Object.create(null) as object, values)
}
