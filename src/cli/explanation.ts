import type { ExplainedStep, Explanation, StepName } from '../explain/facts.js'
import { hanging, padded, widthOf } from './layout.js'
import { harmless, paint } from './output.js'

/** Why somebody cannot log in: the answer first, then step by step. */

const MARKS: Record<
  ExplainedStep['outcome'],
  { readonly mark: string; readonly colour: 'green' | 'red' | 'yellow' | 'dim' }
> = {
  yes: { mark: '✔', colour: 'green' },
  no: { mark: '✖', colour: 'red' },
  unknown: { mark: '?', colour: 'yellow' },
  info: { mark: '–', colour: 'dim' },
}

const TITLES: Record<StepName, string> = {
  found: 'found in Entra',
  enabled: 'enabled',
  'in-scope': 'in scope',
  matched: 'matched here',
  account: 'account',
  seat: 'seat',
  status: 'status',
  capabilities: 'may',
  invitations: 'emails',
  'last-change': 'last change',
}

const WIDTH = Math.max(...Object.values(TITLES).map(widthOf))

export function describeExplanation({ answer, steps, stopsAt }: Explanation, now: Date): string[] {
  const stop = steps.find(({ step }) => step === stopsAt)
  // An answer may begin with what it stops at, which stands above it.
  const rest = stop && answer.startsWith(stop.detail) ? answer.slice(stop.detail.length).trim() : answer
  return [
    ...(stop ? [paint('bold', hanging('', harmless(`It stops here: ${stop.detail}`)))] : []),
    ...(rest === '' ? [] : [hanging('', harmless(rest))]),
    '',
    ...steps.map(lineOf),
    '',
    paint('dim', footer(steps, now)),
  ]
}

function lineOf({ step, outcome, detail }: ExplainedStep): string {
  const { mark, colour } = MARKS[outcome]
  const start = `${mark} ${padded(TITLES[step], WIDTH)}  `
  return paint(colour, mark) + hanging(start, harmless(detail)).slice(mark.length)
}

function footer(steps: readonly ExplainedStep[], now: Date): string {
  const at = `${now.toISOString().slice(11, 16)} UTC`
  const isLive = steps.every(({ step, outcome }) => step !== 'found' || outcome !== 'unknown')
  return `${isLive ? `Read live from Entra at ${at}.` : `Entra could not be asked at ${at}.`} Nothing was changed.`
}
