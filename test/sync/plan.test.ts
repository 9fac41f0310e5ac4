import { expect } from 'chai'
import fc from 'fast-check'
import type { DirectoryItem, Patch } from '../../src/domain/directory.js'
import { NO_COUNTS } from '../../src/domain/run.js'
import type { User } from '../../src/domain/user.js'
import { planPage, toLookUp, type Plan } from '../../src/sync/plan.js'
import { aContext, aPatch, aUser, knownOf, NOW } from '../support/people.js'
import { aSight } from '../support/sight.js'

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const patch = (n: number, displayName: string, accountEnabled = true): Patch =>
  aPatch({ entraObjectId: id(n), profile: { userPrincipalName: `p${n}@contoso.example`, displayName }, accountEnabled })
const tombstone = (n: number): DirectoryItem => ({ kind: 'tombstone', entraObjectId: id(n), presence: 'soft-deleted' })

type People = Map<string, User>

function plan(items: readonly DirectoryItem[], people: People, whole: boolean, context = aContext()): Plan {
  return planPage({ items, known: knownOf([...people.values()]), whole, proof: 'page', sight: aSight(), context })
}

function apply(pages: readonly (readonly DirectoryItem[])[], people: People = new Map(), whole = false): People {
  const after = new Map(people)
  const context = aContext()
  for (const page of pages)
    for (const { after: user } of plan(page, after, whole, context).users) after.set(user.entraObjectId ?? '', user)
  return after
}

/** What must not depend on paging: everything but our ids and counters. */
function essence(people: People): unknown {
  return [...people.values()]
    .map(({ id: _id, revision: _revision, ...rest }) => rest)
    .sort((a, b) => String(a.entraObjectId).localeCompare(String(b.entraObjectId)))
}

const anItem = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat(8), fc.constantFrom('Zoë', "O'Connor", '李雷', 'أحمد', '🙂'), fc.boolean())
      .map(([n, name, on]) => patch(n, name, on)),
  },
  { weight: 2, arbitrary: fc.nat(8).map(tombstone) },
  {
    weight: 1,
    arbitrary: fc.nat(8).map((n): DirectoryItem => ({ kind: 'unreadable', entraObjectId: id(n), problem: 'x' })),
  },
)
const anItemList = fc.array(anItem, { maxLength: 40 })

describe('planning a page', () => {
  it('counts each item once at most, noted removals not yet, and read is the sum of the others', () => {
    fc.assert(
      fc.property(anItemList, anItemList, fc.boolean(), (before, items, whole) => {
        const { counts } = plan(items, apply([before]), whole)
        const { read, ...others } = counts
        expect(read).to.be.at.most(items.length)
        expect(Object.values(others).reduce((a, b) => a + b, 0)).to.equal(read)
      }),
    )
  })

  it('over its own outcome gives an empty plan when the page ends where it began for nobody', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anItem, { selector: (item) => item.entraObjectId, maxLength: 20 }),
        fc.boolean(),
        (items, whole) => {
          const once = apply([items], new Map(), whole)
          const again = plan(items, once, whole)
          expect(again.users).to.deep.equal([])
          expect(again.counts).to.deep.equal({
            ...NO_COUNTS,
            read: items.length,
            unchanged: items.length - again.counts.skipped,
            skipped: again.counts.skipped,
          })
        },
      ),
    )
  })

  it('gives the same people when the whole round is read again', () => {
    fc.assert(
      fc.property(anItemList, (items) => {
        const once = apply([items])
        const twice = apply([items], once)
        const stable = (people: People) =>
          [...people.values()].map(({ displayName, account, presence }) => [displayName, account, presence])
        expect(stable(twice)).to.deep.equal(stable(once))
      }),
    )
  })

  it('gives the same people wherever the round is cut into pages', () => {
    fc.assert(
      fc.property(anItemList, fc.array(fc.nat(40), { maxLength: 6 }), fc.boolean(), (items, cuts, whole) => {
        const at = [...new Set([0, ...cuts, items.length])].filter((cut) => cut <= items.length).sort((a, b) => a - b)
        const pages = at.slice(1).map((end, n) => items.slice(at[n], end))
        expect(essence(apply(pages, new Map(), whole))).to.deep.equal(essence(apply([items], new Map(), whole)))
      }),
    )
  })

  it('gives the same people in any order when nobody is named twice', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anItem, { selector: (item) => item.entraObjectId }), (items) => {
        expect(essence(apply([[...items].reverse()]))).to.deep.equal(essence(apply([items])))
      }),
    )
  })

  it('removes nobody, and notes nobody it was not told of', () => {
    fc.assert(
      fc.property(anItemList, anItemList, fc.boolean(), (before, items, whole) => {
        const people = apply([before])
        const told = new Set(items.filter(({ kind }) => kind === 'tombstone').map(({ entraObjectId }) => entraObjectId))
        for (const { after } of plan(items, people, whole).users) {
          expect(after.account).not.to.equal('inactive')
          if (after.removal) expect(told.has(after.entraObjectId)).to.equal(true)
        }
      }),
    )
  })

  it('lets the later of two mentions win, and writes the person once', () => {
    const { users, counts } = plan([patch(1, 'Ada'), tombstone(1), patch(1, 'Ada Lovelace')], new Map(), false)
    expect(users).to.have.length(1)
    expect(users[0]?.after).to.include({ displayName: 'Ada Lovelace', account: 'active', revision: 1 })
    expect(users[0]?.before).to.equal(null)
    expect(counts).to.include({ read: 2, created: 1, updated: 1, deactivated: 0 })
    expect(users[0]?.after.removal).to.equal(null)
  })

  it('counts the tombstone of somebody we never had as unchanged', () => {
    const { users, counts } = plan([tombstone(7)], new Map(), true)
    expect(users).to.deep.equal([])
    expect(counts).to.include({ read: 1, unchanged: 1 })
  })

  it('skips an unreadable entry, names it, and leaves the person alone', () => {
    const people = apply([[patch(1, 'Ada')]])
    const { users, counts, skips } = plan(
      [{ kind: 'unreadable', entraObjectId: id(1), problem: 'mail is a number' }],
      people,
      true,
    )
    expect(users).to.deep.equal([])
    expect(counts).to.include({ read: 1, skipped: 1 })
    expect(skips).to.deep.equal([{ about: id(1), problem: 'mail is a number' }])
  })

  it('does not take a fragment in a full pass for the whole person', () => {
    const people = apply([[patch(1, 'Ada')]])
    const { users } = plan([{ kind: 'patch', entraObjectId: id(1), profile: { jobTitle: 'Boss' } }], people, true)
    expect(users[0]?.after).to.include({ jobTitle: 'Boss', displayName: 'Ada' })
  })

  it('applies parked sign-ins to a newcomer and says which it used', () => {
    const login = { at: '2026-11-01T08:00:00.000Z', source: 'sign-in-log', correlationId: null } as const
    const parked = [{ entraObjectId: id(1), first: login, last: login }]
    const { users, unpark, firstLogins } = planPage({
      items: [patch(1, 'Ada')],
      known: knownOf([], parked),
      whole: true,
      proof: 'page',
      sight: aSight(),
      context: aContext(),
    })
    expect(users[0]?.after).to.include({ status: 'onboarded', firstLoginAt: login.at })
    expect(users[0]?.entries.map(({ to }) => to)).to.deep.equal(['never-logged-in', 'onboarded'])
    expect({ unpark, firstLogins }).to.deep.equal({ unpark: parked, firstLogins: 1 })
  })

  it('hands out seats in the order of the page and says how many are left', () => {
    const context = aContext({ seats: { left: 1 } })
    const first = plan([patch(1, 'Ada'), patch(2, 'Ben')], new Map(), true, context)
    expect(first.users.map(({ after }) => after.accountReason)).to.deep.equal([null, 'no-seat'])
    expect(first.seatsLeft).to.equal(0)
    expect(context.seats.left).to.equal(1)
  })
})

describe('people to look up before planning', () => {
  const fragment = (n: number): Patch => ({ kind: 'patch', entraObjectId: id(n), profile: { jobTitle: 'Boss' } })

  it('are those a later round names only in part and whom we do not have', () => {
    expect(toLookUp([fragment(1), patch(2, 'Ben')], knownOf(), false, aSight())).to.have.length(1)
    expect(toLookUp([fragment(1)], knownOf(), true, aSight())).to.deep.equal([])
    expect(toLookUp([fragment(1)], knownOf([aUser({ entraObjectId: id(1) })]), false, aSight())).to.deep.equal([])
  })

  it('are removed people named only in part: nobody comes back from a fragment', () => {
    const removed = aUser({ entraObjectId: id(1), presence: 'soft-deleted', account: 'inactive', updatedAt: NOW })
    expect(toLookUp([fragment(1)], knownOf([removed]), false, aSight())).to.have.length(1)
    expect(toLookUp([fragment(1)], knownOf([removed]), true, aSight())).to.have.length(1)
    expect(toLookUp([patch(1, 'Ada')], knownOf([removed]), false, aSight())).to.deep.equal([])
  })

  it('are people whom the same page removes and names in part', () => {
    const known = knownOf([aUser({ entraObjectId: id(1) }), aUser({ entraObjectId: id(2) })])
    for (const whole of [false, true])
      expect(toLookUp([tombstone(1), fragment(1), fragment(2)], known, whole, aSight())).to.deep.equal([fragment(1)])
    expect(toLookUp([tombstone(1), patch(1, 'Ada')], known, false, aSight())).to.deep.equal([])
  })

  it('are people of whom something was never read that a rule asks for, unless the entry says it', () => {
    const sight = aSight({ rules: [{ property: 'city', op: 'not-empty' }] })
    const user = aUser({ entraObjectId: id(1) })
    const asked = (item: Patch, of = user): number => toLookUp([item], knownOf([of]), false, sight).length
    expect(asked(fragment(1))).to.equal(1)
    expect(asked({ ...fragment(1), source: { city: 'Bern' } })).to.equal(0)
    expect(asked(fragment(1), { ...user, source: { city: null } })).to.equal(0)
  })
})
