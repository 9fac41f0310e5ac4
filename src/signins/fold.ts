import type { SignIn } from '../domain/directory.js'
import { applyLogins, widen, type LoginSpan } from '../domain/login.js'
import type { UserChange } from '../domain/user.js'
import type { Known, ParkedSignIns } from '../store/port.js'

/** Pure: a page of the sign-in log as one span a person, and what these spans change. */

export function fold(signIns: readonly SignIn[]): Map<string, LoginSpan> {
  const spans = new Map<string, LoginSpan>()
  for (const { entraObjectId, at, correlationId } of signIns) {
    const login = { at, source: 'sign-in-log', correlationId } as const
    spans.set(entraObjectId, widen(spans.get(entraObjectId), { first: login, last: login }))
  }
  return spans
}

export interface SignInPlan {
  readonly users: readonly UserChange[]
  readonly park: readonly ParkedSignIns[]
  readonly firstLogins: number
}

/** Sign-ins of people we do not have are parked; what is parked already is not parked again. */
export function planSignIns(spans: ReadonlyMap<string, LoginSpan>, known: Known, now: string): SignInPlan {
  const users: UserChange[] = []
  const park: ParkedSignIns[] = []
  let firstLogins = 0
  for (const [entraObjectId, span] of spans) {
    const before = known.users.get(entraObjectId)
    if (!before) {
      const parked = known.parked.get(entraObjectId)
      const wider = widen(parked, span)
      if (!parked || wider.first.at !== parked.first.at || wider.last.at !== parked.last.at)
        park.push({ entraObjectId, ...wider })
      continue
    }
    const step = applyLogins(before, span, now)
    if (!step) continue
    if (before.firstLoginAt === null) firstLogins += 1
    users.push({ before, after: { ...step.user, revision: before.revision + 1 }, entries: step.entries })
  }
  return { users, park, firstLogins }
}
