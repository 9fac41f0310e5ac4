import type { Cause, User } from './user.js'

/** Removals that wait until a person has decided over them. */

export type Verdict = 'approve' | 'reject'

/** Two causes may read alike and be about different things: two groups may have one name. */
export type CauseKey = Pick<Cause, 'about' | 'text'>

/**
 * One word of an admin, over everybody who waits, those of one cause, or one person by our id. `cause` is as people were
 * shown it, `of` is the cause itself; absent in what older versions wrote, where the text was all.
 */
export interface HoldDecision {
  readonly verdict: Verdict
  readonly by: string
  readonly at: string
  readonly cause: string | null
  readonly of?: CauseKey
  readonly user: string | null
  /** In the admin's own words, shown in the history. */
  readonly reason: string | null
}

export const HOLD_ENDS = ['approved', 'rejected', 'expired', 'closed'] as const
export type HoldEnd = (typeof HOLD_ENDS)[number]
export type HoldState = 'open' | HoldEnd

/**
 * The people stand in their own records (`removal.hold`). Times are ISO 8601 UTC; `held` is how many were held at
 * first; `ended` is null as long as anybody of it may be there. `revision` grows by one with every write. `filling`: not
 * everybody it is for is in it yet, and nobody decides over it; absent where they were all put in by one commit.
 */
export interface Hold {
  readonly id: string
  readonly connection: string
  readonly runId: string
  readonly createdAt: string
  readonly expiresAt: string
  readonly held: number
  readonly decisions: readonly HoldDecision[]
  readonly ended: HoldEnd | null
  readonly filling?: boolean
  readonly revision: number
}

type Held = Pick<User, 'id' | 'removal'>

/**
 * The last word that concerns somebody; null: they still wait. An approval leaves a narrower rejection before it as it
 * is: whoever rejects one cause or one person, then approves the rest, keeps them.
 */
export function decisionOn({ decisions }: Pick<Hold, 'decisions'>, { id, removal }: Held): HoldDecision | null {
  let word: HoldDecision | null = null
  for (const decision of decisions) {
    const { verdict, cause, of = null, user } = decision
    const isIts = of ? isSameCause(of, removal?.cause) : cause === null || cause === removal?.cause.text
    const concerns = user === null ? isIts : user === id
    const spares = verdict === 'approve' && word?.verdict === 'reject' && breadth(word) < breadth(decision)
    if (concerns && !spares) word = decision
  }
  return word
}

export function isSameCause(a: CauseKey, b: CauseKey | undefined): boolean {
  return a.about === b?.about && a.text === b.text
}

/** What a cause is called among the others of its hold: where one reads alike, with what it is about. */
export function nameOfCause({ about, text }: CauseKey, all: readonly CauseKey[]): string {
  const isAlone = all.every((other) => other.text !== text || other.about === about)
  return isAlone ? text : `${text} (${about.slice(about.indexOf(':') + 1)})`
}

function breadth({ cause, user }: HoldDecision): number {
  if (user !== null) return 0
  return cause === null ? 2 : 1
}

export function isExpired({ expiresAt }: Hold, now: Date): boolean {
  return now.getTime() > Date.parse(expiresAt)
}

/**
 * Whether the next run asks about somebody who waits in it again: it expired before one acted on their approval, or
 * before anybody decided. Who is rejected keeps their access however late a run records it.
 */
export function isAskedAgain(hold: Hold, held: Held, now: Date): boolean {
  return isExpired(hold, now) && decisionOn(hold, held)?.verdict !== 'reject'
}

/** Of its people with whom no run has dealt: over how many nobody has decided, and how many are approved. */
export interface PeopleLeft {
  readonly waiting: number
  readonly approved: number
}

export function stateOf(hold: Hold, { waiting, approved }: PeopleLeft, now: Date): HoldState {
  if (hold.ended) return hold.ended
  if (waiting + approved > 0 && isExpired(hold, now)) return 'expired'
  return waiting > 0 ? 'open' : endOf(hold)
}

/** How a hold ended in which nobody waits any more. */
export function endOf({ decisions }: Hold): HoldEnd {
  if (decisions.some(({ verdict }) => verdict === 'approve')) return 'approved'
  return decisions.length > 0 ? 'rejected' : 'closed'
}

export interface CauseCount extends CauseKey {
  /** What it is called, as `--cause` takes it. */
  readonly cause: string
  count: number
  /** Of them, how many use a licence, and how many have logged in before. */
  licences: number
  logins: number
}

/** Adds people to the counts by cause, the most frequent first. */
export function countCauses(counts: readonly CauseCount[], people: readonly User[]): CauseCount[] {
  const keyOf = ({ about, text }: CauseKey): string => JSON.stringify([about, text])
  const byCause = new Map(counts.map((one) => [keyOf(one), { ...one }]))
  for (const { removal, seat, firstLoginAt } of people) {
    const { about = '', text = '' } = removal?.cause ?? {}
    const key = keyOf({ about, text })
    const one = byCause.get(key) ?? { about, text, cause: text, count: 0, licences: 0, logins: 0 }
    one.count += 1
    one.licences += seat ? 1 : 0
    one.logins += firstLoginAt === null ? 0 : 1
    byCause.set(key, one)
  }
  const all = [...byCause.values()].map((one) => ({ ...one, cause: nameOfCause(one, [...byCause.values()]) }))
  return all.sort((a, b) => b.count - a.count || (a.cause < b.cause ? -1 : 1))
}
