import type { Explanation, Facts } from './facts.js'
import { answerOnStatus } from './answer-status.js'
import type { OwnFacts } from './steps-here.js'
import { keptText, outBecause } from './steps-there.js'
import { nameOf, reasonOf, sentences, when } from './words.js'

/** Pure: what to tell a caller, in a sentence or two: the first thing that stops them, and what helps. */

export type Told = Pick<Explanation, 'answer' | 'stopsAt'>

export function answerOf(facts: Facts): Told {
  const { user } = facts
  const told = user ? ofOurs({ ...facts, user }) : ofNewcomer(facts)
  const answer = sentences(told.answer, doubt(facts))
  return { ...told, answer }
}

function ofNewcomer(facts: Facts): Told {
  const { live, scope, lastRead } = facts
  const name = nameOf(facts)
  if (live.found === 'unreadable')
    return {
      answer: `Entra's entry of ${name} cannot be read: ${live.problem}. Have it corrected there`,
      stopsAt: 'found',
    }
  if (isDisabled(facts)) return { answer: disabled(facts), stopsAt: 'enabled' }
  if (scope?.in === false) return { answer: outOfScope(facts), stopsAt: 'in-scope' }
  if (scope?.in !== true)
    return { answer: `We do not have ${name} yet, and cannot tell whether they are in scope`, stopsAt: 'in-scope' }
  const first = lastRead.completedAt === null ? 'run “entra-connector sync” for the first time' : null
  const help = first ?? `wait for the next run, or run “${syncOf(facts)}” now`
  return {
    answer: sentences(`${name} is in order in Entra and has not come over to us yet`, `What helps: ${help}`),
    stopsAt: 'matched',
  }
}

function ofOurs(facts: OwnFacts): Told {
  const { user, live, scope, expected } = facts
  const isMicrosofts = user.identity === 'entra-id'
  if ((live.found === 'soft-deleted' || live.found === 'nowhere') && user.entraObjectId !== null) {
    if (isMicrosofts || user.account !== 'active') return { answer: deleted(facts), stopsAt: 'found' }
  }
  if (isDisabled(facts) && (isMicrosofts || user.account !== 'active'))
    return { answer: disabled(facts), stopsAt: 'enabled' }
  if (scope?.in === false && user.account !== 'active') return { answer: outOfScope(facts), stopsAt: 'in-scope' }
  if (user.account !== 'active') return { answer: onAccount(facts), stopsAt: 'account' }
  const { answer, stopsAt } = answerOnStatus(facts)
  const soon = expected && (expected.account !== 'active' || expected.removal?.state === 'noted')
  const loses = `the next run will take their access away, or ask whether it may: ${expected?.removal?.cause.text ?? 'Entra says so'}`
  return { answer: sentences(answer, keptText(facts) ?? (soon ? `But ${loses}` : null)), stopsAt }
}

function isDisabled({ live }: Facts): boolean {
  return live.found === 'live' && live.patch.accountEnabled === false
}

function deleted(facts: OwnFacts): string {
  const { live, user, conflicts } = facts
  const name = nameOf(facts)
  const newer = conflicts
    .filter(({ kind }) => kind === 'rehired' || kind === 'same-address')
    .flatMap(({ users }) => users)
    .find((one) => one.id !== user.id && one.account === 'active')
  const help = newer
    ? `There is a newer account of this address (id ${newer.id}): explain that one`
    : live.found === 'soft-deleted'
      ? 'If they should have access, have them restored in Entra within 30 days of the deletion; the next run lets them in again'
      : 'If they should have access, they need a new account there'
  return sentences(
    live.found === 'soft-deleted' ? `${name} was deleted in Entra` : `${name} does not exist in Entra any more`,
    help,
    keptText(facts),
  )
}

function disabled(facts: Facts): string {
  const next = facts.user ? 'the next run lets them in again' : 'the next run brings them over'
  return sentences(
    `The account of ${nameOf(facts)} is disabled in Entra`,
    `Whoever looks after accounts there can enable it; ${next}`,
  )
}

function outOfScope(facts: Facts): string {
  const { scope } = facts
  const because = scope?.in === false ? outBecause(scope) : 'not in scope'
  return sentences(
    `${nameOf(facts)} is not among the people who may use the intranet: ${because}`,
    'If they should, change the group or the property in Entra; the next run brings them in',
  )
}

function onAccount(facts: OwnFacts): string {
  const { user, expected, lastRead, now } = facts
  const name = nameOf(facts)
  if (expected?.account === 'active') {
    const at = lastRead.readAt === null ? '' : ` (${when(lastRead.readAt, now)})`
    return sentences(
      `${name} is in order in Entra now; our last run${at} did not know it yet`,
      `The next run lets them in, or “${syncOf(facts)}” now`,
    )
  }
  const { decision } = user
  const by = decision?.by ?? 'an admin'
  const since = decision === null ? '' : ` (${when(decision.at, now)})`
  switch (user.accountReason) {
    case 'frozen-by-admin':
      return `${by} has frozen the account of ${name}${since}. Ask them to lift it: “users activate”`
    case 'deactivated-by-admin':
      return `${by} has deactivated the account of ${name}${since}. Ask them to lift it: “users activate”`
    case 'no-seat':
      return `No licence seat is free for ${name}. Deactivate people who have left, or raise LICENSE_SEATS; the next run gives them a seat`
    case 'undone':
      return `The run that created ${name} was undone. The next full read brings them back: “sync --full”`
    case 'disabled-in-entra':
      return `When we last read Entra, the account of ${name} was disabled there. Whoever looks after accounts can enable it`
    case 'deleted-in-entra':
      return `When we last read Entra, ${name} was deleted there. If they should have access, have them restored within 30 days`
    case 'out-of-scope':
      return `When we last read Entra, ${name} was not among the people who may use the intranet (${user.removal?.cause.text ?? 'not in scope'})`
    case null:
      return `The account of ${name} is ${user.account}`
  }
}

/** What could not be asked, and what the answer rests on instead. */
function doubt({ live, scope, lastRead, now, user }: Facts): string | null {
  const asOf = user && lastRead.readAt !== null ? `; this is as of ${when(lastRead.readAt, now)}` : ''
  if (live.found === 'unknown') return `Entra could not be asked just now (${reasonOf(live.error)})${asOf}`
  if (live.found === 'unreadable' && user) return `Their entry in Entra cannot be read (${live.problem})${asOf}`
  if (scope?.in === 'unknown') {
    const why = scope.error ? ` (${reasonOf(scope.error)})` : ''
    return `An assigned group could not be read just now${why}${asOf}`
  }
  return null
}

function syncOf({ user, live, asked }: Facts): string {
  const name = live.found === 'live' ? live.patch.entraObjectId : (user?.entraObjectId ?? asked)
  return `entra-connector sync --user ${name}`
}
