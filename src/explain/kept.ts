import { decisionOn, isAskedAgain } from '../domain/hold.js'
import type { Facts } from './facts.js'
import { when } from './words.js'

/** Pure: why somebody has access although the directory says otherwise. */

type Kept = Pick<Facts, 'user' | 'hold' | 'now' | 'expected' | 'isProtected' | 'last'>

/** Whether the next look at the directory leaves them what they have. */
export function isKept({ user, expected, isProtected }: Omit<Kept, 'last'>): boolean {
  if (!user || user.account === 'inactive') return false
  const state = user.removal?.state
  if (isProtected) return state !== undefined || expected?.removal != null
  return isAskedAnew({ user, expected }) ? false : state === 'held' || state === 'rejected'
}

/** Null where nothing keeps it. */
export function keptText(facts: Kept): string | null {
  const { user, hold, now, expected, isProtected } = facts
  const removal = user?.removal ?? (isProtected ? expected?.removal : null) ?? null
  if (!user || !removal || user.account === 'inactive' || removal.state === 'done') return null
  const cause = removal.cause.text
  const from = `the removal (${cause}) drops out of hold ${removal.hold ?? ''} with the next run`
  if (expected && expected.removal === null)
    return removal.state === 'held' ? `They keep their access: Entra says so no more, and ${from}` : null
  if (isProtected) {
    const drops = removal.state === 'held' ? `, and ${from}` : ` (${cause})`
    return `They keep their access: they are on the list neverRemove${drops}`
  }
  if (isAskedAnew(facts)) return null
  const decision = hold && decisionOn(hold, user)
  switch (removal.state) {
    case 'noted':
      return `The removal (${cause}) is noted; the next run settles it`
    case 'held': {
      const isAgain = hold !== null && isAskedAgain(hold, user, now)
      if (decision && isAgain)
        return `They keep their access for now: ${decision.by} has approved the removal (${cause}), but the approval has expired; they are asked about again`
      if (isAgain)
        return `They keep their access for now: nobody has decided in time over the removal (${cause}); they are asked about again`
      if (decision?.verdict === 'approve')
        return `${decision.by} has approved the removal (${cause}): the next run takes their access away`
      if (decision) return `${decision.by} has decided that they keep their access (${cause})`
      const until = hold ? `, until ${when(hold.expiresAt, now)}` : ''
      return `They keep their access for now: the removal (${cause}) waits in hold ${removal.hold ?? ''} for somebody to decide${until}`
    }
    case 'rejected': {
      const { last } = facts
      const decidedBy = last?.evidence?.['decidedAt'] === undefined ? null : last.cause
      const by = decision?.verdict === 'reject' ? decision.by : decidedBy
      const isForgotten = removal.hold !== null && hold === null
      const unknown = isForgotten ? 'somebody decided so, or the removal was put back' : 'the removal was put back'
      return `They keep their access: ${by === null ? unknown : `${by} decided so`} (${cause})`
    }
    case 'protected':
      return `The list neverRemove does not name them any more: the next run settles the removal (${cause})`
  }
}

/** What was decided was decided over another cause. */
function isAskedAnew({ user, expected }: Pick<Facts, 'user' | 'expected'>): boolean {
  return expected?.removal?.state === 'noted' && user?.removal?.state !== 'noted'
}
