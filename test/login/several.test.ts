import { expect } from 'chai'
import { openLimits } from '../../src/login/limits.js'
import { openDoor, type PasswordDoor } from '../../src/login/password-door.js'
import { openPasswords } from '../../src/login/password.js'
import { openStore } from '../../src/store/open.js'
import type { ConnectionStore, Store } from '../../src/store/port.js'
import { Clock, created, tempFolder } from '../store/support.js'
import { silent } from '../support/log.js'
import { aheadPerson, CHEAP, counted, type Counted } from './support.js'

const ADA = 'person1@contoso.example'
const NETWORK = '198.51.100.7'

describe('the door of several connections', () => {
  let folder: ReturnType<typeof tempFolder>
  let store: Store
  let north: ConnectionStore
  let south: ConnectionStore
  let passwords: Counted
  let door: PasswordDoor
  let owed: string[]

  beforeEach(async () => {
    folder = tempFolder()
    const clock = new Clock()
    store = await openStore({ kind: 'sqlite', path: `${folder.path}/connector.db` }, clock)
    ;[north, south] = [store.of('north'), store.of('south')]
    passwords = counted(openPasswords(CHEAP))
    for (const [connection, password] of [
      [north, 'northern'],
      [south, 'southern'],
    ] as const) {
      const hash = await openPasswords(CHEAP).hash(password)
      const ada = aheadPerson(1, hash, { connection: connection.connection })
      await connection.write({ users: [created(ada)] })
    }
    owed = []
    let ids = 0
    door = openDoor({
      stores: [north, south],
      passwords,
      limits: openLimits(clock.now),
      now: clock.now,
      newId: () => `email-${(ids += 1)}`,
      onOwed: (connection) => void owed.push(connection),
      log: silent,
    })
  })
  afterEach(async () => {
    await door.settled()
    await store.close()
    folder.remove()
  })
  const enter = (password: string, name = ADA) => door.logIn({ name, password, network: NETWORK })

  it('lets in whoever the password is right for, into their connection only', async () => {
    for (const [password, connection] of [
      ['northern', 'north'],
      ['southern', 'south'],
    ] as const) {
      const result = await enter(password)
      expect(result.kind === 'in' && result.user.connection).to.equal(connection)
    }
    const sessions = await Promise.all(
      [north, south].map(async (one) => (await one.find(ADA))[0]?.ahead?.sessions.length),
    )
    expect(sessions).to.deep.equal([1, 1])
  })

  it('hides nobody behind a namesake who has left, or is paused, elsewhere', async () => {
    const [ada] = await north.find(ADA)
    await north.write({ users: [{ before: ada!, after: { ...ada!, account: 'frozen', revision: 2 }, entries: [] }] })
    expect((await enter('northern')).kind).to.equal('paused')
    expect((await enter('southern')).kind).to.equal('in')
    const [there] = await south.find(ADA)
    const gone = { ...there!, presence: 'soft-deleted', account: 'inactive', revision: there!.revision + 1 } as const
    await south.write({ users: [{ before: there!, after: gone, entries: [] }] })
    expect((await enter('southern')).kind).to.equal('paused')
  })

  it('counts one attempt once, and takes as long for a name nobody has as for a wrong password', async () => {
    for (let i = 0; i < 5; i += 1) expect((await enter('wrong')).kind).to.equal('wrong')
    expect((await enter('northern')).kind).to.equal('in')
    passwords.compared.length = 0
    await enter('wrong', 'nobody@contoso.example')
    expect(passwords.compared).to.deep.equal([null])
  })

  it('owes an email to each of them, and says whose it is', async () => {
    await door.forgotten({ name: ADA, network: NETWORK })
    await door.settled()
    expect(owed).to.have.members(['north', 'south'])
  })

  it('gives two people of one id nothing of each other', async () => {
    const [inNorth, inSouth] = [await enter('northern'), await enter('southern')]
    if (inNorth.kind !== 'in' || inSouth.kind !== 'in') throw new Error('not let in')
    expect(inNorth.user.id).to.equal(inSouth.user.id)
    expect((await door.whoIs(inNorth.session))?.user.connection).to.equal('north')
    expect((await door.whoIs(inSouth.session))?.user.connection).to.equal('south')
    await door.logOut(inSouth.session, true)
    expect(await door.whoIs(inSouth.session)).to.equal(null)
    expect((await door.whoIs(inNorth.session))?.user.connection).to.equal('north')
  })
})
