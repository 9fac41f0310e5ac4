import { fold } from '../domain/fold.js'
import { answerOnStatus } from './answer-status.js'
import { blocksOf, blocksOfNewcomer, isUndone, noSeatLeft, syncOf, type Block } from './blocks.js'
import type { Explanation, Facts } from './facts.js'
import { keptText } from './kept.js'
import type { OwnFacts } from './steps-here.js'
import { nameOf, reasonOf, sentences, when } from './words.js'

/** Pure: what to tell a caller, in a few sentences: the first thing that stops them, what helps, and what else would. */

export type Told = Pick<Explanation, 'answer' | 'stopsAt'>

export function answerOf(facts: Facts): Told {
  const { user } = facts
  const told = user ? ofOurs({ ...facts, user }) : ofNewcomer(facts)
  const answer = sentences(told.answer, nameTold(facts), doubt(facts))
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
  const [first, ...others] = blocksOfNewcomer(facts)
  if (first) return { answer: sentences(...blocked(first, others)), stopsAt: first.step }
  if (scope?.in !== true)
    return { answer: `We do not have ${name} yet, and cannot tell whether they are in scope`, stopsAt: 'in-scope' }
  const help =
    lastRead.completedAt === null
      ? 'run “entra-connector sync” for the first time'
      : `wait for the next run, or run “${syncOf(facts)}” now`
  const seats = noSeatLeft(facts) && 'They will wait for a licence seat: all are taken'
  return {
    answer: sentences(`${name} is in order in Entra and has not come over to us yet`, `What helps: ${help}`, seats),
    stopsAt: 'matched',
  }
}

function ofOurs(facts: OwnFacts): Told {
  const { user, expected, isProtected } = facts
  const [first, ...others] = blocksOf(facts)
  const kept = keptText(facts)
  if (first) {
    // They are active here: Microsoft alone refuses them.
    const here = user.account === 'active' ? kept?.replace(/^They keep/, 'Here they keep') : kept
    return { answer: sentences(...blocked(first, others, user.account === 'active'), here), stopsAt: first.step }
  }
  const { answer, stopsAt } = answerOnStatus(facts)
  const soon =
    !isUndone(facts) &&
    expected &&
    !isProtected &&
    (expected.account !== 'active' || expected.removal?.state === 'noted')
  const loses = `the next run will take their access away, or ask whether it may: ${expected?.removal?.cause.text ?? 'Entra says so'}`
  return { answer: sentences(answer, kept ?? (soon ? `But ${loses}` : null)), stopsAt }
}

/** What comes of the help is promised only where nothing else stands in the way. */
function blocked({ what, help, then }: Block, others: readonly Block[], byMicrosoft = false): (string | false)[] {
  const refused = byMicrosoft && then !== undefined && 'Microsoft refuses the login as long as that is so'
  const promise = then !== undefined && others.length === 0 ? `${help}; ${then}` : help
  const more = others.map(({ step, besides }) => `${step === 'status' ? 'After that:' : 'Besides,'} ${besides}`)
  return [what, refused, promise, ...more]
}

/** What they have to type, where the caller has called them by something else. */
function nameTold({ live, user, asked, byMail }: Facts): string | null {
  const name =
    live.found === 'live' ? (live.patch.profile.userPrincipalName ?? null) : (user?.userPrincipalName ?? null)
  if (!asked.includes('@') || name === null || fold(name) === fold(asked)) return null
  if (!byMail) return `Their user name is now ${name}: they log in with that, not with “${asked}” any more`
  // User name and email are alike to ahead login.
  if (user?.identity === 'ahead-id') return null
  return `Their user name is ${name}: they log in with that, not with “${asked}”, which is their email address`
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
