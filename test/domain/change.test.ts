import { expect } from 'chai'
import { create, reevaluate, remove, update } from '../../src/domain/change.js'
import { aContext, aPatch, aUser, NOW } from '../support/people.js'

const ADA = aUser()

describe('a statement of the directory', () => {
  it('creates somebody new as never logged in, active at once, with "created" first in the history', () => {
    const { user, entries, kind } = create(aPatch(), aContext())
    expect(kind).to.equal('created')
    expect(user).to.include({ status: 'never-logged-in', identity: 'entra-id', account: 'active', jobTitle: null })
    expect(entries).to.deep.equal([
      {
        at: NOW,
        from: null,
        to: 'never-logged-in',
        cause: 'run',
        evidence: { runId: 'run-1', account: 'active', reason: null },
      },
    ])
  })

  it('creates somebody disabled as frozen', () => {
    expect(create(aPatch({ accountEnabled: false }), aContext()).user).to.include({
      account: 'frozen',
      accountReason: 'disabled-in-entra',
    })
  })

  it('does not take an unknown accountEnabled for disabled', () => {
    expect(create(aPatch({ accountEnabled: null }), aContext()).user.account).to.equal('active')
    expect(
      update(
        aUser({ presence: 'disabled', account: 'frozen' }),
        aPatch({ accountEnabled: null }),
        true,
        'page',
        aContext(),
      )?.user.account,
    ).to.equal('active')
  })

  it('that says what we know changes nothing', () => {
    expect(update(ADA, aPatch(), true, 'page', aContext())).to.equal(null)
    expect(update(ADA, { kind: 'patch', entraObjectId: 'x', profile: {} }, false, 'page', aContext())).to.equal(null)
  })

  it('leaves what a later round does not name', () => {
    const step = update(
      ADA,
      { kind: 'patch', entraObjectId: 'x', profile: { jobTitle: 'Head of Finance' } },
      false,
      'page',
      aContext(),
    )
    expect(step?.user).to.include({
      jobTitle: 'Head of Finance',
      displayName: 'Ada Lindqvist',
      mail: 'ada@contoso.example',
    })
    expect(step?.entries).to.deep.equal([
      {
        at: NOW,
        from: { jobTitle: null },
        to: { jobTitle: 'Head of Finance' },
        cause: 'run',
        evidence: { runId: 'run-1', proof: 'page' },
      },
    ])
  })

  it('clears what a later round names as null, and what a full pass does not name', () => {
    const user = aUser({ jobTitle: 'Accountant', department: 'Finance' })
    const later = update(
      user,
      { kind: 'patch', entraObjectId: 'x', profile: { jobTitle: null } },
      false,
      'page',
      aContext(),
    )
    expect(later?.user).to.include({ jobTitle: null, department: 'Finance' })
    const full = update(user, aPatch(), true, 'page', aContext())
    expect(full?.user).to.include({ jobTitle: null, department: null, displayName: 'Ada Lindqvist' })
  })

  it('that does not say whether somebody is enabled leaves a frozen person frozen, in a full pass too', () => {
    const frozen = aUser({ presence: 'disabled', account: 'frozen', accountReason: 'disabled-in-entra' })
    const { accountEnabled: _, ...silent } = aPatch()
    expect(update(frozen, silent, true, 'page', aContext())).to.equal(null)
    expect(create(silent, aContext()).user.account).to.equal('active')
  })

  it('freezes a disabled person and brings an enabled one back', () => {
    const frozen = update(
      ADA,
      { kind: 'patch', entraObjectId: 'x', profile: {}, accountEnabled: false },
      false,
      'page',
      aContext(),
    )
    expect(frozen?.kind).to.equal('frozen')
    expect(frozen?.entries[0]).to.include({ from: 'active', to: 'frozen' })
    const back =
      frozen &&
      update(
        frozen.user,
        { kind: 'patch', entraObjectId: 'x', profile: {}, accountEnabled: true },
        false,
        'page',
        aContext(),
      )
    expect(back?.kind).to.equal('reactivated')
    expect(back?.user).to.include({ account: 'active', accountReason: null })
  })

  it('makes a deleted person inactive, keeps their status and data, and does so once', () => {
    const user = aUser({ status: 'onboarded', firstLoginAt: NOW })
    const gone = remove(user, 'soft-deleted', 'tombstone', aContext())
    expect(gone?.kind).to.equal('deactivated')
    expect(gone?.user).to.include({
      account: 'inactive',
      accountReason: 'deleted-in-entra',
      status: 'onboarded',
      seat: false,
    })
    expect(gone?.user.displayName).to.equal('Ada Lindqvist')
    expect(gone && remove(gone.user, 'soft-deleted', 'tombstone', aContext())).to.equal(null)
    expect(gone && remove(gone.user, 'gone', 'tombstone', aContext())).to.equal(null)
  })

  it('brings a restored person back as what the directory says', () => {
    const gone = aUser({
      presence: 'soft-deleted',
      account: 'inactive',
      accountReason: 'deleted-in-entra',
      seat: false,
    })
    expect(update(gone, aPatch(), false, 'page', aContext())?.kind).to.equal('reactivated')
    expect(update(gone, aPatch({ accountEnabled: false }), false, 'page', aContext())?.kind).to.equal('frozen')
  })

  it('never lifts an admin’s freeze, whatever the directory says', () => {
    const decision = { state: 'frozen', by: 'Mia K.', at: NOW } as const
    const user = aUser({ decision, account: 'frozen', accountReason: 'frozen-by-admin' })
    expect(update(user, aPatch(), true, 'page', aContext())).to.equal(null)
    const disabled = update(user, aPatch({ accountEnabled: false }), true, 'page', aContext())
    expect(disabled?.kind).to.equal('updated')
    expect(disabled?.user).to.include({ account: 'frozen', accountReason: 'disabled-in-entra' })
    const again = disabled && update(disabled.user, aPatch(), true, 'page', aContext())
    expect(again?.user).to.include({ account: 'frozen', accountReason: 'frozen-by-admin' })
  })
})

describe('seats', () => {
  it('go to newcomers while there are any; the next one waits as inactive, never dropped', () => {
    const context = aContext({ seats: { left: 1 } })
    expect(create(aPatch(), context).user).to.include({ account: 'active', seat: true })
    expect(create(aPatch(), context).user).to.include({ account: 'inactive', accountReason: 'no-seat', seat: false })
    expect(context.seats.left).to.equal(0)
  })

  it('come free with whoever becomes inactive, and are not taken from anybody', () => {
    const context = aContext({ seats: { left: 0 } })
    expect(update(ADA, aPatch(), true, 'page', context)).to.equal(null)
    remove(ADA, 'soft-deleted', 'tombstone', context)
    expect(context.seats.left).to.equal(1)
    const waiting = aUser({ account: 'inactive', accountReason: 'no-seat', seat: false })
    expect(reevaluate(waiting, 'free-seat', context)).to.deep.include({ kind: 'reactivated' })
    expect(context.seats.left).to.equal(0)
    expect(reevaluate(waiting, 'free-seat', context)).to.equal(null)
  })

  it('are kept by frozen people', () => {
    const context = aContext({ seats: { left: 0 } })
    const frozen = update(ADA, aPatch({ accountEnabled: false }), true, 'page', context)
    expect(frozen?.user).to.include({ account: 'frozen', seat: true })
    expect(context.seats.left).to.equal(0)
  })
})
