import { expect } from 'chai'
import type { SignIn } from '../../src/domain/directory.js'
import { fold, planSignIns } from '../../src/signins/fold.js'
import { aUser, knownOf, NOW } from '../support/people.js'

const ADA = aUser()
const ADA_ID = ADA.entraObjectId ?? ''
const signIn = (hour: number, entraObjectId = ADA_ID): SignIn => ({
  entraObjectId,
  at: `2026-11-19T${String(hour).padStart(2, '0')}:00:00.000Z`,
  correlationId: `c-${hour}`,
})

describe('a page of the sign-in log', () => {
  it('becomes one span a person, whatever the order', () => {
    const span = fold([signIn(9), signIn(7), signIn(8)]).get(ADA_ID)
    expect(span?.first.at).to.equal(signIn(7).at)
    expect(span?.last).to.deep.equal({ at: signIn(9).at, source: 'sign-in-log', correlationId: 'c-9' })
  })

  it('makes people we have onboarded and counts first logins', () => {
    const { users, park, firstLogins } = planSignIns(fold([signIn(7)]), knownOf([ADA]), NOW)
    expect(users[0]?.after).to.include({ status: 'onboarded', revision: 2 })
    expect({ park, firstLogins }).to.deep.equal({ park: [], firstLogins: 1 })
  })

  it('writes nothing for logins we know', () => {
    const known = knownOf([aUser({ status: 'onboarded', firstLoginAt: signIn(7).at, lastLoginAt: signIn(9).at })])
    expect(planSignIns(fold([signIn(8)]), known, NOW)).to.deep.equal({ users: [], park: [], firstLogins: 0 })
  })

  it('parks sign-ins of people we do not have, and not again when nothing is new', () => {
    const first = planSignIns(fold([signIn(7)]), knownOf(), NOW)
    expect(first.park).to.have.length(1)
    expect(planSignIns(fold([signIn(7)]), knownOf([], first.park), NOW).park).to.deep.equal([])
    const wider = planSignIns(fold([signIn(6)]), knownOf([], first.park), NOW).park[0]
    expect(wider?.first.at).to.equal(signIn(6).at)
    expect(wider?.last.at).to.equal(signIn(7).at)
  })
})
