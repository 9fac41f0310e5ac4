import type { Command } from '../../../src/simulator/control.js'
import type { SimulatorProcess } from './simulator-process.js'

/**
 * What happens in the tenant of the kill tests before and after the first run, so that whoever is killed afterwards is
 * in the middle of every kind of change: people new, changed, disabled, enabled, deleted, restored, unreadable, and
 * sign-ins of people we have, of people we shall have, and of people nobody has.
 */

export const COMPANY = { users: 5000, pageSize: 100, seed: 11 }

/** Signed in before the directory named them. */
const RESTORED_LATER = range(100, 130)
const MINUTE_MS = 60_000

export async function beforeTheFirstRun({ order }: SimulatorProcess): Promise<void> {
  for (const id of RESTORED_LATER) {
    await order({ op: 'signIn', id, at: minutesAgo(id) })
    await order({ op: 'softDelete', id })
  }
}

/** Gives the object ids of those whose sign-ins stay parked. */
export async function afterTheFirstRun({ order }: SimulatorProcess): Promise<string[]> {
  const strangers: string[] = []
  const all = (
    ids: readonly number[],
    op: 'softDelete' | 'purge' | 'disable' | 'enable' | 'restore',
  ): Promise<unknown> => Promise.all(ids.map((id) => order({ op, id })))

  await order({ op: 'churn', percent: 50, seed: 3 })
  await all(RESTORED_LATER, 'restore')
  await all(range(300, 420), 'softDelete')
  await all(range(2000, 2060), 'purge')
  await all(range(3000, 3080), 'disable')
  await all(range(4000, 4300), 'enable')
  for (const id of [700, 2700, 4700]) await order({ op: 'update', id, patch: { jobTitle: 5 } })
  for (let made = 0; made < 120; made += 1) await order({ op: 'create', person: { displayName: `Newcomer ${made}` } })
  for (let made = 0; made < 40; made += 1) {
    const { id } = (await order({ op: 'create', person: { displayName: `Passing ${made}` } })) as { id: string }
    await order({ op: 'signIn', id, at: minutesAgo(made) })
    await order({ op: 'purge', id })
    strangers.push(id)
  }
  await Promise.all(range(0, 1300).map((n) => order(someSignIn(n))))
  const unreadable = (await order({ op: 'person', id: 700 })) as { id: string }
  return [...strangers, unreadable.id]
}

/** More than one page of them, so that a page of the log may be the last one committed; many people twice. */
function someSignIn(n: number): Command {
  return { op: 'signIn', id: 350 + (n % 800) * 5, at: minutesAgo(n / 13) }
}

/** Late rows: within the two hours that every run goes back. */
function minutesAgo(minutes: number): string {
  return new Date(Date.now() - (1 + (minutes % 100)) * MINUTE_MS).toISOString()
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at)
}
