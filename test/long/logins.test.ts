import { expect } from 'chai'
import { NO_AHEAD } from '../../src/domain/ahead.js'
import { openPasswords } from '../../src/login/password.js'
import { begin, created, entry, person } from '../store/support.js'
import { openStore } from '../../src/store/open.js'
import { aFolder, type Folder } from '../support/command.js'

/* Two hundred people log in at once, with the real cost of a password: the process must go on answering everybody else. */

const PEOPLE = 200
const PASSWORD = 'correct horse battery staple'

describe('two hundred logins at once', function () {
  this.timeout(240_000)
  let folder: Folder
  before(async () => {
    folder = await aFolder({ STORE_URL: 'sqlite:connector.db', PORT: '0', LOG_LEVEL: 'info', LOG_FORMAT: 'json' })
    const path = `${folder.path}/connector.db`
    const store = await openStore({ kind: 'sqlite', path }, { now: () => new Date() })
    const setAt = new Date().toISOString()
    const password = { hash: await openPasswords().hash(PASSWORD), setAt }
    const { commit, store: own, fence } = await begin(store)
    const people = Array.from({ length: PEOPLE }, (_, i) =>
      person(i + 1, { identity: 'ahead-id', status: 'onboarded', ahead: { ...NO_AHEAD, password } }),
    )
    await commit({ users: people.map((user) => created(user, entry('onboarded'))) })
    await own.lease.release(fence)
    await store.close()
  })
  after(() => folder.remove())

  it('all get in, and the process answers others meanwhile', async () => {
    const serve = folder.start(['serve', '--no-schedule'])
    const url = (await serve.says(/^Listening on (http:\S+)$/m))[1] ?? ''
    let left = PEOPLE
    const logins = Array.from({ length: PEOPLE }, async (_, i) => {
      const body = new URLSearchParams({ username: `person${i + 1}@contoso.example`, password: PASSWORD })
      const { status } = await fetch(`${url}/login`, { method: 'POST', body, redirect: 'manual' })
      left -= 1
      return status
    })
    // One question after the other: were the event loop blocked by passwords, few would be answered before the last login.
    let answered = 0
    while (left > 0) {
      expect((await fetch(`${url}/healthz`)).status).to.equal(200)
      answered += 1
    }
    expect([...new Set(await Promise.all(logins))]).to.deep.equal([303])
    expect(answered, 'questions answered while people logged in').to.be.greaterThan(PEOPLE)
    serve.send('SIGTERM')
    expect((await serve.ended).code).to.equal(0)
  })
})
