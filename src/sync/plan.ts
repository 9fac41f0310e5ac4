import {
  create,
  isFragment,
  isThere,
  remove,
  say,
  type ChangeContext,
  type Proof,
  type Step,
} from '../domain/change.js'
import type { DirectoryItem, Patch } from '../domain/directory.js'
import { applyLogins } from '../domain/login.js'
import { NO_COUNTS, type UserCounts } from '../domain/run.js'
import type { ChangeKind, HistoryEntry, User, UserChange } from '../domain/user.js'
import type { Known, ParkedSignIns } from '../store/port.js'
import { describe, isUnread, type Sight } from './describe.js'

/** Pure: what a page of the directory would change. Planning the same page over its own outcome gives an empty plan. */

export interface PlanInput {
  readonly items: readonly DirectoryItem[]
  readonly known: Known
  /** A full pass or a look-up names whole people; a later round only what changed. */
  readonly whole: boolean
  readonly proof: Extract<Proof, 'page' | 'look-up'>
  readonly sight: Sight
  readonly context: ChangeContext
}

export interface Skip {
  readonly about: string
  readonly problem: string
}

export interface Plan {
  readonly users: readonly UserChange[]
  readonly counts: UserCounts
  readonly firstLogins: number
  readonly skips: readonly Skip[]
  /** Parked sign-ins that the plan has used. */
  readonly unpark: readonly ParkedSignIns[]
  readonly seatsLeft: number | null
}

interface Draft {
  readonly before: User | null
  user: User
  entries: HistoryEntry[]
  kind: ChangeKind | null
}

/**
 * People a patch says too little about: unknown to us in a later round, removed, be it by the same page, or never read
 * whole. They are looked up before planning, so that nobody is created, brought back or judged from a fragment.
 */
export function toLookUp(items: readonly DirectoryItem[], known: Known, whole: boolean, sight: Sight): Patch[] {
  const gone = new Set(items.filter(({ kind }) => kind === 'tombstone').map(({ entraObjectId }) => entraObjectId))
  return items.filter((item): item is Patch => {
    if (item.kind !== 'patch' || !isFragment(item)) return false
    const { entraObjectId, source } = item
    const user = known.users.get(entraObjectId)
    if (!user) return !whole && isWanted(item, sight)
    if (!isThere(user) || gone.has(entraObjectId)) return true
    return isUnread({ ...user, source: { ...user.source, ...source } }, sight)
  })
}

function isWanted({ entraObjectId, profile: { userType }, source }: Patch, { scope }: Sight): boolean {
  const seen = { entraObjectId, ...(userType === undefined ? {} : { userType }), ...(source ? { source } : {}) }
  return !scope.rulesOut(seen)
}

export function planPage({ items, known, whole, proof, sight, ...input }: PlanInput): Plan {
  const context = { ...input.context, seats: { ...input.context.seats } }
  const drafts = new Map<string, Draft>()
  const counts: UserCounts = { ...NO_COUNTS, read: items.length }
  const skips: Skip[] = []
  const unpark: ParkedSignIns[] = []
  let firstLogins = 0

  for (const item of items) {
    if (item.kind === 'unreadable') {
      skips.push({ about: item.entraObjectId ?? 'an entry without an id', problem: item.problem })
      counts.skipped += 1
      continue
    }
    const draft = drafts.get(item.entraObjectId)
    const user = draft?.user ?? known.users.get(item.entraObjectId)
    const step = stepOf(item, user, { whole, proof, sight, context })
    // A removal that is only noted is counted when it is settled.
    if (step?.kind === null) counts.read -= 1
    else counts[step?.kind ?? 'unchanged'] += 1
    if (!step) continue
    if (draft) {
      draft.user = step.user
      draft.entries.push(...step.entries)
      draft.kind = draft.kind === 'created' ? draft.kind : step.kind
      continue
    }
    const made: Draft = { before: user ?? null, user: step.user, entries: [...step.entries], kind: step.kind }
    drafts.set(item.entraObjectId, made)
    const parked = known.parked.get(item.entraObjectId)
    const login = parked && applyLogins(made.user, parked, context.now)
    if (parked) unpark.push(parked)
    if (login) {
      if (made.user.firstLoginAt === null) firstLogins += 1
      made.user = login.user
      made.entries.push(...login.entries)
    }
  }
  const users = [...drafts.values()].map(toChange)
  return { users, counts, firstLogins, skips, unpark, seatsLeft: context.seats.left }
}

function stepOf(
  item: Exclude<DirectoryItem, { kind: 'unreadable' }>,
  user: User | undefined,
  { whole, proof, sight, context }: Pick<PlanInput, 'whole' | 'proof' | 'sight' | 'context'>,
): Step | null {
  if (item.kind === 'tombstone') {
    if (!user) return null
    return remove(user, item.presence, proof === 'page' ? 'tombstone' : proof, context)
  }
  const said = describe(item, user ?? null, whole, sight)
  if (!said) return null
  return user ? say(user, said, proof, context) : create(said, item.entraObjectId, context)
}

export function toChange({ before, user, entries, kind }: Draft): UserChange {
  return { before, after: { ...user, revision: (before?.revision ?? 0) + 1 }, entries, kind }
}
