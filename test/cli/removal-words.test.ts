import { expect } from 'chai'
import { removalSentence, removalView } from '../../src/cli/removal-words.js'
import type { Hold, HoldDecision } from '../../src/domain/hold.js'
import type { RemovalState, User } from '../../src/domain/user.js'
import { aUser } from '../support/people.js'

const AT = '2026-11-20T06:58:00.000Z'
const CAUSE = 'left group “Staff-CH”'

const waiting = (state: RemovalState): User =>
  aUser({
    removal: {
      presence: 'out-of-scope',
      state,
      cause: { about: 'g', text: CAUSE },
      proof: 'page',
      at: AT,
      hold: 'h-1',
    },
  })

function hold(verdict?: HoldDecision['verdict']): Hold {
  const word = { by: 'Mia K.', at: AT, cause: null, user: null, reason: null }
  const decisions = verdict ? [{ ...word, verdict }] : []
  return {
    id: 'h-1',
    connection: 'default',
    runId: 'r',
    createdAt: AT,
    expiresAt: AT,
    held: 1,
    decisions,
    ended: null,
    revision: 1,
  }
}

describe('a removal in words', () => {
  it('says why somebody is to lose access, who decided, and what is next', () => {
    const told = [
      [waiting('noted'), null, `Would lose access (${CAUSE}), noted 2026-11-20 06:58 UTC. The next run settles it.`],
      [
        waiting('held'),
        hold(),
        `Held since 2026-11-20 06:58 UTC: would lose access (${CAUSE}). To decide: entra-connector holds show h-1`,
      ],
      [
        waiting('held'),
        hold('approve'),
        `Held since 2026-11-20 06:58 UTC: would lose access (${CAUSE}). Mia K. approved it at 2026-11-20 06:58; the next run acts on it.`,
      ],
      [
        waiting('rejected'),
        hold('reject'),
        `Keeps access: Mia K. decided that they stay (${CAUSE}). We ask again only when Entra says so anew.`,
      ],
      [
        waiting('rejected'),
        hold('approve'),
        `Keeps access: the removal was undone (${CAUSE}). We ask again only when Entra says so anew.`,
      ],
      [waiting('rejected'), null, /^Keeps access: the removal was undone /],
      [waiting('protected'), null, `Keeps access: on the list of those who are never removed (${CAUSE}).`],
      [waiting('done'), hold('approve'), `Lost access (${CAUSE}), approved by Mia K., noted 2026-11-20 06:58 UTC.`],
      [waiting('done'), null, `Lost access (${CAUSE}), noted 2026-11-20 06:58 UTC.`],
    ] as const
    for (const [user, waitsIn, words] of told) {
      const sentence = removalSentence(user, waitsIn, new Date(AT)) ?? ''
      if (words instanceof RegExp) expect(sentence).to.match(words)
      else expect(sentence).to.equal(words)
    }
    expect(removalSentence(aUser(), null, new Date(AT))).to.equal(null)
  })

  it('promises nothing of a hold that has expired but what a rejection says', () => {
    const late = new Date(Date.parse(AT) + 1)
    const told = (verdict?: HoldDecision['verdict']) => removalSentence(waiting('held'), hold(verdict), late)
    const held = `Held since 2026-11-20 06:58 UTC: would lose access (${CAUSE}).`
    expect(told()).to.equal(`${held} Nobody decided in time; they are asked about again.`)
    expect(told('approve')).to.equal(
      `${held} Mia K. approved it at 2026-11-20 06:58; the approval has expired, and they are asked about again.`,
    )
    expect(told('reject')).to.equal(
      `${held} Mia K. decided that they stay at 2026-11-20 06:58; the next run acts on it.`,
    )
  })

  it('gives scripts its state, cause, time and hold, or null', () => {
    expect(removalView(waiting('held'))).to.deep.equal({ state: 'held', cause: CAUSE, since: AT, hold: 'h-1' })
    expect(removalView(aUser())).to.equal(null)
  })
})
