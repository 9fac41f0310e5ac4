import { newerThan } from '../domain/conflicts.js'
import type { Decision, Presence } from '../domain/user.js'
import { answerOnStatus } from './answer-status.js'
import type { Facts, StepName } from './facts.js'
import { isKept, keptText } from './kept.js'
import type { OwnFacts } from './steps-here.js'
import { nameOf, outBecause, when } from './words.js'

/** Pure: everything that keeps somebody from logging in, in the order of the steps. */

/**
 * `what` and `help` are told of the first one, and `then`, what comes of the help, where nothing else stands in the way;
 * of the others `besides`.
 */
export interface Block {
  readonly step: StepName
  readonly what: string
  readonly help: string
  readonly then?: string
  readonly besides: string
}

/** Of somebody we have. Who is active here can be kept out by Microsoft alone. */
export function blocksOf(facts: OwnFacts): readonly Block[] {
  const { user } = facts
  const isOut = user.account !== 'active'
  const isMicrosofts = user.identity === 'entra-id'
  const losesHere = isOut && !isKept(facts)
  const gone = isMicrosofts || losesHere ? deleted(facts) : null
  // What else is decided of an account that cannot come back concerns nobody.
  if (gone && gone.then === undefined) return [gone]
  const there = present([gone, isMicrosofts || isOut ? disabled(facts) : null, losesHere ? outOfScope(facts) : null])
  if (!isOut) return there
  const own = [asLastRead(facts, there), user.decision && decided(facts, user.decision), undone(facts), noSeat(facts)]
  const all = [...there, ...present(own)]
  return [...(all.length > 0 ? all : [notYetKnown(facts)]), ...onStatus(facts)]
}

/** Of somebody we do not have. */
export function blocksOfNewcomer(facts: Facts): readonly Block[] {
  const there = present([disabled(facts), outOfScope(facts)])
  return there.length > 0 && noSeatLeft(facts) ? [...there, seatless(facts)] : there
}

function present(blocks: readonly (Block | null)[]): readonly Block[] {
  return blocks.filter((one) => one !== null)
}

const RESTORE = 'If they should have access, have them restored in Entra'
const NEW_ACCOUNT = 'If they should have access, they need a new account there'

function deleted(facts: OwnFacts): Block | null {
  const { live, user, conflicts } = facts
  if (user.entraObjectId === null || (live.found !== 'soft-deleted' && live.found !== 'nowhere')) return null
  const isForGood = live.found === 'nowhere'
  const what = `${nameOf(facts)} ${isForGood ? 'does not exist in Entra any more' : 'was deleted in Entra'}`
  const newer = newerThan(user, conflicts)
  const common = { step: 'found', what, besides: 'Entra has them deleted' } as const
  if (newer) return { ...common, help: `There is a newer account of this address (id ${newer.id}): explain that one` }
  if (isForGood) return { ...common, help: NEW_ACCOUNT }
  const help = `${RESTORE} within 30 days of the deletion`
  return { ...common, help, then: again(facts) }
}

function disabled(facts: Facts): Block | null {
  if (facts.live.found !== 'live' || facts.live.patch.accountEnabled !== false) return null
  return {
    step: 'enabled',
    what: `The account of ${nameOf(facts)} is disabled in Entra`,
    help: 'Whoever looks after accounts there can enable it',
    then: facts.user ? again(facts) : 'the next run brings them over',
    besides: 'the account is disabled in Entra',
  }
}

function again({ user }: Facts): string {
  return user?.account === 'active' ? 'then Microsoft lets them in again' : 'the next run lets them in again'
}

function outOfScope(facts: Facts): Block | null {
  const { scope } = facts
  if (scope?.in !== false) return null
  const help = 'change the group or the property in Entra'
  return {
    step: 'in-scope',
    what: `${nameOf(facts)} is not among the people who may use the intranet: ${outBecause(scope)}`,
    help: `If they should, ${help}`,
    then: 'the next run brings them in',
    besides: `they are not among the people who may use the intranet (${outBecause(scope)}): if they should, ${help}`,
  }
}

function decided(facts: OwnFacts, { state, by, at }: Decision): Block {
  const did = `${by} has ${state === 'frozen' ? 'frozen' : 'deactivated'} the account`
  const since = ` (${when(at, facts.now)})`
  const help = 'Ask them to lift it: “users activate”'
  return {
    step: 'account',
    what: `${did} of ${nameOf(facts)}${since}`,
    help,
    besides: `${did}${since}: ask them to lift it with “users activate”`,
  }
}

const ASKED_IN: Partial<Record<Presence, StepName>> = {
  disabled: 'enabled',
  'soft-deleted': 'found',
  gone: 'found',
  'out-of-scope': 'in-scope',
}

/** What the directory said when it was last read, where it cannot tell now. */
function asLastRead(facts: OwnFacts, there: readonly Block[]): Block | null {
  const { user, expected } = facts
  const presence = expected?.presence ?? user.presence
  if (there.some((one) => one.step === ASKED_IN[presence])) return null
  const name = nameOf(facts)
  const start = (text: string): string => `When we last read Entra, ${text}`
  const step = 'account'
  switch (presence) {
    case 'disabled':
      return {
        step,
        what: start(`the account of ${name} was disabled there`),
        help: 'Whoever looks after accounts can enable it',
        besides: 'the account was disabled in Entra',
      }
    case 'soft-deleted':
    case 'gone':
      return {
        step,
        what: start(`${name} ${presence === 'gone' ? 'did not exist there any more' : 'was deleted there'}`),
        help: presence === 'gone' ? NEW_ACCOUNT : `${RESTORE} within 30 days`,
        besides: 'they were deleted in Entra',
      }
    case 'out-of-scope': {
      const why = user.removal?.cause.text ?? 'not in scope'
      return {
        step,
        what: start(`${name} was not among the people who may use the intranet (${why})`),
        help: 'If they should, change the group or the property in Entra',
        besides: `they were not in scope (${why})`,
      }
    }
    default:
      return null
  }
}

function undone(facts: OwnFacts): Block | null {
  if (facts.user.presence !== 'undone') return null
  const what = `The run that created ${nameOf(facts)} was undone`
  const help = `“${syncOf(facts)}” brings them back now, and so does the next full read (“sync --full”)`
  return {
    step: 'account',
    what,
    help,
    besides: `the run that created them was undone: “${syncOf(facts)}” brings them back`,
  }
}

/** Whoever lost access gave their seat back, and needs one again. */
function noSeat(facts: OwnFacts): Block | null {
  const { user, expected } = facts
  const waits = (expected ?? user).accountReason === 'no-seat'
  return !user.seat && (waits || noSeatLeft(facts)) ? seatless(facts) : null
}

export function noSeatLeft({ ways: { seatsLeft } }: Pick<Facts, 'ways'>): boolean {
  return seatsLeft !== null && seatsLeft <= 0
}

function seatless(facts: Facts): Block {
  return {
    step: 'account',
    what: `No licence seat is free for ${nameOf(facts)}`,
    help: 'Deactivate people who have left, or raise LICENSE_SEATS',
    then: 'the next run gives them a seat',
    besides: 'no licence seat is free for them: deactivate people who have left, or raise LICENSE_SEATS',
  }
}

/** The directory has them in order, and our record does not know it yet. */
function notYetKnown(facts: OwnFacts): Block {
  const { user, lastRead, now, expected } = facts
  const name = nameOf(facts)
  const at = lastRead.readAt === null ? '' : ` (${when(lastRead.readAt, now)})`
  if (expected?.account === 'active' && isUndone(facts))
    return {
      step: 'account',
      what: `${name} is in order in Entra, and the run that let them in was undone`,
      help: `It stays so until Entra changes something about them, or “${syncOf(facts)}” lets them in now`,
      besides: `the run that let them in was undone: “${syncOf(facts)}” lets them in`,
    }
  if (expected?.account === 'active')
    return {
      step: 'account',
      what: `${name} is in order in Entra now; our last run${at} did not know it yet`,
      help: `The next run lets them in, or “${syncOf(facts)}” now`,
      besides: 'our last run did not know it yet',
    }
  const what = `The account of ${name} is ${user.account}`
  return { step: 'account', what, help: keptText(facts) ?? '', besides: what }
}

/** What was undone stays so: a run that reads changes only is not told again what Entra had said before. */
export function isUndone({ last }: Pick<Facts, 'last'>): boolean {
  return last?.evidence?.['undone'] !== undefined
}

function onStatus(facts: OwnFacts): readonly Block[] {
  const { answer, stopsAt } = answerOnStatus(facts)
  return stopsAt === null ? [] : [{ step: stopsAt, what: answer, help: '', besides: answer }]
}

export function syncOf({ user, live, asked }: Facts): string {
  const name = live.found === 'live' ? live.patch.entraObjectId : (user?.entraObjectId ?? asked)
  return `entra-connector sync --user ${name}`
}
