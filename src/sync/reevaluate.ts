import { isPresent, reevaluate, say, type ChangeContext, type Step } from '../domain/change.js'
import { isEveryone } from '../domain/scope.js'
import type { User } from '../domain/user.js'
import { fingerprintOf } from '../domain/selection.js'
import type { UserQuery } from '../store/port.js'
import { walk } from '../store/walk.js'
import { lookUpPeople } from './look-up-people.js'
import { newMembers } from './new-members.js'
import { describeAgain } from './describe.js'
import { changeEach } from './each.js'
import type { Work } from './work.js'

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
  // A group that could not be read changes nobody's scope: the next run compares.
  const members = config.scope.groups.length === 0 ? null : unreadable.length > 0 ? feed.members : fingerprint
  if (feed.rules === rules && feed.members === members) return
  const isFirst = feed.rules === null && feed.members === null
  if (!isFirst) {
    const what = feed.rules === rules ? 'The members of the assigned groups have' : 'What decides over people has'
    writer.note({ level: 'info', message: `${what} changed: evaluating everybody again` })
    const back: string[] = []
    await over(work, {}, (user, context) => {
      const step = again(work, user, context)
      if (mayComeBack(work, user)) back.push(user.entraObjectId ?? '')
      return step
    })
    const skipped = await lookUpPeople(work, [...back, ...(await newMembers(work))], NEW)
    if (skipped > 0) return compareAgain(work)
  }
  await work.commitFeed({ ...work.feed, rules, members, everyone: isEveryone(work.config.scope) })
}

/** Whoever could not be read is read by the next run, which finds everybody as good as never evaluated. */
function compareAgain(work: Work): Promise<void> {
  const { feed, config } = work
  const rules = config.scope.groups.length > 0 ? rulesOf(work) : feed.rules
  return work.commitFeed({ ...feed, rules, members: null, everyone: isEveryone(config.scope) })
}

/** What everybody is evaluated under, as a text that changes when it does. */
export function rulesOf({ rules, config }: Pick<Work, 'rules' | 'config'>): string {
  const { scope, mapping } = config
  const narrowed = !isEveryone(scope) || Object.keys(mapping).length > 0
  return narrowed ? `${rules.disabledAccounts} ${fingerprintOf(scope, mapping)}` : rules.disabledAccounts
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
