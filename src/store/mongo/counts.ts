import { NO_COUNTS, type Run, type UserCounts } from '../../domain/run.js'
import type { ChangeKind } from '../../domain/user.js'
import type { Carried, IntendedPerson, RunState } from './documents.js'

/**
 * A run's process counts what it has committed. Where a commit wrote people and did not come to its end, the store
 * counts for it: `carried` until it is known how, then `credit`, beside the record as the process gives it.
 */

const KINDS: readonly ChangeKind[] = ['created', 'updated', 'frozen', 'deactivated', 'reactivated']

/** Adds people to what is carried. */
export function carry(carried: Carried, people: readonly IntendedPerson[]): Carried {
  const sum: Record<string, number> = { ...carried }
  const add = (name: string) => (sum[name] = (sum[name] ?? 0) + 1)
  for (const { kind, firstLogin } of people) {
    if (kind) add(kind)
    if (firstLogin) add('firstLogins')
  }
  return sum
}

/**
 * What is carried, as a correction of the counts. A page that is planned again finds those written already unchanged,
 * and `added` counts them so; where nobody plans it again they have been read besides.
 */
export function settle(carried: Carried, added: Readonly<UserCounts>): RunState['credit'] {
  const credit: Record<string, number> = {}
  let again = Math.max(0, added.unchanged)
  const add = (name: string, n: number) => {
    if (n !== 0) credit[name] = (credit[name] ?? 0) + n
  }
  for (const kind of KINDS) {
    const people = carried[kind] ?? 0
    const moved = Math.min(people, again)
    again -= moved
    add('unchanged', -moved)
    add('read', people - moved)
    add(kind, people)
  }
  add('firstLogins', carried.firstLogins ?? 0)
  return credit
}

export function sum(a: RunState['credit'], b: RunState['credit']): RunState['credit'] {
  const total: Record<string, number> = { ...a }
  for (const [name, n] of Object.entries(b)) total[name] = (total[name] ?? 0) + n
  return total
}

/** What a commit adds to the counts of the run, its process's own words compared with its last ones. */
export function added(run: Run, before: RunState | null): UserCounts {
  const counts = { ...run.users }
  if (before) for (const name of Object.keys(counts) as (keyof UserCounts)[]) counts[name] -= before.record.users[name]
  return counts
}

/**
 * What the record that is stored says beyond the one given: there was a commit whose answer nobody could read. Its process
 * goes on from before it, and reads none of that again.
 */
export function beyond({ users, signIns }: Run, stored: Run | undefined): RunState['credit'] {
  const credit: Record<string, number> = {}
  if (!stored) return credit
  let read = 0
  for (const [name, n] of Object.entries(stored.users)) {
    const more = n - users[name as keyof UserCounts]
    if (name === 'read' || more <= 0) continue
    credit[name] = more
    read += more
  }
  if (read > 0) credit['read'] = read
  const { firstLogins, read: signInsRead } = stored.signIns
  if (firstLogins > signIns.firstLogins) credit['firstLogins'] = firstLogins - signIns.firstLogins
  if (signInsRead > signIns.read) credit['signInsRead'] = signInsRead - signIns.read
  return credit
}

/** The record with everything that was done. */
export function runOf({ record, credit, carried }: Pick<RunState, 'record' | 'credit' | 'carried'>): Run {
  const total = sum(credit, settle(carried, NO_COUNTS)) as Record<string, number>
  if (Object.keys(total).length === 0) return record
  const { firstLogins = 0, signInsRead = 0, ...users } = total
  const counts = { ...record.users }
  for (const [name, n] of Object.entries(users)) counts[name as keyof UserCounts] += n
  return {
    ...record,
    users: counts,
    signIns: {
      ...record.signIns,
      read: record.signIns.read + signInsRead,
      firstLogins: record.signIns.firstLogins + firstLogins,
    },
  }
}
