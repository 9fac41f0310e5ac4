import { decisionOn, isAskedAgain, type Hold } from '../domain/hold.js'
import type { Removal, User } from '../domain/user.js'
import { minute } from '../domain/history-words.js'

/** Why somebody is to lose access and has not, or has lost it. */

/** As scripts see it. `cause` is what people read, `since` when it was noted, `hold` the id of the hold they wait in. */
export interface RemovalView {
  readonly state: Removal['state']
  readonly cause: string
  readonly since: string
  readonly hold: string | null
}

export function removalView({ removal }: Pick<User, 'removal'>): RemovalView | null {
  if (!removal) return null
  const { state, cause, at, hold } = removal
  return { state, cause: cause.text, since: at, hold }
}

/** One sentence; `hold` is the one they wait or waited in, where it is still kept. */
export function removalSentence(user: User, hold: Hold | null, now: Date): string | null {
  const { removal } = user
  if (!removal) return null
  const { state, cause, at } = removal
  const since = `${minute(at)} UTC`
  const decision = hold && decisionOn(hold, user)
  switch (state) {
    case 'noted':
      return `Would lose access (${cause.text}), noted ${since}. The next run settles it.`
    case 'held': {
      const held = `Held since ${since}: would lose access (${cause.text}).`
      const isAgain = hold !== null && isAskedAgain(hold, user, now)
      if (!decision && isAgain) return `${held} Nobody decided in time; they are asked about again.`
      if (!decision) return `${held} To decide: entra-connector holds show ${removal.hold ?? ''}`.trimEnd()
      const next = isAgain ? 'the approval has expired, and they are asked about again' : 'the next run acts on it'
      const what = decision.verdict === 'approve' ? 'approved it' : 'decided that they stay'
      return `${held} ${decision.by} ${what} at ${minute(decision.at)}; ${next}.`
    }
    case 'rejected': {
      const why = decision?.verdict === 'reject' ? `${decision.by} decided that they stay` : 'the removal was undone'
      return `Keeps access: ${why} (${cause.text}). We ask again only when Entra says so anew.`
    }
    case 'protected':
      return `Keeps access: on the list of those who are never removed (${cause.text}).`
    case 'done': {
      const by = decision?.verdict === 'approve' ? `, approved by ${decision.by}` : ''
      return `Lost access (${cause.text})${by}, noted ${since}.`
    }
  }
}
