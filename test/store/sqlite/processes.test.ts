import { expect } from 'chai'
import { join } from 'node:path'
import { openStore } from '../../../src/store/open.js'
import type { Store } from '../../../src/store/port.js'
import { Database } from '../../../src/store/sqlite/database.js'
import { begin, objectId, people, tempFolder, userId } from '../support.js'
import { line, start, stopAll } from './programs.js'

describe('a SQLite store shared by processes', () => {
  let folder: ReturnType<typeof tempFolder>
  let path: string
  const stores: Store[] = []
  const open = async () => {
    const store = await openStore({ kind: 'sqlite', path }, { now: () => new Date() })
    stores.push(store)
    return store
  }
  beforeEach(() => {
    folder = tempFolder()
    path = join(folder.path, 'connector.db')
  })
  afterEach(async () => {
    await stopAll()
    for (const store of stores.splice(0)) await store.close()
    folder.remove()
  })

  it('is read while another process is in the middle of a write', async () => {
    const { create } = await begin(await open())
    await create(...people(1, 10))
    const reader = start('reader', path)
    const count = () => {
      reader.child.stdin.write('\n')
      return line(reader)
    }
    expect(await count()).to.equal('10 10')

    const writer = new Database(path, 0)
    writer.script(`BEGIN IMMEDIATE; DELETE FROM users; DELETE FROM tallies`)
    expect(await count()).to.equal('10 10')
    writer.script('ROLLBACK')
    writer.close()

    await create(...people(11, 20))
    expect(await count()).to.equal('20 20')
    reader.child.stdin.end()
    expect((await reader.end).code).to.equal(0)
  })

  it('shows a reader whole pages only', async () => {
    const reader = start('reader', path)
    reader.child.stdin.write('\n')
    expect(await line(reader)).to.equal('0 0')
    const writer = start('writer', path, '40', '50')
    for (let ended = false; !ended;) {
      reader.child.stdin.write('\n')
      const [counted, listed] = (await line(reader)).split(' ').map(Number) as [number, number]
      expect([counted % 50, listed % 50]).to.deep.equal([0, 0])
      ended = listed === 2000
    }
    reader.child.stdin.end()
    expect(await writer.end).to.deep.equal({ code: 0, errors: '' })
    expect(await reader.end).to.deep.equal({ code: 0, errors: '' })
  })

  it('is set up once when several start at the same time', async () => {
    const starters = ['one', 'two', 'three', 'four'].map((holder) => start('opener', path, holder))
    for (const starter of starters) expect(await line(starter)).to.equal('ready')
    for (const starter of starters) starter.child.stdin.end('\n')
    for (const starter of starters) expect(await line(starter)).to.equal('true')
    for (const starter of starters) expect(await starter.end).to.deep.equal({ code: 0, errors: '' })
  })

  it('holds whole pages after a kill in the middle, and the next process goes on from there', async () => {
    const size = 60
    for (const pages of [3, 9, 14, 22]) {
      const writer = start('writer', path, '100', String(size))
      while (Number(await line(writer)) < pages);
      writer.child.kill('SIGKILL')
      expect((await writer.end).code).to.equal(null)

      const store = await openStore({ kind: 'sqlite', path }, { now: () => new Date() })
      const own = store.of('default')
      const { passes } = await own.feed('directory')
      expect(passes).to.be.at.least(pages)
      const { users } = await own.list({ limit: 100_000 })
      expect(users.map(({ id }) => id)).to.deep.equal(people(1, passes * size).map(({ id }) => id))
      expect((await own.known([objectId(passes * size)])).users.size).to.equal(1)
      expect(await own.history(userId(passes * size))).to.have.length(1)
      expect((await own.tally())[0]?.count).to.equal(passes * size)
      expect((await own.runs.get('run-1'))?.durationMs).to.equal(passes)
      await store.close()
    }
  })
})
