import { expect } from 'chai'
import type { Trial } from './trial.js'
import type { TrialStore } from './trial-store.js'
import { differences, total, type Snapshot } from './snapshot.js'

export interface Verdict {
  readonly expected: Snapshot
  /** Runs that were disturbed and could not write their end. */
  readonly dead: readonly string[]
  /** Whether each person was read once only over all runs. */
  readonly readOnce: boolean
  readonly story: string
}

/** After all its runs a store holds what an undisturbed run gives, and these runs together count as much as that one. */
export async function expectUndisturbed<S extends TrialStore>(
  trial: Trial<S>,
  { expected, dead, readOnce, story }: Verdict,
): Promise<void> {
  const actual = await trial.snapshot()
  expect(await trial.store.integrity(), story).to.equal('ok')
  expect(differences(actual.people, expected.people), `people: ${story}`).to.deep.equal([])
  expect(differences(actual.parked, expected.parked), `parked: ${story}`).to.deep.equal([])
  expect(actual.isIdle, story).to.deep.equal({ pass: true, window: true, candidates: true })
  expect(actual.isTallied, story).to.equal(true)

  const outcomes = new Map(actual.runs.map(({ runId, outcome }) => [runId, outcome]))
  for (const runId of dead) expect(outcomes.get(runId), story).to.equal('interrupted')
  expect([...outcomes.values()], story).not.to.include(null)

  const { users, firstLogins } = total(actual.runs)
  const once = total(expected.runs)
  expect(firstLogins, `first logins: ${story}`).to.equal(once.firstLogins)
  const { read: _read, unchanged: _unchanged, skipped: _skipped, ...changed } = once.users
  expect(users, story).to.deep.include(readOnce ? once.users : changed)
  if (readOnce) expect(actual.said, story).to.deep.equal(expected.said)
}
