import type { Verdict } from '../domain/hold.js'
import type { Weighed } from '../holds/decide.js'
import { count } from './run-summary.js'

/** What deciding over held removals means, before and after. */

export function question(weighed: Weighed): { headline: string; consequences: string } {
  const { people, licences } = weighed
  const they = people === 1 ? 'This person becomes' : 'They become'
  const free = licences === 0 ? 'no licence becomes free' : `${count(licences, 'licence')} free`
  return {
    headline: `Remove access for ${whoOf(weighed)}?`,
    consequences:
      `${they} inactive: no login, ${free}, content and memberships kept. ` +
      'Each is looked up once more first. You can undo it later.',
  }
}

/** `waiting`: how many nobody has decided over yet. */
export function decidedLines(weighed: Weighed, verdict: Verdict, waiting: number): string[] {
  const who = whoOf(weighed)
  const [keep, lose] = weighed.people === 1 ? ['keeps', 'loses'] : ['keep', 'lose']
  const show = `entra-connector holds show ${weighed.hold.id}`
  const still = count(waiting, 'person still waits', 'people still wait')
  const rest = waiting === 0 ? [] : [`${still} for a decision: ${show}`]
  if (verdict === 'approve')
    return [
      `Approved: ${who} ${lose} access with the next run, after another look-up: entra-connector sync`,
      'Until then, rejecting takes it back.',
      ...rest,
    ]
  return [
    `Rejected: ${who} ${keep} account and access; the next run records it.`,
    'We ask again only when what Entra says about them changes.',
    ...rest,
  ]
}

function whoOf({ people, one }: Weighed): string {
  return one?.displayName ?? count(people, 'person', 'people')
}
