import { carryOut, say, setRemoval, type ChangeContext, type Statement } from '../domain/change.js'
import type { DirectoryItem } from '../domain/directory.js'
import { ConnectorError } from '../domain/errors.js'
import { decisionOn, endOf, isExpired, type Hold, type HoldDecision } from '../domain/hold.js'
import { isByGroup } from '../domain/scope.js'
import type { User } from '../domain/user.js'
import { walkRemovals } from '../store/walk.js'
import { askGroups, leavers, type Leavers } from './leavers.js'
import { askEach, lookUpAll, skip, someAtATime } from './look-ups.js'
import { describe, isOpen, presenceOf } from './describe.js'
import { changeEach, type Deed } from './each.js'
import type { Work } from './work.js'

/**
 * What has been decided over held removals acts with the next run. Who is approved is looked up once more: whoever need
 * not be removed any more stays. Who waited too long is asked about again, in a new hold.
 */

const BATCH = 40
const HOLDS = 1000

const NOT_CONFIRMED = 'Approved, but the look-up failed: stays as it is until the next run'

const OPEN = 'an assigned group could not be read'

export async function actOnHolds(work: Work): Promise<void> {
  await releaseUnprotected(work)
  const so = leavers(work)
  for (const hold of await work.writer.store.holds.list({ all: false, limit: HOLDS })) await actOn(work, hold, so)
}

/** Whoever is no longer on the list of those who are never removed is noted anew. */
async function releaseUnprotected(work: Work): Promise<void> {
  for await (const people of walkRemovals(work.writer.store, { state: 'protected', limit: BATCH })) {
    await changeEach(work, people, (user, context) => {
      if (user.removal?.state !== 'protected' || work.sight.scope.protects(user)) return null
      return { step: setRemoval(user, { state: 'noted', hold: null }, context), counted: {} }
    })
  }
}

/** People go on deciding while a run acts: each time the newest words count. */
async function actOn(work: Work, listed: Hold, so: Leavers): Promise<void> {
  const expired = isExpired(listed, work.writer.now())
  let hold = listed
  let left = 0
  let cutShort = false
  for await (const people of walkRemovals(work.writer.store, { state: 'held', hold: listed.id, limit: BATCH })) {
    hold = await newest(work, hold)
    await changeEach(work, people, (user, context) => {
      if (!isHeldIn(hold, user)) return null
      return release(work, hold, user, { expired, context })
    })
    const isIts = (user: User): boolean => !work.sight.scope.protects(user)
    const waiting = people.filter((user) => isIts(user) && decisionOn(hold, user)?.verdict !== 'reject')
    if (expired) cutShort ||= waiting.length > 0
    else {
      const approved = waiting.filter((user) => decisionOn(hold, user) !== null)
      let failed = 0
      const notAsked = await someAtATime(work, approved, so, async (some) => {
        const failures = await confirmApproved(work, hold, some, so)
        failed += failures
      })
      left += waiting.length - approved.length + failed + notAsked
    }
  }
  if (left > 0) return
  hold = await newest(work, hold)
  const ended = cutShort ? 'expired' : endOf(hold)
  await work.writer.commit({ hold: { ...hold, ended, revision: hold.revision + 1 } })
}

function isHeldIn({ id }: Hold, { removal }: User): boolean {
  return removal?.state === 'held' && removal.hold === id
}

async function newest({ writer }: Work, hold: Hold): Promise<Hold> {
  return (await writer.store.holds.get(hold.id)) ?? hold
}

interface Releasing {
  readonly expired: boolean
  readonly context: ChangeContext
}

function release(work: Work, hold: Hold, user: User, { expired, context }: Releasing): Deed | null {
  const { removal } = user
  if (!removal) return null
  if (work.sight.scope.protects(user))
    return { step: setRemoval(user, { state: 'protected', hold: null }, context), counted: {} }
  const decision = decisionOn(hold, user)
  if (decision?.verdict === 'reject')
    return { step: setRemoval(user, { state: 'rejected', hold: hold.id }, byDecision(decision, context)), counted: {} }
  if (!expired) return null
  const cause = { ...removal.cause, ask: true as const }
  return { step: setRemoval(user, { state: 'noted', hold: null, cause }, context), counted: {} }
}

function byDecision({ by, at, reason }: HoldDecision, context: ChangeContext): ChangeContext {
  const evidence = { ...context.evidence, decidedAt: at, ...(reason === null ? {} : { reason }) }
  return { ...context, cause: by, evidence }
}

/** Gives how many of them could not be looked up, and so stay as they are until the next run. */
async function confirmApproved(work: Work, hold: Hold, people: readonly User[], so: Leavers): Promise<number> {
  const answers = await lookUpAll(
    work,
    people.map(({ entraObjectId }) => entraObjectId ?? ''),
  )
  const heard = await askEach(people, so, (user) => hear(work, user, answers.get(user.entraObjectId ?? ''), so))
  const now = await newest(work, hold)
  await changeEach(work, people, (user, context) => {
    const { said }: Partial<Heard> = heard.get(user.id) ?? {}
    const decision = decisionOn(now, user)
    if (decision?.verdict === 'reject' && isHeldIn(now, user))
      return release(work, now, user, { expired: false, context })
    return said && decision ? { step: remove(user, said, { hold: now, decision, context }) } : null
  })
  let failed = 0
  for (const user of people) {
    const { problem } = heard.get(user.id) ?? {}
    if (problem === undefined || decisionOn(now, user)?.verdict === 'reject') continue
    failed += 1
    await skip(work, user, NOT_CONFIRMED, problem)
  }
  return failed
}

/** What the directory says today of somebody who was approved, or why nobody can tell. */
type Heard =
  { readonly said: Statement; readonly problem?: undefined } | { readonly said?: undefined; readonly problem: string }

async function hear(
  work: Work,
  user: User,
  answer: DirectoryItem | ConnectorError | undefined,
  { again }: Leavers,
): Promise<Heard> {
  if (!answer) return { problem: 'no answer' }
  if (answer instanceof ConnectorError) return { problem: answer.message }
  if (answer.kind === 'unreadable') return { problem: answer.problem }
  if (answer.kind === 'tombstone') return { said: {} }
  const said = describe(answer, user, true, work.sight) ?? {}
  if (!isByGroup(user))
    return said.presence === 'out-of-scope' && isOpen(asRead(user, said), work.sight) ? { problem: OPEN } : { said }
  const { through, problem } = await askGroups(work, user, again)
  if (problem !== undefined) return { problem }
  return { said: through === null || through === undefined ? said : { ...said, presence: presenceOf(answer), through } }
}

function asRead(user: User, { source = user.source, fields: { userType = user.userType } = {} }: Statement): User {
  return { ...user, source, userType }
}

interface Approval {
  readonly hold: Hold
  readonly decision: HoldDecision
  readonly context: ChangeContext
}

/** What the look-up says comes first: it may be that nothing is to be removed any more. */
function remove(user: User, said: Statement, { hold, decision, context }: Approval): Deed['step'] {
  const heard = say(user, said, 'look-up', context)
  const now = heard?.user ?? user
  if (now.removal?.state !== 'held') return heard
  const why = { hold: hold.id, approvedBy: decision.by, approvedAt: decision.at, confirmedAt: context.now }
  const done = carryOut(now, why, context)
  return done && { ...done, entries: [...(heard?.entries ?? []), ...done.entries] }
}
