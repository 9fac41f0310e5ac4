import { expect } from 'chai'
import { conflictAt, conflictsOf, distinct, newerThan, rehired, sharedKeys } from '../../src/domain/conflicts.js'
import type { User } from '../../src/domain/user.js'
import { aUser } from '../support/people.js'

let made = 0
const one = (over: Partial<User>): User => {
  made += 1
  return aUser({ id: `id-${made}`, entraObjectId: `object-${made}`, ...over })
}
const gone = { presence: 'soft-deleted', account: 'inactive', accountReason: 'deleted-in-entra' } as const
const kinds = (user: User, ...others: User[]) => conflictsOf(user, others).map(({ kind }) => kind)

describe('conflicts', () => {
  it('are none between people who share nothing, nor of somebody with themselves', () => {
    const ada = one({ userPrincipalName: 'ada@x', mail: 'ADA@x' })
    expect(sharedKeys(ada)).to.deep.equal(['address:ada@x', `object:${ada.entraObjectId}`])
    expect(
      kinds(ada, ada, one({ userPrincipalName: 'b@x', mail: null }), one({ userPrincipalName: null, mail: ' ' })),
    ).to.deep.equal([])
  })

  it('tell a newer account of an earlier address from two people with one address', () => {
    const earlier = one({ userPrincipalName: 'Ana@x', mail: 'ana@x', ...gone })
    const ana = one({ userPrincipalName: 'ana@x', mail: 'ana@x' })
    const other = one({ userPrincipalName: 'other@x', mail: 'ANA@x' })
    expect(conflictsOf(ana, [earlier])).to.deep.equal([{ kind: 'rehired', address: 'ana@x', users: [ana, earlier] }])
    expect(kinds(earlier, ana)).to.deep.equal(['rehired'])
    expect(conflictsOf(ana, [earlier, other])).to.deep.equal([
      { kind: 'same-address', address: 'ana@x', users: [other, ana, earlier] },
    ])
    expect(kinds(earlier, one({ userPrincipalName: 'ana@x', ...gone })), 'nobody has it today').to.deep.equal([])
  })

  it('know letters in every alphabet and both ways to write an accent', () => {
    const jose = one({ userPrincipalName: 'JOSÉ@x'.normalize('NFD'), mail: null })
    expect(kinds(jose, one({ userPrincipalName: 'josé@x', mail: null }))).to.deep.equal(['same-address'])
  })

  it('tell who moved to another connection, and who is in two', () => {
    const entraObjectId = 'object-m'
    const north = one({ connection: 'north', entraObjectId, mail: null })
    const south = one({ connection: 'south', entraObjectId, mail: null })
    expect(conflictsOf(north, [south])[0]).to.include({ kind: 'twice', address: null })
    expect(kinds(north, south), 'the address each has is no second conflict').to.deep.equal(['twice'])
    expect(kinds({ ...north, ...gone }, south)).to.deep.equal(['moved'])
    const otherTenant = one({ connection: 'south', mail: null })
    expect(kinds({ ...north, ...gone }, otherTenant), 'another tenant has other object ids').to.deep.equal(['moved'])
    expect(kinds(north, otherTenant)).to.deep.equal(['same-address'])
  })

  it('are told once, though people share both user name and email', () => {
    const ana = one({ userPrincipalName: 'ana@x', mail: 'a@x' })
    const other = one({ userPrincipalName: 'a@x', mail: 'ana@x' })
    expect(kinds(ana, other)).to.deep.equal(['same-address'])
    const both = ['address:ana@x', 'address:a@x'].map((key) => conflictAt(key, [ana, other])!)
    expect(distinct(both).map(({ address }) => address)).to.deep.equal(['ana@x'])
  })

  it('take for newer who has the user name now, or came after the deletion, not who had the address beside them', () => {
    const at = '2026-11-20T08:00:00.000Z'
    const removal = {
      presence: 'soft-deleted',
      state: 'done',
      cause: { about: 'deleted', text: 'deleted in Entra' },
      proof: 'page',
      at,
      hold: null,
    } as const
    const left = one({ userPrincipalName: 'Ana@x', mail: 'box@x', removal, ...gone })
    const newer = (other: User) => newerThan(left, conflictsOf(left, [other]))?.id ?? null
    const createdAt = '2026-11-19T08:00:00.000Z'
    const beside = one({ userPrincipalName: 'bo@x', mail: 'box@x', createdAt })
    const after = one({ userPrincipalName: 'cy@x', mail: 'box@x', createdAt: '2026-11-21T08:00:00.000Z' })
    const named = one({ userPrincipalName: 'ana@X', mail: null, createdAt })
    expect([newer(beside), newer(after), newer(named)]).to.deep.equal([null, after.id, named.id])
    expect(newerThan({ ...left, removal: null }, conflictsOf(left, [after]))).to.equal(null)
  })

  it('find the earlier account of a newcomer, the one changed last, unless somebody present has the name', () => {
    const newcomer = one({ userPrincipalName: 'Ana@x' })
    const first = one({ userPrincipalName: 'ana@X', ...gone, updatedAt: '2026-01-01T00:00:00.000Z' })
    const second = one({ userPrincipalName: 'ana@x', ...gone, updatedAt: '2026-06-01T00:00:00.000Z' })
    expect(rehired(newcomer, [first, second, newcomer])).to.equal(second)
    expect(rehired(newcomer, [newcomer])).to.equal(null)
    expect(rehired(newcomer, [first, one({ userPrincipalName: 'ana@x' })])).to.equal(null)
    expect(rehired(newcomer, [one({ userPrincipalName: 'b@x', mail: 'ana@x', ...gone })])).to.equal(null)
    expect(rehired({ ...newcomer, userPrincipalName: null }, [first])).to.equal(null)
  })
})
