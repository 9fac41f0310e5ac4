import { isPresent, reevaluate, say, type ChangeContext, type Step } from '../domain/change.js'
import type { DirectoryFeed } from '../domain/feed.js'
import { IdSet } from '../domain/id-set.js'
import { isEveryone } from '../domain/scope.js'
import type { User } from '../domain/user.js'
import type { UserQuery } from '../store/port.js'
import { walk } from '../store/walk.js'
import { lookUpPeople, readWhole } from './look-up-people.js'
import { MOST_NEW_MEMBERS, newMembers, strangersOf } from './new-members.js'
import { describeAgain, isUnread } from './describe.js'
import { changeEach } from './each.js'
import { rulesOf, type Work } from './work.js'

/**
 * People who change although the directory said nothing new of them: other rules, another scope or mapping, other
 * members of the assigned groups, or a seat that became free.
 */

const NEW = 'a new member of an assigned group'

/** When what everybody was evaluated under is not what it was, everybody is evaluated again. */
export async function reevaluateEverybody(work: Work): Promise<void> {
  const { feed, writer, config } = work
  const { fingerprint, unreadable } = work.members.membership
  const rules = rulesOf(work)
  const isBlind = unreadable.length > 0
  const members = config.scope.groups.length === 0 || isBlind ? null : fingerprint
  if (feed.rules === rules && feed.members === members) return
  const isFirst = feed.rules === null && feed.members === null
  let strangers: string | null = null
  if (!isFirst || !work.hasReadAll) {
    if (!isFirst) writer.note({ level: 'info', message: `${reasonFor(feed, rules)}: evaluating everybody again` })
    const back = new Set<string>()
    const unread = new Set<string>()
    await over(work, {}, (user, context) => {
      const step = again(work, user, context)
      if (isUnread(user, work.sight)) unread.add(user.entraObjectId ?? '')
      else if (mayComeBack(work, user)) back.add(user.entraObjectId ?? '')
      return step
    })
    if (unread.size <= MOST_NEW_MEMBERS) await readWhole(work, [...unread])
    else if (!work.hasReadAll) await keepNothing(work)
    const unknown = work.hasReadAll ? new IdSet() : await newMembers(work)
    const areTooMany = unknown.size > MOST_NEW_MEMBERS
    const came = areTooMany ? [] : [...unknown.slices(MOST_NEW_MEMBERS)].flat()
    const skipped = await lookUpPeople(work, [...back, ...came], NEW)
    if (areTooMany || skipped > 0) return compareAgain(work)
    // Of those whom a group that could not be read may let in nobody has judged any.
    if (!isBlind) strangers = (await strangersOf(work)).fingerprint
  }
  await work.commitFeed({ ...work.feed, rules, members, strangers, everyone: isEveryone(work.config.scope) })
}

function reasonFor(feed: DirectoryFeed, rules: string): string {
  if (feed.rules !== rules) return 'What decides over people has changed'
  if (feed.members === null) return 'Not everybody could be judged before'
  return 'The members of the assigned groups have changed'
}

/** So many have never been read whole that it costs less to read everybody: the next run does. */
function keepNothing(work: Work): Promise<void> {
  return work.commitFeed({ ...work.feed, paths: [] })
}

/** Whoever was not read is read by the next run, which finds everybody as good as never evaluated. */
function compareAgain(work: Work): Promise<void> {
  const { feed, config } = work
  const rules = config.scope.groups.length > 0 ? rulesOf(work) : feed.rules
  return work.commitFeed({ ...feed, rules, members: null, everyone: isEveryone(config.scope) })
}

function again(work: Work, user: User, context: ChangeContext): Step | null {
  if (!isPresent(user)) return null
  const said = describeAgain(user, work.sight)
  return say(user, said, said.presence === undefined ? 'rules' : 'scope', context)
}

/** What they are today, enabled or not, only the directory can tell. */
function mayComeBack(work: Work, user: User): boolean {
  return user.presence === 'out-of-scope' && describeAgain(user, work.sight).through !== undefined
}

/** Whoever waits for a seat gets one, in the order of arrival, as long as there are any. */
export async function grantFreeSeats(work: Work): Promise<void> {
  if (work.seats.left === 0) return
  await over(work, { accountReason: 'no-seat' }, (user, context) =>
    isPresent(user) ? reevaluate(user, 'free-seat', context) : null,
  )
}

type Evaluate = (user: User, context: ChangeContext) => Step | null

async function over(work: Work, query: Omit<UserQuery, 'limit' | 'cursor'>, evaluate: Evaluate): Promise<void> {
  for await (const users of walk(work.writer.store, query)) {
    await changeEach(work, users, (user, context) => ({ step: evaluate(user, context) }))
    if (query.accountReason === 'no-seat' && work.seats.left === 0) return
  }
}
