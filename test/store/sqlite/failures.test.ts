import { DatabaseSync } from '@photostructure/sqlite'
import { expect } from 'chai'
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { ConnectorError } from '../../../src/domain/errors.js'
import { openStore } from '../../../src/store/open.js'
import { commitBatch } from '../../../src/store/sqlite/commit.js'
import { ConnectionNumber } from '../../../src/store/sqlite/connections.js'
import { Database } from '../../../src/store/sqlite/database.js'
import { storeFailure } from '../../../src/store/sqlite/failures.js'
import { aRun, begin, created, entry, people, person, refusal, tempFolder, userId } from '../support.js'

const now = () => new Date()

describe('a SQLite store that fails', () => {
  let folder: ReturnType<typeof tempFolder>
  let path: string
  beforeEach(() => {
    folder = tempFolder()
    path = join(folder.path, 'connector.db')
  })
  afterEach(() => folder.remove())

  const open = () => openStore({ kind: 'sqlite', path }, { now })
  const filled = async () => {
    const store = await open()
    const { create, fence } = await begin(store)
    await create(...people(1, 500))
    await store.close()
    return fence
  }
  const tells = (error: ConnectorError, code: string, message: string) => {
    expect(error.code).to.equal(code)
    expect(error.message).to.equal(message)
    expect(error.remedy).to.contain(`The store is ${path} (`)
    expect(error.remedy).to.match(/\([\d,]+ MB free\)\.$/)
    expect(error.meanwhile).to.be.a('string')
    expect(error.details.words).to.be.a('string')
  }

  it('where its folder is a file says that it cannot be reached', async () => {
    writeFileSync(join(folder.path, 'file'), '')
    path = join(folder.path, 'file', 'connector.db')
    const error = await refusal(open())
    expect(error.code).to.equal('store.unreachable')
    expect(error.message).to.equal('We cannot open the store: the file cannot be reached')
    expect(error.remedy).to.contain(path)
  })

  it('where nothing can be made says so at once', async function () {
    if (process.platform !== 'linux') this.skip()
    path = '/proc/nowhere/data/connector.db'
    expect((await refusal(open())).code).to.be.oneOf(['store.unreachable', 'store.read-only'])
  })

  it('where it is a folder says that it cannot be reached', async () => {
    mkdirSync(path)
    tells(await refusal(open()), 'store.unreachable', 'We cannot open the store: the file cannot be reached')
  })

  it('that is no database says so and stays as it is', async () => {
    writeFileSync(path, 'Dear diary, '.repeat(1000))
    const error = await refusal(open())
    tells(error, 'store.corrupt', 'We cannot open the store: the file is damaged or is not a store')
    expect(readFileSync(path, 'utf8')).to.equal('Dear diary, '.repeat(1000))
  })

  /** What is left of a closed store, without its log. */
  const filledFile = async () => {
    await filled()
    const copy = join(folder.path, 'copy.db')
    copyFileSync(path, copy)
    path = copy
  }

  it('of which pages are overwritten says that it is damaged', async () => {
    await filledFile()
    const file = openSync(path, 'r+')
    const garbage = Buffer.alloc(8192, 0xa5)
    for (let at = 8192; at < statSync(path).size; at += 8192) writeSync(file, garbage, 0, 8192, at)
    closeSync(file)
    const error = await refusal(open().then((store) => store.of('default').list({ limit: 1000 })))
    expect(error.code).to.equal('store.corrupt')
  })

  it('of which a part is missing says that it is damaged', async () => {
    await filledFile()
    truncateSync(path, Math.floor(statSync(path).size / 2 / 8192) * 8192)
    const error = await refusal(open().then((store) => store.of('default').list({ limit: 1000 })))
    expect(error.code).to.equal('store.corrupt')
  })

  it('names the row whose text is damaged', async () => {
    await filled()
    const raw = new DatabaseSync(path)
    raw.exec(`UPDATE users SET data = substr(data, 1, 20) WHERE id = '${userId(7)}'`)
    raw.exec(`UPDATE users SET data = '{}' WHERE id = '${userId(9)}'`)
    raw.exec("UPDATE runs SET data = 'oops'")
    raw.close()
    const store = await open()
    const own = store.of('default')
    for (const n of [7, 9]) {
      const error = await refusal(own.find(userId(n)))
      tells(error, 'store.corrupt', `We cannot read the store: the record of user ${userId(n)} is damaged`)
    }
    const run = await refusal(own.runs.get('run-1'))
    tells(run, 'store.corrupt', 'We cannot read the store: the record of run run-1 is damaged')
    expect(await own.find(userId(8))).to.deep.equal([person(8)])
    await store.close()
  })

  it('that is full keeps what it had, and takes the page once there is space', async () => {
    const fence = await filled()
    const db = new Database(path, 0)
    const users = people(501, 900).map((user) => created(user, entry('made')))
    const commit = () => commitBatch(db, new ConnectionNumber(db, 'default'), { fence, run: aRun(), users })
    db.script('PRAGMA max_page_count = 1')
    const error = await refusal(commit())
    tells(error, 'store.full', 'We cannot write the store: there is no space left')
    expect(error.meanwhile).to.equal('The page was not saved; it is read again.')
    expect(db.texts('SELECT count(*) FROM users')).to.deep.equal([500])
    db.script('PRAGMA max_page_count = 100000')
    expect(await commit()).to.deep.equal({ lost: [] })
    db.close()
  })

  it('that must not be written says so, and is still read', async () => {
    const fence = await filled()
    const db = new Database(path, 0)
    db.script('PRAGMA query_only = ON')
    const error = await refusal(commitBatch(db, new ConnectionNumber(db, 'default'), { fence, run: aRun() }))
    tells(error, 'store.read-only', 'We cannot write the store: we may not write there')
    expect(await db.read(() => db.texts('SELECT count(*) FROM users'))).to.deep.equal([500])
    db.close()
  })

  it('that another keeps locked says so', async () => {
    const fence = await filled()
    const other = new Database(path, 0)
    other.script('BEGIN IMMEDIATE')
    const db = new Database(path, 20)
    const commit = () => commitBatch(db, new ConnectionNumber(db, 'default'), { fence, run: aRun() })
    tells(await refusal(commit()), 'store.locked', 'We cannot write the store: another process keeps it locked')
    other.script('ROLLBACK')
    expect(await commit()).to.deep.equal({ lost: [] })
    other.close()
    db.close()
  })

  it('tells what the system says of its disk and rights', () => {
    const cases = [
      ['EROFS', 'store.read-only'],
      ['EACCES', 'store.read-only'],
      ['EPERM', 'store.read-only'],
      ['ENOSPC', 'store.full'],
      ['EDQUOT', 'store.full'],
      ['ENOENT', 'store.unreachable'],
      ['EIO', 'store.unreachable'],
    ] as const
    for (const [code, expected] of cases) {
      const thrown = Object.assign(new Error(code), { code, syscall: 'open' })
      expect(storeFailure(thrown, 'open', path).code, code).to.equal(expected)
    }
    for (const [systemErrno, expected] of [
      [30, 'store.read-only'],
      [13, 'store.read-only'],
      [28, 'store.full'],
      [2, 'store.unreachable'],
    ] as const) {
      const thrown = Object.assign(new Error('unable to open'), { code: 'ERR_SQLITE_ERROR', errcode: 14, systemErrno })
      expect(storeFailure(thrown, 'open', path).code, String(systemErrno)).to.equal(expected)
    }
  })

  it('calls what is neither of SQLite nor of the system a fault of ours', () => {
    expect(storeFailure(new TypeError('x is undefined'), 'read', path).code).to.equal('bug')
    expect(storeFailure('a string', 'read', path).code).to.equal('bug')
  })
})
