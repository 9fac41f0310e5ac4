import { expect } from 'chai'
import type { Removal } from '../../src/domain/user.js'
import { describeAgain, describe as said } from '../../src/sync/describe.js'
import { aPatch, aUser, NOW } from '../support/people.js'
import { aSight } from '../support/sight.js'

const NO_MEMBERS = aSight({ groups: ['5c1f0d2e-7a4b-4c3d-9e8f-1a2b3c4d5e6f'] })
const removal = (over: Partial<Removal>): Removal => ({
  presence: 'soft-deleted',
  state: 'noted',
  cause: { about: 'deleted', text: 'deleted in Entra' },
  proof: 'tombstone',
  at: NOW,
  hold: null,
  ...over,
})

describe('what is said of somebody who is in no assigned group', () => {
  it('is that they are out, and whether they are enabled as the entry tells, or as they were', () => {
    const user = aUser()
    expect(said(aPatch({ accountEnabled: false }), user, false, NO_MEMBERS)).to.include({
      presence: 'out-of-scope',
      meanwhile: 'disabled',
    })
    const { accountEnabled: _, ...silent } = aPatch()
    expect(said(silent, user, false, NO_MEMBERS)).to.include({ meanwhile: 'enabled' })
  })

  it('is nothing of a mapped field where a fragment leaves out what fills it, and nobody has read that', () => {
    const sight = aSight({}, { jobTitle: { from: ['city'], trim: false, case: null } })
    const { entraObjectId } = aPatch()
    const fragment = { kind: 'patch', entraObjectId, profile: { jobTitle: 'Boss', surname: 'Lovelace' } } as const
    expect(said(fragment, aUser(), false, sight)?.fields).to.deep.equal({ surname: 'Lovelace' })
    const source = { city: 'Bern' }
    expect(said({ ...fragment, source }, aUser(), false, sight)?.fields).to.deep.equal({
      surname: 'Lovelace',
      jobTitle: 'Bern',
    })
  })

  it('is nothing about the scope where they are to go because they were deleted, whatever has been decided', () => {
    expect(describeAgain(aUser(), NO_MEMBERS)).to.include({ presence: 'out-of-scope' })
    for (const presence of ['soft-deleted', 'gone'] as const)
      for (const state of ['noted', 'held', 'rejected', 'protected'] as const)
        expect(describeAgain(aUser({ removal: removal({ presence, state }) }), NO_MEMBERS)).to.deep.equal({
          fields: {},
        })
  })
})
