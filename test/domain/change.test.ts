import { expect } from 'chai'
import { carryOut, giveBack, reevaluate, remove, setRemoval } from '../../src/domain/change.js'
import type { User } from '../../src/domain/user.js'
import { aContext, aPatch, aUser, NOW } from '../support/people.js'
import { aSight, create, update } from '../support/sight.js'

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

  it('only notes that a person was deleted; carried out, they are inactive and keep status and data', () => {
    const user = aUser({ status: 'onboarded', firstLoginAt: NOW })
    const noted = remove(user, 'soft-deleted', 'tombstone', aContext())
    expect(noted).to.deep.include({ kind: null, entries: [] })
    expect(noted?.user).to.include({ account: 'active', presence: 'enabled', seat: true })
    expect(noted?.user.removal).to.include({ state: 'noted', presence: 'soft-deleted', proof: 'tombstone' })
    expect(noted && remove(noted.user, 'gone', 'tombstone', aContext())).to.equal(null)

    const done = noted && carryOut(noted.user, { noted: NOW }, aContext())
    expect(done?.kind).to.equal('deactivated')
    expect(done?.user).to.include({
      account: 'inactive',
      accountReason: 'deleted-in-entra',
      presence: 'soft-deleted',
      status: 'onboarded',
      seat: false,
      displayName: 'Ada Lindqvist',
    })
    expect(done?.entries).to.deep.equal([
      {
        at: NOW,
        from: 'active',
        to: 'inactive',
        cause: 'run',
        evidence: {
          runId: 'run-1',
          removal: 'deleted in Entra',
          noted: NOW,
          proof: 'tombstone',
          reason: 'deleted-in-entra',
        },
      },
    ])
    expect(done && remove(done.user, 'gone', 'tombstone', aContext())).to.equal(null)
  })

  it('drops what was noted, held or rejected when the directory has the person again, and notes it anew later', () => {
    for (const state of ['noted', 'held', 'rejected', 'protected'] as const) {
      const noted = remove(aUser(), 'soft-deleted', 'tombstone', aContext())
      const waiting = noted && (setRemoval(noted.user, { state, hold: 'h' }, aContext())?.user ?? noted.user)
      expect(waiting && remove(waiting, 'soft-deleted', 'look-up', aContext()), state).to.equal(null)
      const back = waiting && update(waiting, aPatch(), true, 'look-up', aContext())
      expect(back?.user, state).to.deep.include({ removal: null, account: 'active' })
      const again = back && remove(back.user, 'soft-deleted', 'tombstone', aContext())
      expect(again?.user.removal, state).to.include({ state: 'noted' })
    }
  })

  it('leaves a removal that waits alone when only the profile changes, and tells nothing of it', () => {
    const noted = remove(aUser(), 'soft-deleted', 'tombstone', aContext())
    const held = noted && setRemoval(noted.user, { state: 'held', hold: 'h' }, aContext())
    const fragment = { kind: 'patch', entraObjectId: 'x', profile: {}, accountEnabled: undefined } as const
    const { accountEnabled: _, ...silent } = fragment
    expect(held?.entries[0]).to.deep.include({ from: { removal: null }, to: { removal: 'held' } })
    expect(held && reevaluate(held.user, 'rules', aContext())).to.equal(null)
    expect(held && update(held.user, silent, false, 'page', aContext())?.user.removal).to.equal(null)
  })

  it('freezes whoever waits although disabled, where disabled people become inactive', () => {
    const context = aContext({ rules: { disabledAccounts: 'inactive', licenseSeats: null } })
    const noted = update(ADA, aPatch({ accountEnabled: false }), true, 'page', context)
    expect(noted?.user).to.include({ account: 'active' })
    const held = noted && setRemoval(noted.user, { state: 'held', hold: 'h' }, context)
    expect(held?.user).to.include({ account: 'frozen', accountReason: 'disabled-in-entra' })
    expect(held && update(held.user, aPatch({ accountEnabled: false }), true, 'page', context)).to.equal(null)
    const done = held && carryOut(held.user, {}, context)
    expect(done?.user).to.include({ account: 'inactive', accountReason: 'disabled-in-entra' })
    expect(done && update(done.user, aPatch({ accountEnabled: false }), true, 'page', context)).to.equal(null)
    expect(held && reevaluate(held.user, 'rules', aContext())?.user).to.deep.include({
      removal: null,
      account: 'frozen',
    })
  })

  it('freezes and enables whoever stays although they left the scope, and never more than that', () => {
    const noGroup = aSight({ groups: ['5c1f0d2e-7a4b-4c3d-9e8f-1a2b3c4d5e6f'] })
    for (const disabledAccounts of ['frozen', 'inactive'] as const)
      for (const state of ['held', 'rejected', 'protected'] as const) {
        const context = aContext({ rules: { disabledAccounts, licenseSeats: null } })
        const said = (user: User, accountEnabled: boolean) =>
          update(user, aPatch({ accountEnabled }), false, 'page', context, noGroup)?.user ?? user
        const noted = said(ADA, true)
        const stays = setRemoval(noted, { state }, context)?.user ?? noted
        const frozen = said(stays, false)
        expect(frozen, `${state}, ${disabledAccounts}`).to.include({ account: 'frozen', presence: 'disabled' })
        expect(frozen.removal).to.equal(stays.removal)
        expect(said(frozen, true)).to.include({ account: 'active', presence: 'enabled' })
      }
  })

  it('that was undone is not done again until the directory has the person and loses them anew', () => {
    const noted = remove(ADA, 'soft-deleted', 'tombstone', aContext())
    const done = noted && carryOut(noted.user, {}, aContext())
    const back = done && giveBack(done.user, { presence: 'enabled' }, aContext())
    expect(back?.user).to.include({ account: 'active', presence: 'enabled', seat: true })
    expect(back?.user.removal).to.include({ state: 'rejected' })
    expect(back && remove(back.user, 'soft-deleted', 'look-up', aContext())).to.equal(null)
    const restored = back && update(back.user, aPatch(), true, 'look-up', aContext())
    expect(restored && remove(restored.user, 'gone', 'tombstone', aContext())?.user.removal?.state).to.equal('noted')
  })

  it('is left as it is where an undo gives back something else: who waits goes on waiting, who stays stays; and is taken again', () => {
    const noted = remove(ADA, 'soft-deleted', 'tombstone', aContext())
    for (const state of ['held', 'rejected', 'protected'] as const) {
      const waits = noted && setRemoval(noted.user, { state, hold: 'hold-1' }, aContext())
      const back = waits && giveBack(waits.user, { jobTitle: 'Cook' }, aContext())
      expect(back?.user, state).to.include({ jobTitle: 'Cook', account: 'active' })
      expect(back?.user.removal, state).to.deep.equal(waits?.user.removal)
      expect(waits && giveBack(waits.user, {}, aContext()), state).to.equal(null)
    }
    const done = noted && carryOut(noted.user, {}, aContext())
    expect(done && giveBack(done.user, { jobTitle: 'Cook' }, aContext())?.user.removal).to.include({ state: 'done' })
    const back = done && giveBack(done.user, { presence: 'enabled' }, aContext())
    const again = back && giveBack(back.user, { presence: 'soft-deleted', account: 'inactive' }, aContext())
    expect(again?.user).to.include({ account: 'inactive', accountReason: 'deleted-in-entra' })
    expect(again?.user.removal).to.include({ state: 'done' })
  })

  it('brings people whose creation was undone back in a full pass only', () => {
    const undone = giveBack(ADA, null, aContext())
    expect(undone).to.deep.include({ kind: 'deactivated' })
    expect(undone?.user).to.include({ account: 'inactive', accountReason: 'undone', presence: 'undone' })
    expect(undone && update(undone.user, aPatch(), false, 'page', aContext())).to.equal(null)
    expect(undone && update(undone.user, aPatch(), true, 'page', aContext())?.user.account).to.equal('active')
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
    const noted = remove(ADA, 'soft-deleted', 'tombstone', context)
    expect(context.seats.left).to.equal(0)
    if (noted) carryOut(noted.user, {}, context)
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
