import type { ExplainedStep, Explanation, NotOne } from './facts.js'
import { reasonOf, remedyOf, sentences, shortly } from './words.js'

/** Pure: the answer where nobody is meant, or several are. */
export function explainNotOne(facts: NotOne): Explanation {
  const { asked, several, live } = facts
  const unknown = live.found === 'unknown' ? live.error : null
  const couldNotAsk = unknown && `Entra could not be asked: ${reasonOf(unknown)}`
  if (several.length > 0) {
    const people = several.map((one) => shortly(one)).join('; ')
    const detail = sentences(`${several.length} people go by ${asked}: ${people}`, couldNotAsk)
    const answer = `Several people go by ${asked}. Ask which one is meant, and explain that one by id: ${several.map(({ displayName, id }) => `${displayName ?? 'without a name'} ${id}`).join(', ')}.`
    return { answer, steps: [step(unknown ? 'unknown' : 'info', detail)], stopsAt: 'found' }
  }
  if (unknown) {
    const detail = sentences(couldNotAsk, remedyOf(unknown), 'We have nobody of this name', elsewhereText(facts))
    const answer = sentences(
      `We have nobody called ${asked}, and Entra could not be asked just now (${reasonOf(unknown)})`,
      perhaps(facts) ?? remedyOf(unknown),
    )
    return { answer, steps: [step('unknown', detail)], stopsAt: 'found' }
  }
  if (live.found === 'soft-deleted') {
    const detail = 'Deleted in Entra, where they can be restored for 30 days, and we do not have them'
    const help = perhaps(facts) ?? 'If they should have access, have them restored in Entra'
    const answer = sentences(`${asked} was deleted in Entra, and we do not have them`, help)
    return { answer, steps: [step('no', sentences(detail, elsewhereText(facts)))], stopsAt: 'found' }
  }
  // Entra can be asked for a user name or an object id alone.
  const [inEntra, here] = asked.includes('@')
    ? ['as their user name', 'as user name or email address']
    : ['as their object id', 'as id or user name']
  const nobody = `Nobody in Entra has ${asked} ${inEntra}, and nobody here ${here}`
  const detail = sentences(nobody, elsewhereText(facts), similarText(facts))
  const help = perhaps(facts)
  const answer = sentences(nobody, ...(help === null ? [asked.includes('@') && NOT_BY_MAIL, SPELLING] : [help]))
  return { answer, steps: [step('no', detail)], stopsAt: 'found' }
}

const NOT_BY_MAIL = 'People we do not have cannot be found by their email address'
const SPELLING = 'Ask for the user name they type at Microsoft’s login: it may differ from their email address'

function step(outcome: ExplainedStep['outcome'], detail: string): ExplainedStep {
  return { step: 'found', outcome, detail }
}

function elsewhereText({ elsewhere }: NotOne): string | null {
  if (elsewhere.length === 0) return null
  const people = elsewhere.map(
    ({ connection, displayName, status }) => `connection ${connection} has ${displayName ?? 'them'} (${status})`,
  )
  return `But ${people.join(', ')}`
}

function similarText({ similar }: NotOne): string | null {
  return similar.length === 0 ? null : `Similar: ${similar.map((one) => shortly(one)).join('; ')}`
}

/** What helps, where something is known that does. */
function perhaps({ elsewhere, similar }: NotOne): string | null {
  const [other] = elsewhere
  if (other) return `Connection ${other.connection} has somebody of this name: look there`
  const names = similar.map(({ displayName, userPrincipalName }) =>
    `${displayName ?? ''} (${userPrincipalName ?? 'no user name'})`.trim(),
  )
  return names.length === 0 ? null : `Perhaps this is meant: ${names.join(', ')}`
}
