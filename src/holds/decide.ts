import { setTimeout } from 'node:timers/promises'
import { ConnectorError } from '../domain/errors.js'
import { theOne } from '../domain/find.js'
import {
  countCauses,
  decisionOn,
  isAskedAgain,
  isExpired,
  isSameCause,
  type CauseCount,
  type CauseKey,
  type Hold,
  type HoldDecision,
  type Verdict,
} from '../domain/hold.js'
import type { User } from '../domain/user.js'
import type { ConnectionStore } from '../store/port.js'
import { LOST_RACES } from '../store/races.js'
import { heldIn } from './view.js'

/**
 * An admin's word over people who wait. It is recorded at once and acts with the next run; until then a later word
 * overrules it. Two who decide at the same time: the first one counts, and the second one is told.
 */

/** Over everybody in the hold, those of one cause, or one person: our id, object id or UPN, in any letter case. */
export interface Wish {
  readonly verdict: Verdict
  readonly cause?: string
  readonly user?: string
}

export interface Decider {
  readonly by: string
  /** In the admin's own words, shown in the history. */
  readonly reason: string | null
  readonly now: () => Date
}

/** What a wish would change: over how many people, how many of whom use a licence. */
export interface Weighed {
  readonly hold: Hold
  readonly scope: Pick<HoldDecision, 'cause' | 'of' | 'user'>
  readonly people: number
  readonly licences: number
  /** The only one it is about. */
  readonly one: User | null
}

const PAUSE_MS = 25

export async function findHold({ holds }: ConnectionStore, given: string): Promise<Hold> {
  const hold = await holds.get(given.trim().toLowerCase())
  if (hold) return hold
  throw new ConnectorError('hold.unknown', {
    message: `There is no hold ${given.trim()}`,
    remedy: '"entra-connector holds list" shows those that are open, with --all also the others.',
  })
}

/** Throws `hold.decided` where nothing is left to be said, `hold.unknown` and `user.unknown` for what is not there. */
export async function weigh(store: ConnectionStore, id: string, wish: Wish, now: Date): Promise<Weighed> {
  const hold = await findHold(store, id)
  const latest = hold.decisions.at(-1) ?? null
  if (hold.ended !== null) throw over(hold, latest)
  if (isExpired(hold, now)) throw over(hold, latest, await isAnyAskedAgain(store, hold, now))
  if (hold.filling) throw stillFilling()
  const { scope, targets } = await targetsOf(store, hold, wish)
  const word: HoldDecision = { verdict: wish.verdict, ...scope, by: '', at: '', reason: null }
  const then = { decisions: [...hold.decisions, word] }
  const changed = { people: 0, licences: 0, one: null as User | null }
  let last: HoldDecision | null = null
  for await (const users of targets) {
    for (const user of users) {
      const before = decisionOn(hold, user)
      if (before && (last === null || before.at > last.at)) last = before
      if (decisionOn(then, user) !== word || before?.verdict === wish.verdict) continue
      changed.people += 1
      changed.licences += user.seat ? 1 : 0
      changed.one = changed.people === 1 ? user : null
    }
  }
  if (changed.people === 0) throw over(hold, last ?? latest)
  return { hold, scope, ...changed }
}

/** `seen`: what the person knew when they said so; left out, what is there now. Gives the hold with the decision in it. */
export async function decide(
  store: ConnectionStore,
  id: string,
  wish: Wish,
  decider: Decider,
  seen?: Hold,
): Promise<Weighed> {
  let known = seen
  for (let attempt = 1; attempt <= LOST_RACES; attempt += 1) {
    const weighed = await weigh(store, id, wish, decider.now())
    const { hold, scope } = weighed
    const { by, reason } = decider
    known ??= hold
    const faster = hold.decisions.slice(known.decisions.length).findLast((word) => meets(word, scope))
    if (faster) throw over(hold, faster)
    const word: HoldDecision = { verdict: wish.verdict, by, at: decider.now().toISOString(), ...scope, reason }
    const decided: Hold = { ...hold, decisions: [...hold.decisions, word], revision: hold.revision + 1 }
    if (await store.holds.put(decided)) return { ...weighed, hold: decided }
    await setTimeout(PAUSE_MS * attempt)
  }
  throw new ConnectorError('store.locked', {
    message: 'We cannot write the hold: somebody else writes it over and over',
    meanwhile: 'Nothing was decided.',
    remedy: 'Try again. If it stays, look for what else decides over this hold.',
  })
}

/** Not where everybody is rejected or need not be removed any more. */
async function isAnyAskedAgain(store: ConnectionStore, hold: Hold, now: Date): Promise<boolean> {
  for await (const users of heldIn(store, hold)) if (users.some((user) => isAskedAgain(hold, user, now))) return true
  return false
}

/** Whether two words may concern the same people. */
function meets(word: HoldDecision, { cause, of, user }: Weighed['scope']): boolean {
  if (word.user !== null && user !== null) return word.user === user
  if (word.cause === null || cause === null) return true
  return word.of && of ? isSameCause(word.of, of) : word.cause === cause
}

interface Targets {
  readonly scope: Weighed['scope']
  readonly targets: AsyncIterable<readonly User[]> | Iterable<readonly User[]>
}

async function targetsOf(store: ConnectionStore, hold: Hold, { cause, user }: Wish): Promise<Targets> {
  if (user !== undefined) {
    const one = await waitingPerson(store, hold, user)
    if (cause !== undefined) {
      const theirs = (await causesIn(store, hold)).filter((some) => isSameCause(some, one.removal?.cause))
      const names = theirs.flatMap((some) => [some.cause, some.text]).map(folded)
      if (!names.includes(folded(cause))) throw await unknownCause(store, hold, cause)
    }
    return { scope: { cause: null, user: one.id }, targets: [[one]] }
  }
  if (cause === undefined) return { scope: { cause: null, user: null }, targets: heldIn(store, hold) }
  const causes = await causesIn(store, hold)
  const meant = causes.find((one) => one.cause === cause) ?? causes.find((one) => folded(one.cause) === folded(cause))
  if (meant) {
    const of = { about: meant.about, text: meant.text }
    return { scope: { cause: meant.cause, of, user: null }, targets: withCause(store, hold, of) }
  }
  const earlier = hold.decisions.findLast((word) => word.cause !== null && folded(word.cause) === folded(cause))
  throw earlier ? over(hold, earlier) : await unknownCause(store, hold, cause)
}

async function waitingPerson(store: ConnectionStore, hold: Hold, who: string): Promise<User> {
  const found = await store.find(who.trim())
  const here = found.filter(({ removal }) => removal?.hold === hold.id)
  const one = theOne(
    here.filter(({ removal }) => removal?.state === 'held'),
    who,
  )
  if (one) return one
  const [dealtWith] = here
  const earlier = dealtWith && decisionOn(hold, dealtWith)
  if (earlier) throw over(hold, earlier)
  throw new ConnectorError('user.unknown', {
    message: `${found[0]?.displayName ?? who.trim()} does not wait in this hold`,
    meanwhile: NOTHING,
    remedy: `"entra-connector holds show ${hold.id}" names those who do.`,
  })
}

async function* withCause(store: ConnectionStore, hold: Hold, cause: CauseKey): AsyncGenerator<User[]> {
  for await (const users of heldIn(store, hold)) yield users.filter(({ removal }) => isSameCause(cause, removal?.cause))
}

async function causesIn(store: ConnectionStore, hold: Hold): Promise<CauseCount[]> {
  let causes: CauseCount[] = []
  for await (const users of heldIn(store, hold)) causes = countCauses(causes, users)
  return causes.sort((a, b) => (a.cause < b.cause ? -1 : 1))
}

/** As people type it: no shell has “ ” at hand. */
function folded(cause: string): string {
  return cause
    .normalize('NFC')
    .toLowerCase()
    .replace(/[“”„«»"'‘’]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

const NOTHING = 'Nothing was decided.'

async function unknownCause(store: ConnectionStore, hold: Hold, given: string): Promise<ConnectorError> {
  const causes = (await causesIn(store, hold)).map(({ cause }) => `--cause '${cause}'`)
  return new ConnectorError('hold.unknown', {
    message: `Nobody waits in this hold because of "${given.trim()}"`,
    meanwhile: NOTHING,
    remedy: causes.length === 0 ? 'Nobody waits in it any more.' : `Give one of: ${causes.join(', ')}.`,
  })
}

/** Who is put in later would be decided over by somebody who has not seen them. */
function stillFilling(): ConnectorError {
  return new ConnectorError('hold.decided', {
    message: 'A run is still putting people into this hold',
    meanwhile: NOTHING,
    remedy: 'Decide when it has ended. If it was stopped, the next run does the rest: entra-connector sync',
  })
}

const DONE: Record<Verdict, string> = { approve: 'approved', reject: 'rejected' }

/** Why nothing more is done: `word` has said it already, or there is nothing left to say. */
function over({ ended, expiresAt }: Hold, word: HoldDecision | null, expired = ended === 'expired'): ConnectorError {
  const newer = 'Whoever is to be removed all the same waits in a newer hold: entra-connector holds list'
  if (expired)
    return new ConnectorError('hold.decided', {
      message: `This hold expired at ${minute(expiresAt)}. Nobody was removed because of it, and nothing more was done.`,
      remedy: ended === null ? 'The next run asks about its people again: entra-connector sync' : newer,
    })
  if (word === null || ended === 'closed')
    return new ConnectorError('hold.decided', {
      message: 'Nobody in this hold need be removed any more. Nothing was done.',
      remedy: newer,
    })
  return new ConnectorError('hold.decided', {
    message: `${word.by} ${DONE[word.verdict]} this at ${minute(word.at)}. Nothing more was done.`,
    remedy: ended === null ? 'The next run acts on it: entra-connector sync' : newer,
  })
}

/** `2026-11-21 13:16 UTC`. */
function minute(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`
}
