import { isPresent, reevaluate, type Proof } from '../domain/change.js'
import { NO_COUNTS, type UserCounts } from '../domain/run.js'
import type { User, UserChange } from '../domain/user.js'
import type { UserQuery } from '../store/port.js'
import { walk } from '../store/walk.js'
import { toChange } from './plan.js'
import type { Work } from './work.js'

/** People whose account state changes although the directory said nothing new: other rules, or a seat became free. */

/** When the account rules are not the ones of the last run, everybody is evaluated again. */
export async function reevaluateEverybody(work: Work): Promise<void> {
  const rules = work.context().rules.disabledAccounts
  if (work.feed.rules === rules) return
  if (work.feed.rules !== null) {
    work.writer.note({ level: 'info', message: 'DISABLED_ACCOUNTS has changed: evaluating everybody again' })
    await over(work, {}, 'rules')
  }
  await work.commitFeed({ ...work.feed, rules })
}

/** Whoever waits for a seat gets one, in the order of arrival, as long as there are any. */
export async function grantFreeSeats(work: Work): Promise<void> {
  if (work.seats.left === 0) return
  await over(work, { accountReason: 'no-seat' }, 'free-seat')
}

async function over(work: Work, query: Omit<UserQuery, 'limit' | 'cursor'>, proof: Proof): Promise<void> {
  for await (const users of walk(work.writer.store, query)) {
    await evaluate(work, users, proof)
    if (proof === 'free-seat' && work.seats.left === 0) return
  }
}

const LOST_RACES = 20

async function evaluate(work: Work, people: readonly User[], proof: Proof): Promise<void> {
  let current = people
  for (let attempt = 1; attempt <= LOST_RACES; attempt += 1) {
    const context = work.context()
    const users: UserChange[] = []
    const counts: UserCounts = { ...NO_COUNTS }
    for (const before of current) {
      const step = isPresent(before) ? reevaluate(before, proof, context) : null
      if (!step) continue
      users.push(toChange({ before, user: step.user, entries: [...step.entries] }))
      counts.read += 1
      counts[step.kind] += 1
    }
    if (users.length === 0) return
    const { lost } = await work.writer.commit({ users, counts })
    if (lost.length === 0) {
      work.seats.left = context.seats.left
      return
    }
    current = (await Promise.all(current.map(({ id }) => work.writer.store.find(id)))).flat()
  }
}
