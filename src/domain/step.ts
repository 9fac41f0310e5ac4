import { accountState, wantsSeat } from './account.js'
import type { ChangeContext, Step } from './change.js'
import { toldOf, whyOf } from './removal.js'
import type { ChangeKind, HistoryEntry, HistoryValue, Profile, User } from './user.js'

/** Pure: the last part of every change: what somebody is by all the facts, and what their history says of it. */

/** What somebody is by these facts, and whether they hold a seat; takes it from those left, or gives it back. */
export function settle(
  facts: Pick<User, 'presence' | 'decision' | 'removal' | 'seat'>,
  { rules, seats }: Pick<ChangeContext, 'rules' | 'seats'>,
) {
  const wants = wantsSeat(facts, rules)
  let seat = facts.seat
  if (wants && !seat && (seats.left === null || seats.left > 0)) seat = true
  else if (!wants) seat = false
  if (seats.left !== null && seat !== facts.seat) seats.left += seat ? -1 : 1
  return { seat, ...accountState({ ...facts, seat }, rules) }
}

/** What somebody would be; no seat is taken. */
export function settled(user: User, { rules, seats }: ChangeContext) {
  return settle(user, { rules, seats: { ...seats } })
}

/** `fields`: the values of the profile that change. */
export interface Why {
  readonly fields: Partial<Profile> | null
  readonly proof: string
}

/** From `before` to `after`, which has no account yet, with the entries of the history; null where nothing changes. */
export function step(before: User, after: User, { fields, proof }: Why, context: ChangeContext): Step | null {
  const account = settle(after, context)
  const sameAccount = account.account === before.account && account.accountReason === before.accountReason
  const sameFacts = (['presence', 'removal', 'source', 'through'] as const).every(
    (fact) => after[fact] === before[fact],
  )
  if (!fields && sameAccount && sameFacts && account.seat === before.seat) return null

  const entries: HistoryEntry[] = []
  const evidence = { ...context.evidence, proof }
  const entry = (from: HistoryValue, to: HistoryValue, more?: Record<string, unknown>): void => {
    entries.push({ at: context.now, from, to, cause: context.cause, evidence: { ...evidence, ...more } })
  }
  if (fields) entry(pick(before, Object.keys(fields)), fields)
  const told = { from: toldOf(before.removal), to: toldOf(after.removal) }
  if (told.from !== told.to && account.account === before.account)
    entry({ removal: told.from }, { removal: told.to }, whyOf(after.removal ?? before.removal))
  if (account.account !== before.account) entry(before.account, account.account, { reason: account.accountReason })
  else if (!sameAccount) entry({ accountReason: before.accountReason }, { accountReason: account.accountReason })
  if (entries.length === 0) {
    const more = otherFacts(before, after, proof === 'undo')
    if (more) entry(more.from, more.to)
  }
  const user: User = { ...after, ...account, updatedAt: context.now }
  return { user, entries, kind: kindOf(before, user) }
}

/**
 * What has changed of somebody beside profile and account. What is kept of people for the first time, or no longer, by
 * another scope or mapping, is no change of theirs; `all`: that too.
 */
function otherFacts(
  before: User,
  after: User,
  all: boolean,
): Record<'from' | 'to', Record<string, string | null>> | null {
  const valuesOf = ({ presence, through, source }: User): Values => ({ ...source, through, presence })
  const [was, is] = [valuesOf(before), valuesOf(after)]
  const names = Object.keys({ ...was, ...is }).filter((name) => {
    const [from, to] = [was[name], is[name]]
    const isKept = from !== undefined && to !== undefined && (name !== 'through' || (from !== null && to !== null))
    return from !== to && (all || isKept)
  })
  if (names.length === 0) return null
  const some = (facts: Values): Record<string, string | null> =>
    Object.fromEntries(names.map((name) => [name, facts[name] ?? null]))
  return { from: some(was), to: some(is) }
}

type Values = Readonly<Record<string, string | null | undefined>>

function pick(user: User, names: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(names.map((name) => [name, user[name as keyof Profile]]))
}

function kindOf(before: User, after: User): ChangeKind | null {
  if (after.removal?.state === 'noted' && after.removal !== before.removal) return null
  if (before.account === after.account) return 'updated'
  return ({ active: 'reactivated', frozen: 'frozen', inactive: 'deactivated' } as const)[after.account]
}
