import { expect } from 'chai'
import fc from 'fast-check'
import { NO_AHEAD } from '../../src/domain/ahead.js'
import type { User } from '../../src/domain/user.js'
import { reportLogins, type ReportedLogin, type ReportResult } from '../../src/login/reported.js'
import type { ConnectionStore } from '../../src/store/port.js'
import { created, objectId, parked, person, userId } from '../store/support.js'
import { NOW } from '../support/people.js'
import { aHouse, type House } from './support.js'

const [MON, TUE, WED] = ['16', '17', '18'].map((day) => `2026-11-${day}T08:00:00.000Z`) as [string, string, string]

describe('reported logins', () => {
  let house: House
  beforeEach(async () => {
    house = await aHouse()
    await house.add(person(1), person(2))
  })
  afterEach(() => house.close())

  const login = (user: string, at = MON, correlationId: string | null = null): ReportedLogin => ({
    user,
    at,
    correlationId,
  })
  const report = (logins: readonly ReportedLogin[], store: ConnectionStore = house.store): Promise<ReportResult[]> =>
    reportLogins(logins, { store, now: house.clock.now })
  const errors = (results: readonly ReportResult[]): (string | null)[] =>
    results.map(({ error }) => error?.code ?? null)
  const parkedOf = async (n: number) => (await house.store.known([objectId(n)])).parked.get(objectId(n))

  it('find people by our id, the object id or the user name, in any letter case', async () => {
    const names = [userId(1), objectId(1), 'person1@contoso.example'].flatMap((name) => [
      name,
      ` ${name.toUpperCase()} `,
    ])
    const results = await report(names.map((name) => login(name)))
    expect(results.map(({ user }) => user)).to.deep.equal(names)
    expect(results.every(({ ok, parked }) => ok && !parked)).to.equal(true)
    expect(await house.store.history(userId(1))).to.have.length(2)
    expect(await house.get(userId(2))).to.include({ status: 'never-logged-in' })
  })

  it('change nothing when they are reported again', async () => {
    const logins = [login(userId(1), MON), login(userId(1), WED), login(objectId(9), TUE)]
    await report(logins)
    const [user, history, waiting] = [
      await house.get(userId(1)),
      await house.store.history(userId(1)),
      await parkedOf(9),
    ]
    expect(user).to.include({ firstLoginAt: MON, lastLoginAt: WED, status: 'onboarded' })
    await report(logins)
    await report([...logins].reverse())
    expect(await house.get(userId(1))).to.deep.equal(user)
    expect(await house.store.history(userId(1))).to.deep.equal(history)
    expect(await parkedOf(9)).to.deep.equal(waiting)
  })

  it('give the earliest and the latest, in whatever order and portions they come', async () => {
    const times = fc.array(fc.integer({ min: Date.parse(MON), max: Date.parse(WED) }), { minLength: 1, maxLength: 12 })
    let n = 100
    await fc.assert(
      fc.asyncProperty(times, fc.nat(12), async (all, portion) => {
        const at = all.map((time) => new Date(time).toISOString())
        await house.add(person((n += 1)))
        await report(at.slice(0, portion).map((one) => login(userId(n), one)))
        await report(at.slice(portion).map((one) => login(objectId(n), one)))
        const sorted = [...at].sort()
        const expected = { firstLoginAt: sorted[0], lastLoginAt: sorted.at(-1), status: 'onboarded' }
        expect(await house.get(userId(n))).to.include(expected)
        const moves = (await house.store.history(userId(n))).filter(({ to }) => typeof to === 'string')
        expect(moves).to.have.length(2)
      }),
      { numRuns: 30 },
    )
  })

  it('take times with Z or an offset, and no others', async () => {
    const good: readonly (readonly [string, string])[] = [
      ['2026-11-16T08:00:00Z', MON],
      ['2026-11-16T08:00Z', MON],
      ['2026-11-16t08:00:00.000000z', MON],
      ['2026-11-16T09:00:00+01:00', MON],
      ['2026-11-16T03:00:00.000-0500', MON],
      ['2026-11-16T08:00:00,5Z', '2026-11-16T08:00:00.500Z'],
    ]
    for (const [index, [at, instant]] of good.entries()) {
      await house.add(person(index + 10))
      expect(errors(await report([login(userId(index + 10), at)])), at).to.deep.equal([null])
      expect((await house.get(userId(index + 10))).firstLoginAt, at).to.equal(instant)
    }
    const bad = [
      '',
      'yesterday',
      '2026-11-16',
      '2026-11-16T08:00:00',
      '2026-02-30T08:00:00Z',
      '2026-13-01T08:00:00Z',
      '1763625600',
    ]
    bad.push(
      '2026-11-16T25:00:00Z',
      '2026-11-16T08:00:00+99:00',
      'Mon, 16 Nov 2026 08:00:00 GMT',
      '+012026-11-16T08:00:00Z',
    )
    expect(new Set(errors(await report(bad.map((at) => login(userId(1), at)))))).to.deep.equal(
      new Set(['login.unreadable-time']),
    )
    expect((await house.get(userId(1))).firstLoginAt).to.equal(null)
  })

  it('are refused when they are more than 5 minutes in the future, and only those', async () => {
    const at = (ms: number): string => new Date(Date.parse(NOW) + ms).toISOString()
    const results = await report([login(userId(1), at(5 * 60_000 + 1)), login(userId(2), at(5 * 60_000))])
    expect(errors(results)).to.deep.equal(['login.in-future', null])
    expect((await house.get(userId(1))).status).to.equal('never-logged-in')
    expect((await house.get(userId(2))).status).to.equal('onboarded')
  })

  it('wait for people whose object id is unknown, and are refused for unknown and ambiguous names', async () => {
    const upn = 'max@contoso.example'
    await house.add(person(5, { userPrincipalName: upn }), person(6, { userPrincipalName: upn }))
    const results = await report([login(objectId(9).toUpperCase(), TUE), login('nobody'), login(''), login(upn)])
    expect(errors(results)).to.deep.equal([null, 'user.unknown', 'user.unknown', 'user.ambiguous'])
    expect(results.map(({ parked }) => parked)).to.deep.equal([true, false, false, false])
    expect((await parkedOf(9))?.first).to.deep.equal({ at: TUE, source: 'api', correlationId: null })
  })

  it('mean the one who is present of people who have held a user name', async () => {
    const upn = 'max@contoso.example'
    await house.add(person(5, { userPrincipalName: upn, presence: 'gone' }), person(6, { userPrincipalName: upn }))
    await report([login(upn)])
    expect((await house.get(userId(6))).status).to.equal('onboarded')
    expect((await house.get(userId(5))).status).to.equal('never-logged-in')
  })

  it('count for frozen people, and are kept as the way back for people on ahead login', async () => {
    const ahead = { identity: 'ahead-id', status: 'pending', ahead: NO_AHEAD } as const
    await house.add(person(3, { account: 'frozen', presence: 'disabled' }), person(4, ahead))
    await report([login(userId(3)), login(userId(4))])
    expect(await house.get(userId(3))).to.include({ status: 'onboarded', account: 'frozen' })
    expect(await house.get(userId(4))).to.include({ status: 'pending', firstLoginAt: MON })
    expect((await house.get(userId(4))).ahead?.microsoftLoginAt).to.equal(MON)
  })

  it('reach somebody who appears while they are being parked', async () => {
    await house.store.write({ park: [parked(9, WED)] })
    let appeared = false
    const store: ConnectionStore = {
      ...house.store,
      async write(part) {
        if (!appeared) await house.store.write({ users: [created(person(9))] })
        appeared = true
        return house.store.write(part)
      },
    }
    expect(await report([login(objectId(9), MON)], store)).to.deep.include({
      user: objectId(9),
      ok: true,
      parked: false,
      error: null,
    })
    expect(await house.get(userId(9))).to.include({ firstLoginAt: MON, lastLoginAt: WED, status: 'onboarded' })
    expect(await parkedOf(9)).to.equal(undefined)
  })

  it('are not lost when another finds the newcomer first and drops what is parked', async () => {
    const store: ConnectionStore = {
      ...house.store,
      async write(part) {
        const answer = await house.store.write(part)
        if (part.park) await house.store.write({ users: [created(person(9))], unpark: part.park })
        return answer
      },
    }
    await report([login(objectId(9), MON)], store)
    expect(await house.get(userId(9))).to.include({ firstLoginAt: MON, status: 'onboarded' })
  })

  it('survive others who write the same people meanwhile', async () => {
    let races = 0
    const store: ConnectionStore = {
      ...house.store,
      async write(part) {
        const [change] = part.users ?? []
        if (change?.before && (races += 1) <= 3) {
          const before = await house.get(change.after.id)
          const after: User = { ...before, jobTitle: `Title ${races}`, revision: before.revision + 1 }
          await house.store.write({ users: [{ before, after, entries: [] }] })
        }
        return house.store.write(part)
      },
    }
    const results = await report([login(userId(1)), login(userId(2)), login(objectId(9))], store)
    expect(results.every(({ ok }) => ok)).to.equal(true)
    expect(await house.get(userId(1))).to.include({ jobTitle: 'Title 3', status: 'onboarded' })
    expect(await house.get(userId(2))).to.include({ status: 'onboarded' })
    expect(await house.store.history(userId(1))).to.have.length(2)
    expect(await parkedOf(9)).not.to.equal(undefined)
  })

  it('say so when others are faster over and over', async () => {
    const store: ConnectionStore = { ...house.store, write: () => Promise.resolve({ lost: [userId(1)] }) }
    const outcome = await report([login(userId(1))], store).catch((error: unknown) => error)
    expect(outcome).to.include({ code: 'store.locked' })
  })

  it('of 1,000 people take one read, one write and no more', async () => {
    const everybody = Array.from({ length: 1000 }, (_, n) => person(n + 1000))
    await house.add(...everybody)
    const calls: string[] = []
    const counting = new Proxy(house.store, {
      get: (store, name: keyof ConnectionStore) => {
        calls.push(name)
        return store[name]
      },
    })
    const results = await report(
      everybody.map(({ userPrincipalName }) => login(userPrincipalName ?? '')),
      counting,
    )
    expect(results.filter(({ ok }) => ok)).to.have.length(1000)
    expect(calls).to.deep.equal(['findAll', 'write'])
    expect((await house.get(userId(1999))).status).to.equal('onboarded')
  })
})
