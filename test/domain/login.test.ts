import { expect } from 'chai'
import fc from 'fast-check'
import { applyLogins, widen, type Login, type LoginSpan } from '../../src/domain/login.js'
import { aUser, NOW } from '../support/people.js'

const login = (at: string, correlationId: string | null = null): Login => ({ at, source: 'sign-in-log', correlationId })
const at = (minute: number): string => new Date(Date.parse(NOW) + minute * 60_000).toISOString()
const once = (minute: number): LoginSpan => ({ first: login(at(minute)), last: login(at(minute)) })

describe('Microsoft logins', () => {
  it('make somebody who never logged in onboarded, with the evidence in the history', () => {
    const step = applyLogins(aUser(), { first: login(at(1), 'c-1'), last: login(at(2)) }, NOW)
    expect(step?.user).to.include({
      status: 'onboarded',
      identity: 'entra-id',
      firstLoginAt: at(1),
      lastLoginAt: at(2),
    })
    expect(step?.entries).to.deep.equal([
      {
        at: NOW,
        from: 'never-logged-in',
        to: 'onboarded',
        cause: 'sign-in',
        evidence: { at: at(1), source: 'sign-in-log', correlationId: 'c-1' },
      },
    ])
  })

  it('change nothing when they are reported again', () => {
    const user = applyLogins(aUser(), once(3), NOW)?.user
    expect(user && applyLogins(user, once(3), NOW)).to.equal(null)
  })

  it('move the first login only earlier and the last one only later', () => {
    const user = aUser({
      status: 'onboarded',
      firstLoginAt: at(5),
      firstLoginSource: 'microsoft-login',
      lastLoginAt: at(9),
    })
    expect(applyLogins(user, once(7), NOW)).to.equal(null)
    const earlier = applyLogins(user, once(1), NOW)?.user
    expect(earlier).to.include({ firstLoginAt: at(1), firstLoginSource: 'sign-in-log', lastLoginAt: at(9) })
    const later = applyLogins(user, once(12), NOW)?.user
    expect(later).to.include({ firstLoginAt: at(5), firstLoginSource: 'microsoft-login', lastLoginAt: at(12) })
  })

  it('add no history when the status stays', () => {
    const user = aUser({ status: 'onboarded', firstLoginAt: at(5), lastLoginAt: at(5) })
    expect(applyLogins(user, once(9), NOW)?.entries).to.deep.equal([])
  })

  it('of people on ahead login are recorded and move nothing', () => {
    const step = applyLogins(aUser({ identity: 'ahead-id', status: 'pending' }), once(1), NOW)
    expect(step?.user).to.include({ identity: 'ahead-id', status: 'pending', firstLoginAt: at(1) })
    expect(step?.entries.map(({ from, to, cause }) => ({ from, to, cause }))).to.deep.equal([
      { from: { firstLoginAt: null }, to: { firstLoginAt: at(1) }, cause: 'sign-in' },
    ])
    expect(step?.entries[0]?.evidence).to.include({ at: at(1), source: 'sign-in-log' })
  })

  it('keep the proof that came late and counts; of those in the log, read newest first, only the first', () => {
    const user = aUser({ status: 'onboarded', firstLoginAt: at(5), lastLoginAt: at(5) })
    expect(applyLogins(user, once(3), NOW)?.entries).to.deep.equal([])
    const { first } = once(3)
    const reported = { ...first, source: 'api', correlationId: 'c' } as const
    const entries = applyLogins(user, { first: reported, last: reported }, NOW)?.entries
    expect(entries?.map(({ evidence }) => evidence)).to.deep.equal([reported])
  })

  it('of frozen and inactive people still count', () => {
    for (const account of ['frozen', 'inactive'] as const)
      expect(applyLogins(aUser({ account }), once(1), NOW)?.user).to.include({ account, status: 'onboarded' })
  })

  it('give the same first and last login in any order, with any repetition', () => {
    const minutes = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(minutes, fc.integer(), (times, seed) => {
        const shuffled = [...times, ...times].sort((a, b) => ((a * 31 + seed) % 17) - ((b * 31 + seed) % 17))
        let user = aUser()
        for (const minute of shuffled) user = applyLogins(user, once(minute), NOW)?.user ?? user
        const span = times.map(once).reduce<LoginSpan | undefined>((sum, one) => widen(sum, one), undefined)
        expect(user.firstLoginAt).to.equal(at(Math.min(...times)))
        expect(user.lastLoginAt).to.equal(at(Math.max(...times)))
        expect(span && applyLogins(aUser(), span, NOW)?.user).to.deep.equal(user)
      }),
    )
  })
})
