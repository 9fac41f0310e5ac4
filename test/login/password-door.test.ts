import { expect } from 'chai'
import { setPassword } from '../../src/domain/access.js'
import { NO_AHEAD, SELF } from '../../src/domain/ahead.js'
import { owe } from '../../src/domain/mailing.js'
import { hashOf } from '../../src/secret.js'
import type { User } from '../../src/domain/user.js'
import type { LoginResult } from '../../src/login/door.js'
import { openLimits } from '../../src/login/limits.js'
import { openDoor, type PasswordDoor } from '../../src/login/password-door.js'
import { openPasswords } from '../../src/login/password.js'
import { changePerson } from '../../src/store/change-person.js'
import { silent } from '../support/log.js'
import { userId } from '../store/support.js'
import { aheadPerson, aHouse, CHEAP, counted, PASSWORD, type Counted, type House } from './support.js'

const HOUR_MS = 60 * 60 * 1000
const NETWORK = '192.0.2.1'
const ADA = 'person1@contoso.example'
const COOKIE = /^[\da-f-]{36}\.[\w-]{43}$/

describe('the password door', () => {
  let house: House
  let passwords: Counted
  let door: PasswordDoor
  let owed: number
  let warned: unknown[]
  let hash: string

  before(async () => {
    hash = await openPasswords(CHEAP).hash(PASSWORD)
  })
  beforeEach(async () => {
    house = await aHouse()
    passwords = counted()
    owed = 0
    warned = []
    let ids = 0
    door = openDoor({
      stores: [house.store],
      passwords,
      limits: openLimits(house.clock.now),
      now: house.clock.now,
      newId: () => `email-${(ids += 1)}`,
      onOwed: () => void (owed += 1),
      log: { ...silent, warn: (message, fields) => void warned.push({ message, ...fields }) },
    })
    await house.add(aheadPerson(1, hash))
  })
  afterEach(async () => {
    await door.settled()
    await house.close()
  })

  const logIn = (password = PASSWORD, name = ADA, network = NETWORK): Promise<LoginResult> =>
    door.logIn({ name, password, network })
  const inside = async (...args: Parameters<typeof logIn>): Promise<Extract<LoginResult, { kind: 'in' }>> => {
    const result = await logIn(...args)
    if (result.kind !== 'in') throw new Error(`not in: ${result.kind}`)
    return result
  }
  const change = (id: string, over: (user: User) => User): Promise<User | null> =>
    changePerson(house.store, id, (user) => ({ user: over(user) }))

  it('opens with the user name or the email, in any letter case', async () => {
    await house.add(aheadPerson(2, hash, { mail: 'Zoë.Two@contoso.example' }))
    for (const name of ['person2@contoso.example', ' PERSON2@Contoso.example ', 'zoe\u0308.TWO@contoso.example'])
      expect((await inside(PASSWORD, name)).user.id, name).to.equal(userId(2))
  })

  it('records the login and a session of 12 hours, of which only a hash is kept', async () => {
    house.clock.advance(HOUR_MS)
    const { session, until, user } = await inside()
    expect(session).to.match(COOKIE)
    expect(until).to.equal('2026-11-20T21:00:00.000Z')
    expect(user).to.include({ lastLoginAt: '2026-11-20T09:00:00.000Z', firstLoginSource: 'ahead-login' })
    expect(JSON.stringify(await house.get(user.id))).not.to.include(session.slice(37))
    expect((await door.whoIs(session))?.user.id).to.equal(user.id)
    house.clock.advance(12 * HOUR_MS)
    expect(await door.whoIs(session)).to.equal(null)
  })

  it('says the same to a wrong password, an unknown name and people without a password, after the same work', async () => {
    const migrating = { status: 'migrating' as const, ahead: NO_AHEAD }
    await house.add(
      aheadPerson(2, null, migrating),
      aheadPerson(3, hash, { identity: 'entra-id' }),
      aheadPerson(4, hash, { account: 'frozen', presence: 'disabled', accountReason: 'disabled-in-entra' }),
    )
    const names = [
      ADA,
      'nobody@contoso.example',
      ...[2, 3, 4].map((n) => `person${n}@contoso.example`),
      '',
      'x'.repeat(5000),
    ]
    for (const name of names) {
      passwords.compared.length = 0
      expect(await logIn('not the password', name), name).to.deep.equal({ kind: 'wrong' })
      expect(passwords.compared, name).to.have.length(1)
    }
  })

  it('tells frozen and inactive people that they are paused, and only after the right password', async () => {
    const frozen = { account: 'frozen', presence: 'disabled', accountReason: 'disabled-in-entra' } as const
    const gone = { account: 'inactive', presence: 'gone', accountReason: 'deleted-in-entra' } as const
    await house.add(aheadPerson(2, hash, frozen), aheadPerson(3, hash, gone))
    for (const n of [2, 3]) {
      const result = await logIn(PASSWORD, `person${n}@contoso.example`)
      expect(result.kind).to.equal('paused')
      expect((await house.get(userId(n))).ahead?.sessions).to.deep.equal([])
    }
  })

  it('lets nobody on who is frozen after they logged in, until they are active again', async () => {
    const { session } = await inside()
    await change(userId(1), (user) => ({ ...user, account: 'frozen' }))
    expect(await door.whoIs(session)).to.equal(null)
    await change(userId(1), (user) => ({ ...user, account: 'active' }))
    expect((await door.whoIs(session))?.user.id).to.equal(userId(1))
  })

  it('tells people who share an email apart by their passwords', async () => {
    const mail = 'reception@contoso.example'
    const other = await passwords.hash('another good one')
    const frozen = { account: 'frozen', presence: 'disabled' } as const
    await house.add(
      aheadPerson(2, hash, { mail, ...frozen }),
      aheadPerson(3, other, { mail }),
      aheadPerson(4, hash, { mail }),
      aheadPerson(5, hash, { mail, account: 'inactive', presence: 'gone' }),
    )
    expect((await inside('another good one', mail)).user.id).to.equal(userId(3))
    expect((await inside(PASSWORD, mail)).user.id).to.equal(userId(4))
    passwords.compared.length = 0
    expect(await logIn('neither of them', mail)).to.deep.equal({ kind: 'wrong' })
    expect(passwords.compared).to.have.length(3)
  })

  it('lets everybody in who shares an email, and first of all the one whose user name it is', async () => {
    const mail = 'shop@contoso.example'
    const words = ['one', 'two', 'three', 'four', 'five'].map((word) => `the password of ${word}`)
    const hashes = await Promise.all(words.map((word) => passwords.hash(word)))
    await house.add(...hashes.map((own, i) => aheadPerson(10 + i, own, { mail })))
    for (const [i, word] of words.entries()) expect((await inside(word, mail)).user.id).to.equal(userId(10 + i))
    await house.add(aheadPerson(20, hash, { userPrincipalName: mail.toUpperCase(), mail: null }))
    expect((await inside(PASSWORD, mail)).user.id).to.equal(userId(20))
    expect(await logIn(words[0], mail), 'a user name is nobody else’s email').to.deep.equal({ kind: 'wrong' })
  })

  it('hashes the password anew when the parameters have changed', async () => {
    const old = await openPasswords({ ...CHEAP, timeCost: 3 }).hash(PASSWORD)
    await house.add(aheadPerson(2, old))
    await logIn('not the password', 'person2@contoso.example')
    expect((await house.get(userId(2))).ahead?.password?.hash).to.equal(old)
    // Two at once: the second finds another hash than the one it was compared with.
    await Promise.all(['192.0.2.1', '192.0.2.2'].map((network) => inside(PASSWORD, 'person2@contoso.example', network)))
    const kept = (await house.get(userId(2))).ahead?.password
    expect(kept?.hash).to.match(/\$m=64,p=1,t=1\$/)
    expect(kept?.setAt).to.equal('2026-11-01T08:00:00.000Z')
    await inside(PASSWORD, 'person2@contoso.example')
  })

  it('stays shut for a password that was replaced while it was compared', async () => {
    const verify = passwords.verify
    passwords.verify = async (...args) => {
      const verdict = await verify(...args)
      const replaced = { hash: await passwords.hash('a much newer one'), setAt: '2026-11-20T08:00:00.000Z' }
      await change(userId(1), (user) => ({ ...user, ahead: { ...NO_AHEAD, ...user.ahead, password: replaced } }))
      return verdict
    }
    expect(await logIn()).to.deep.equal({ kind: 'wrong' })
    expect((await house.get(userId(1))).ahead?.sessions).to.deep.equal([])
  })

  it('asks to wait after too many failures, known name or not, until the time is over', async () => {
    for (const name of [ADA, 'nobody@contoso.example']) {
      for (let failure = 1; failure <= 6; failure += 1) expect((await logIn('wrong', name)).kind).to.equal('wrong')
      expect(await logIn(PASSWORD, name)).to.deep.equal({ kind: 'too-many', minutes: 1 })
    }
    await inside(PASSWORD, ADA, '192.0.2.99')
    house.clock.advance(59_999)
    expect(await logIn()).to.deep.equal({ kind: 'too-many', minutes: 1 })
    house.clock.advance(1)
    await inside()
  })

  it('counts guesses that arrive together like guesses in a row', async () => {
    const results = await Promise.all(Array.from({ length: 200 }, (_, guess) => logIn(`guess ${guess}`)))
    const kinds = results.map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'wrong')).to.have.length(6)
    expect(kinds.filter((kind) => kind === 'too-many')).to.have.length(194)
    expect(passwords.compared).to.have.length(6)
    const message = 'Too many failed logins: this network has to wait'
    expect(warned).to.deep.equal([{ message, network: NETWORK, minutes: 1 }])
  })

  it('lets in many people at once, a few at a time, and asks the rest to come back', async () => {
    await house.add(...Array.from({ length: 400 }, (_, n) => aheadPerson(n + 2, hash)))
    const names = Array.from({ length: 400 }, (_, n) => `person${n + 2}@contoso.example`)
    const first = await Promise.all(names.slice(0, 200).map((name) => logIn(PASSWORD, name)))
    expect(first.every(({ kind }) => kind === 'in')).to.equal(true)
    expect(passwords.most).to.equal(2)
    const all = await Promise.all(names.map((name) => logIn(PASSWORD, name)))
    expect(all.filter(({ kind }) => kind === 'in')).to.have.length(302)
    expect(all.filter((result) => result.kind === 'too-many' && result.minutes === 1)).to.have.length(98)
  })

  it('exchanges a cookie after hours of use, once, and takes the old one a moment longer', async () => {
    const { session } = await inside()
    house.clock.advance(4 * HOUR_MS - 1)
    expect((await door.whoIs(session))?.renewed).to.equal(null)
    house.clock.advance(1)
    const [one, two] = await Promise.all([door.whoIs(session), door.whoIs(session)])
    const renewed = [one?.renewed, two?.renewed].filter((each) => each)
    expect(renewed).to.have.length(1)
    expect(renewed[0]?.session).to.match(COOKIE).and.not.equal(session)
    expect(renewed[0]?.until).to.equal('2026-11-21T00:00:00.000Z')
    expect(await door.whoIs(session)).to.deep.include({ renewed: null })
    house.clock.advance(60_000)
    expect(await door.whoIs(session)).to.equal(null)
    expect((await door.whoIs(renewed[0]?.session ?? ''))?.user.id).to.equal(userId(1))
  })

  it('logs out one browser, or all of them', async () => {
    const [home, work, phone] = [await inside(), await inside(), await inside()].map(({ session }) => session)
    await door.logOut(home ?? '', false)
    expect(await door.whoIs(home ?? '')).to.equal(null)
    expect(await door.whoIs(work ?? '')).not.to.equal(null)
    await door.logOut(home ?? '', true)
    expect(await door.whoIs(work ?? ''), 'by somebody who is logged out').not.to.equal(null)
    await door.logOut(phone ?? '', true)
    expect(await door.whoIs(work ?? '')).to.equal(null)
    expect((await house.get(userId(1))).ahead?.sessions).to.deep.equal([])
  })

  it('knows nobody by a cookie that is not one', async () => {
    const { session } = await inside()
    const forged = `${userId(1)}.${'A'.repeat(43)}`
    const others = [
      null,
      '',
      'x',
      forged,
      session.slice(0, -1),
      `${userId(2)}${session.slice(36)}`,
      session.toUpperCase(),
    ]
    for (const cookie of others) {
      expect(await door.whoIs(cookie), String(cookie)).to.equal(null)
      await door.logOut(cookie, true)
    }
    expect(await door.whoIs(session)).not.to.equal(null)
  })

  it('knows no other browser any more once the password is set anew', async () => {
    const { session } = await inside()
    const [at, until] = ['2026-11-20T08:00:00.000Z', '2026-11-20T20:00:00.000Z']
    await change(userId(1), (user) => {
      const { ahead } = owe(user, { kind: 'password-reset', by: SELF, id: 'reset', now: at }) ?? user
      const choosing = {
        ...user,
        ahead: { ...NO_AHEAD, ...ahead, passwordSession: { key: 'k', emailId: 'reset', until } },
      }
      const newer = { key: hashOf('another browser'), since: at, until }
      return setPassword(choosing, hash, newer, at)?.user ?? user
    })
    expect((await house.get(userId(1))).ahead?.sessions).to.have.length(1)
    expect(await door.whoIs(session)).to.equal(null)
  })

  describe('forgotten passwords', () => {
    const ask = async (name: string, network = NETWORK): Promise<void> => {
      await door.forgotten({ name, network })
      await door.settled()
    }
    const emails = async (n: number) => (await house.get(userId(n))).ahead?.emails ?? []

    it('owe an email to whoever can use one, once in ten minutes', async () => {
      await house.add(aheadPerson(2, null, { status: 'pending' }))
      await ask(ADA.toUpperCase())
      await ask(ADA)
      await ask('person2@contoso.example')
      expect((await emails(1)).map(({ kind, requestedBy }) => [kind, requestedBy])).to.deep.equal([
        ['password-reset', 'self'],
      ])
      expect((await emails(2)).map(({ kind }) => kind)).to.deep.equal(['invitation'])
      expect(owed).to.equal(2)
    })

    it('owe nothing to others', async () => {
      await house.add(
        aheadPerson(2, hash, { account: 'frozen', presence: 'disabled' }),
        aheadPerson(3, null, { identity: 'entra-id', ahead: null }),
        aheadPerson(4, hash, { mail: null }),
      )
      for (const name of ['nobody@contoso.example', ...[2, 3, 4].map((n) => `person${n}@contoso.example`)])
        await ask(name)
      for (const n of [1, 2, 3, 4]) expect(await emails(n)).to.deep.equal([])
      expect(owed).to.equal(0)
    })

    it('are answered before anybody is looked up', async () => {
      const { store } = house
      let looks = 0
      const watched = { ...store, byKey: (key: string) => ((looks += 1), store.byKey(key)) }
      const { now } = house.clock
      const asked = openDoor({
        stores: [watched],
        passwords,
        limits: openLimits(now),
        now,
        newId: () => 'e',
        onOwed: () => undefined,
        log: silent,
      })
      await asked.forgotten({ name: ADA, network: NETWORK })
      expect(looks).to.equal(0)
      await asked.settled()
      expect(looks).to.equal(1)
    })

    it('are only taken so often from one network', async () => {
      for (let time = 0; time < 20; time += 1) await ask(`nobody${time}@contoso.example`)
      await ask(ADA)
      expect(await emails(1)).to.deep.equal([])
      await ask(ADA, '192.0.2.77')
      expect(await emails(1)).to.have.length(1)
    })
  })
})
