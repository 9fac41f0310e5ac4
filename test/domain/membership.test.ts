import { expect } from 'chai'
import fc from 'fast-check'
import { IdSet } from '../../src/domain/id-set.js'
import { membershipOf } from '../../src/domain/membership.js'

const ZERO = '00000000-0000-0000-0000-000000000000'
/** Odd ones, neighbours and random ones, so that some are met again. */
const id = fc.oneof(
  fc.uuid(),
  fc.nat(300).map((n) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`),
  fc.constantFrom(ZERO, 'ffffffff-ffff-ffff-ffff-ffffffffffff', '', 'ana', '営業', `${ZERO.slice(1)}g`, `{${ZERO}}`),
)
const members = (set: IdSet): string[] => [...set.slices(3)].flat().sort()

describe('a set of ids', () => {
  it('holds what was put in, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(id, { maxLength: 600 }), fc.array(id), (added, asked) => {
        const set = new IdSet(added)
        const model = new Set(added)
        expect(set.size).to.equal(model.size)
        for (const one of [...added, ...asked]) expect(set.has(one)).to.equal(model.has(one))
        expect(members(set)).to.deep.equal([...model].sort())
      }),
    )
  })

  it('knows a GUID in any letter case', () => {
    const set = new IdSet(['ABCDEF01-2345-4789-8ABC-DEF012345678'])
    set.add('abcdef01-2345-4789-8abc-def012345678')
    expect(set.size).to.equal(1)
    expect(set.has('Abcdef01-2345-4789-8abc-DEF012345678')).to.equal(true)
    expect(members(set)).to.deep.equal(['abcdef01-2345-4789-8abc-def012345678'])
  })

  it('comes in slices of the length asked for', () => {
    const set = new IdSet(Array.from({ length: 10 }, (_, n) => `0000000${n}-0000-4000-8000-000000000000`))
    expect([...set.slices(4)].map(({ length }) => length)).to.deep.equal([4, 4, 2])
    expect([...new IdSet().slices(4)]).to.deep.equal([])
  })

  it('has a fingerprint that depends on its ids and not on their order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { minLength: 1, maxLength: 50 }), (ids) => {
        const set = new IdSet(ids)
        expect(new IdSet([...ids].reverse()).fingerprint).to.equal(set.fingerprint)
        expect(new IdSet([...ids, ids[0] ?? '']).fingerprint).to.equal(set.fingerprint)
        expect(new IdSet(ids.slice(1)).fingerprint).not.to.equal(set.fingerprint)
      }),
    )
  })

  it('takes half a million ids that were counted up, at 32 bytes each or less', () => {
    const set = new IdSet()
    for (let n = 0; n < 500_000; n += 1) set.add(`00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`)
    expect(set.size).to.equal(500_000)
    expect(set.has('00000000-0000-4000-8000-00000007a11f')).to.equal(true)
    expect(set.has('00000000-0000-4000-8000-00000007a120')).to.equal(false)
    expect(set.bytes / set.size).to.be.lessThan(32)
  })
})

describe('who is in the groups', () => {
  const [a, b] = ['aaaaaaaa-0000-4000-8000-000000000000', 'bbbbbbbb-0000-4000-8000-000000000000']
  const ana = '11111111-0000-4000-8000-000000000000'

  it('is not known of those who are in no readable group while one is unreadable', () => {
    const groups = [
      { id: a, name: 'A', members: 'unreadable' },
      { id: b, name: null, members: new IdSet([ana]) },
    ] as const
    const membership = membershipOf(groups)
    expect(membership.through(ana)).to.equal(b)
    expect(membership.through(ZERO)).to.equal(undefined)
    expect(membership.unreadable).to.deep.equal([a])
    expect(membershipOf(groups.slice(1)).through(ZERO)).to.equal(null)
  })

  it('is nobody in a deleted one, and one nobody asked for is unheard of', () => {
    const membership = membershipOf([{ id: a, name: 'A', members: 'deleted' }])
    expect(membership.through(ana)).to.equal(null)
    expect(membership.group(a)).to.deep.equal({ name: 'A', deleted: true })
    expect(membership.group(b)).to.deep.equal({ name: null, deleted: false })
  })

  it('has a fingerprint that tells groups apart, whatever their order and names', () => {
    const of = (inA: string[] | 'deleted' | 'unreadable', inB: string[], name = 'A'): string[] => {
      const groups = [
        { id: a, name, members: typeof inA === 'string' ? inA : new IdSet(inA) },
        { id: b, name: 'B', members: new IdSet(inB) },
      ]
      return [membershipOf(groups).fingerprint, membershipOf([...groups].reverse()).fingerprint]
    }
    const all = [of([ana], []), of([], [ana]), of([], []), of('deleted', []), of('unreadable', []), of([ana], [ana])]
    for (const [one, reversed] of all) expect(one).to.equal(reversed)
    expect(new Set(all.flat()).size).to.equal(all.length)
    expect(of([ana], [], 'Z')).to.deep.equal(of([ana], []))
  })
})
