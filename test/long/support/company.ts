import type { Command } from '../../../src/simulator/control.js'
import type { SimulatorProcess, SimulatorShape } from './simulator-process.js'

/**
 * What happens in the tenant of the kill tests before and after the first run, so that whoever is killed afterwards is
 * in the middle of every kind of change: people new, changed, disabled, enabled, deleted, restored, unreadable, and
 * sign-ins of people we have, of people we shall have, and of people nobody has.
 */

/** `part`: one of so many parts of its people, in just as many pages. */
export function companyOf(part: number): SimulatorShape {
  return { users: 5000 / part, pageSize: 100 / part, seed: 11 }
}

/** Signed in before the directory named them. */
const restoredLater = (part: number): number[] => range(100 / part, 130 / part)
const MINUTE_MS = 60_000

export async function beforeTheFirstRun({ order }: SimulatorProcess, part: number): Promise<void> {
  for (const id of restoredLater(part)) {
    await order({ op: 'signIn', id, at: minutesAgo(id) })
    await order({ op: 'softDelete', id })
  }
}

/** Gives the object ids of those whose sign-ins stay parked. */
export async function afterTheFirstRun({ order }: SimulatorProcess, part: number): Promise<string[]> {
  const strangers: string[] = []
  const all = (
    ids: readonly number[],
    op: 'softDelete' | 'purge' | 'disable' | 'enable' | 'restore',
  ): Promise<unknown> => Promise.all(ids.map((id) => order({ op, id })))

  await order({ op: 'churn', percent: 50, seed: 3 })
  await all(restoredLater(part), 'restore')
  await all(range(300 / part, 420 / part), 'softDelete')
  await all(range(2000 / part, 2060 / part), 'purge')
  await all(range(3000 / part, 3080 / part), 'disable')
  await all(range(4000 / part, 4300 / part), 'enable')
  for (const id of [700, 2700, 4700]) await order({ op: 'update', id: id / part, patch: { jobTitle: 5 } })
  for (let made = 0; made < 120 / part; made += 1)
    await order({ op: 'create', person: { displayName: `Newcomer ${made}` } })
  for (let made = 0; made < 40 / part; made += 1) {
    const { id } = (await order({ op: 'create', person: { displayName: `Passing ${made}` } })) as { id: string }
    await order({ op: 'signIn', id, at: minutesAgo(made) })
    await order({ op: 'purge', id })
    strangers.push(id)
  }
  await Promise.all(range(0, 1300).map((n) => order(someSignIn(n, part))))
  const unreadable = (await order({ op: 'person', id: 700 / part })) as { id: string }
  return [...strangers, unreadable.id]
}

/** More than one page of them, so that a page of the log may be the last one committed; many people twice. */
function someSignIn(n: number, part: number): Command {
  return { op: 'signIn', id: Math.floor((350 + (n % 800) * 5) / part), at: minutesAgo(n / 13) }
}

/** Late rows: within the two hours that every run goes back. */
function minutesAgo(minutes: number): string {
  return new Date(Date.now() - (1 + (minutes % 100)) * MINUTE_MS).toISOString()
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at)
}
