import { expect } from 'chai'
import { join } from 'node:path'
import { openStore } from '../../../src/store/open.js'
import type { ConnectionStore, Store } from '../../../src/store/port.js'
import { Database } from '../../../src/store/sqlite/database.js'
import { begin, changed, people, person, tempFolder, userId } from '../support.js'

describe('a SQLite store that is worked on without a pause', () => {
  const folder = tempFolder()
  const path = join(folder.path, 'connector.db')
  after(() => folder.remove())

  let store: Store
  let own: ConnectionStore
  before(async () => {
    store = await open()
    const writing = await begin(store)
    await writing.create(...people(1, 20))
    own = writing.store
  })
  after(() => store.close())

  const open = () => openStore({ kind: 'sqlite', path }, { now: () => new Date() })
  const block = (ms: number): void => {
    for (const end = performance.now() + ms; performance.now() < end;);
  }

  for (const [what, call] of [
    ['reads', () => own.find(userId(1))],
    ['writes', () => own.write({ feeds: {} })],
    ['reads of the archive', () => store.archive('default').read('users', { after: null, limit: 20 })],
  ] as const)
    it(`lets timers fire between ${what}`, async () => {
      let fired = 0
      const timer = setInterval(() => (fired += 1), 5)
      for (const end = performance.now() + 300; performance.now() < end;) await call()
      clearInterval(timer)
      expect(fired).to.be.greaterThan(3)
    })

  it('lets them fire, too, where many calls are made at once', async () => {
    let fired = 0
    const timer = setInterval(() => (fired += 1), 5)
    const db = new Database(path, 0)
    await Promise.all(Array.from({ length: 10 }, () => db.read(() => block(25))))
    clearInterval(timer)
    db.close()
    expect(fired).to.be.greaterThan(3)
  })

  it('does what was asked for in the order it was asked for', async () => {
    const db = new Database(path, 0)
    const done: number[] = []
    const slow = (n: number): void => {
      done.push(n)
      block(n % 2 === 0 ? 25 : 0)
    }
    await Promise.all(Array.from({ length: 8 }, (_, n) => (n % 3 === 0 ? db.read : db.write).call(db, () => slow(n))))
    expect(done).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7])
    db.close()
  })

  it('ends what waits for its turn before it closes', async () => {
    const another = await open()
    block(30)
    const before = person(2)
    const writing = another.of('default').write({ users: [changed(before, { displayName: 'Last' })] })
    await another.close()
    expect(await writing).to.deep.equal({ lost: [] })
    expect((await own.find(userId(2)))[0]).to.include({ displayName: 'Last' })
    await another.close()
  })
})
