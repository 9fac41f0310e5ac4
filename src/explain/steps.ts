import type { ExplainedStep, Facts } from './facts.js'
import { account, capabilitiesStep, invitations, lastChange, seat, status } from './steps-here.js'
import { enabled, found, inScope, matched } from './steps-there.js'

/** Pure: what is said of each step. Without a record of ours there is nothing to say after `matched`. */
export function stepsOf(facts: Facts): readonly ExplainedStep[] {
  const { user } = facts
  const there = [found(facts), enabled(facts), inScope(facts), matched(facts)]
  if (!user) return there
  const own = { ...facts, user }
  return [...there, account(own), seat(own), status(own), capabilitiesStep(own), invitations(own), lastChange(own)]
}
