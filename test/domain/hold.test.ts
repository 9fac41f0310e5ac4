import { expect } from 'chai'
import {
  countCauses,
  decisionOn,
  isAskedAgain,
  stateOf,
  type Hold,
  type HoldDecision,
  type Verdict,
} from '../../src/domain/hold.js'
import type { Removal } from '../../src/domain/user.js'
import { aUser } from '../support/people.js'

const AT = '2026-11-20T08:00:00.000Z'

function word(verdict: Verdict, over: Partial<HoldDecision> = {}): HoldDecision {
  return { verdict, by: 'Mia K.', at: AT, cause: null, user: null, reason: null, ...over }
}

function verdictOn(id: string, cause: string, ...decisions: HoldDecision[]): Verdict | null {
  const removal: Removal = {
    presence: 'gone',
    state: 'held',
    cause: { about: cause, text: cause },
    proof: 'page',
    at: AT,
    hold: 'h',
  }
  return decisionOn({ decisions }, { id, removal })?.verdict ?? null
}

describe('a decision over held removals', () => {
  it('concerns everybody, a cause, or a person', () => {
    expect(verdictOn('ana', 'deleted')).to.equal(null)
    expect(verdictOn('ana', 'deleted', word('approve'))).to.equal('approve')
    expect(verdictOn('ana', 'deleted', word('approve', { cause: 'left' }))).to.equal(null)
    expect(verdictOn('ana', 'left', word('approve', { cause: 'left' }))).to.equal('approve')
    expect(verdictOn('ben', 'left', word('approve', { user: 'ana' }))).to.equal(null)
  })

  it('overrules an earlier one of the same people', () => {
    expect(verdictOn('ana', 'left', word('approve'), word('reject'))).to.equal('reject')
    expect(verdictOn('ana', 'left', word('reject'), word('approve'))).to.equal('approve')
    expect(verdictOn('ana', 'left', word('reject'), word('approve', { user: 'ana' }))).to.equal('approve')
  })

  it('that rejects all keeps everybody, whoever was approved by themselves', () => {
    expect(verdictOn('ana', 'left', word('approve', { user: 'ana' }), word('reject'))).to.equal('reject')
  })

  it('that approves the rest leaves alone whom a narrower one keeps', () => {
    const keepAna = word('reject', { user: 'ana' })
    const keepLeft = word('reject', { cause: 'left' })
    expect(verdictOn('ana', 'left', keepAna, word('approve', { cause: 'left' }), word('approve'))).to.equal('reject')
    expect(verdictOn('ben', 'left', keepLeft, word('approve'))).to.equal('reject')
    expect(verdictOn('ben', 'left', keepLeft, word('approve'), word('approve', { cause: 'left' }))).to.equal('approve')
  })
})

describe('the state of a hold', () => {
  const hold = (over: Partial<Hold>): Hold => ({
    id: 'h',
    connection: 'default',
    runId: 'r',
    createdAt: AT,
    expiresAt: '2026-11-27T08:00:00.000Z',
    held: 3,
    decisions: [],
    ended: null,
    revision: 1,
    ...over,
  })
  const left = (waiting: number, approved = 0) => ({ waiting, approved })
  const [now, late] = [new Date(AT), new Date('2026-11-27T08:00:00.001Z')]

  it('is open while anybody waits, until it expires', () => {
    expect(stateOf(hold({ decisions: [word('approve', { user: 'ana' })] }), left(2), now)).to.equal('open')
    expect(stateOf(hold({}), left(3), late)).to.equal('expired')
  })

  it('is expired where an approval was not carried out in time; a rejection counts all the same', () => {
    const mixed = hold({ decisions: [word('approve'), word('reject', { user: 'ana' })] })
    expect(stateOf(mixed, left(0, 2), now)).to.equal('approved')
    expect(stateOf(mixed, left(0, 2), late)).to.equal('expired')
    expect(stateOf(mixed, left(0), late), 'all who were approved are gone').to.equal('approved')
    expect(stateOf(hold({ decisions: [word('reject')] }), left(0), late)).to.equal('rejected')
    const asked = ['ana', 'ben'].map((id) => isAskedAgain(mixed, { id, removal: null }, late))
    expect(asked).to.deep.equal([false, true])
    expect(isAskedAgain(hold({}), { id: 'ben', removal: null }, late)).to.equal(true)
    expect(isAskedAgain(mixed, { id: 'ben', removal: null }, now)).to.equal(false)
  })

  it('follows the decisions once nobody waits', () => {
    expect(stateOf(hold({}), left(0), now)).to.equal('closed')
    expect(stateOf(hold({ decisions: [word('reject')] }), left(0), now)).to.equal('rejected')
    expect(stateOf(hold({ decisions: [word('reject', { user: 'a' }), word('approve')] }), left(0), now)).to.equal(
      'approved',
    )
    expect(stateOf(hold({ ended: 'expired', decisions: [word('approve')] }), left(0), now)).to.equal('expired')
  })
})

describe('the causes of a hold', () => {
  const waiting = (text: string, over: Parameters<typeof aUser>[0] = {}) =>
    aUser({
      removal: { presence: 'gone', state: 'held', cause: { about: text, text }, proof: 'page', at: AT, hold: 'h' },
      ...over,
    })

  it('are counted with the licences in use and the logins affected, the most frequent first', () => {
    const first = countCauses([], [waiting('left'), waiting('deleted', { firstLoginAt: AT })])
    const counts = countCauses(first, [
      waiting('deleted', { firstLoginAt: AT, seat: false }),
      waiting('deleted', { seat: false }),
    ])
    expect(counts).to.deep.equal([
      { about: 'deleted', text: 'deleted', cause: 'deleted', count: 3, licences: 1, logins: 2 },
      { about: 'left', text: 'left', cause: 'left', count: 1, licences: 1, logins: 0 },
    ])
    expect(
      first.map(({ count }) => count),
      'those given are left as they are',
    ).to.deep.equal([1, 1])
  })

  it('that read alike and are about different things are told apart by what they are about', () => {
    const about = (group: string) => {
      const cause = { about: `group:${group}`, text: 'left group “Staff”' }
      return aUser({ removal: { presence: 'out-of-scope', state: 'held', cause, proof: 'page', at: AT, hold: 'h' } })
    }
    const counts = countCauses(countCauses([], [about('1'), waiting('left')]), [about('2'), about('2')])
    expect(counts.map(({ cause, count }) => [cause, count])).to.deep.equal([
      ['left group “Staff” (2)', 2],
      ['left', 1],
      ['left group “Staff” (1)', 1],
    ])
  })
})
