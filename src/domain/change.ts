import { accountState, wantsSeat, type AccountRules } from './account.js'
import type { Patch } from './directory.js'
import {
  EMPTY_PROFILE,
  PROFILE_FIELDS,
  type Decision,
  type HistoryEntry,
  type HistoryValue,
  type Presence,
  type Profile,
  type ProfileField,
  type User,
} from './user.js'

/** Pure: what a statement of the directory makes of one person. Nothing is returned where nothing changes. */

/** What a change needs to know of its run. `seats.left` counts down and up as people take and free seats; null: no limit. */
export interface ChangeContext {
  readonly now: string
  /** What history entries name: `run` with its id, `sign-in`, or the name of a person. */
  readonly cause: string
  readonly evidence: Readonly<Record<string, unknown>>
  readonly connection: string
  readonly rules: AccountRules
  readonly newId: () => string
  readonly seats: { left: number | null }
}

export type ChangeKind = 'created' | 'updated' | 'frozen' | 'deactivated' | 'reactivated'

/** Why we believe a change, kept with its history entry. */
export type Proof = 'page' | 'tombstone' | 'look-up' | 'rules' | 'free-seat' | 'decision'

export interface Step {
  readonly user: User
  readonly entries: readonly HistoryEntry[]
  readonly kind: ChangeKind
}

/** An entry with a user principal name is the whole person; one without is a fragment (the property is required in Entra). */
export function isFragment(patch: Patch): boolean {
  return patch.profile.userPrincipalName === undefined
}

export function isPresent(user: User): boolean {
  return user.presence === 'enabled' || user.presence === 'disabled'
}

/** Somebody the directory names and we do not have. */
export function create(patch: Patch, context: ChangeContext): Step {
  const presence = presenceOf(patch)
  const account = settle({ presence, decision: null, seat: false }, context)
  const user: User = {
    id: context.newId(),
    connection: context.connection,
    entraObjectId: patch.entraObjectId,
    ...EMPTY_PROFILE,
    ...patch.profile,
    identity: 'entra-id',
    status: 'never-logged-in',
    statusSince: context.now,
    statusReason: null,
    presence,
    decision: null,
    ...account,
    firstLoginAt: null,
    firstLoginSource: null,
    lastLoginAt: null,
    ahead: null,
    createdAt: context.now,
    updatedAt: context.now,
    revision: 0,
  }
  const evidence = { ...context.evidence, account: account.account, reason: account.accountReason }
  return {
    user,
    entries: [{ at: context.now, from: null, to: user.status, cause: context.cause, evidence }],
    kind: 'created',
  }
}

/**
 * What a patch makes of somebody we have. `whole`: the patch names everything there is, so what it leaves out is empty;
 * otherwise absent means "no statement". Everybody in Entra is enabled or not: a patch that does not say so (an
 * application with fewer permissions sees less) leaves a present person as they are.
 */
export function update(user: User, patch: Patch, whole: boolean, proof: Proof, context: ChangeContext): Step | null {
  const stated = patch.accountEnabled !== undefined || !isPresent(user)
  const presence = stated ? presenceOf(patch) : user.presence
  return move(user, changedFields(user, patch.profile, whole), presence, proof, context)
}

/** Somebody the directory has no more. Being told again, or of the later purge, changes nothing. */
export function remove(
  user: User,
  presence: 'soft-deleted' | 'gone',
  proof: Proof,
  context: ChangeContext,
): Step | null {
  if (user.presence === 'soft-deleted' || user.presence === 'gone') return null
  return move(user, null, presence, proof, context)
}

/** An admin's word, given or taken back. */
export function decide(user: User, decision: Decision | null, context: ChangeContext): Step | null {
  if (decision?.state === user.decision?.state) return null
  const decided: User = { ...user, decision, updatedAt: context.now }
  const step = move(decided, null, user.presence, 'decision', context)
  if (step) return step
  const said = { from: { decision: user.decision?.state ?? null }, to: { decision: decision?.state ?? null } }
  const { now, cause, evidence } = context
  return { user: decided, entries: [{ at: now, ...said, cause, evidence }], kind: 'updated' }
}

/** The same facts under other rules, or with a seat that has become free. */
export function reevaluate(user: User, proof: Proof, context: ChangeContext): Step | null {
  return move(user, null, user.presence, proof, context)
}

function presenceOf(patch: Patch): Presence {
  return patch.accountEnabled === false ? 'disabled' : 'enabled'
}

function changedFields(user: User, profile: Partial<Profile>, whole: boolean): Partial<Profile> | null {
  let changed: Record<string, string | null> | null = null
  for (const field of PROFILE_FIELDS) {
    const value = profile[field]
    const next = value === undefined ? (whole ? null : user[field]) : value
    if (next !== user[field]) (changed ??= {})[field] = next
  }
  return changed
}

function settle(facts: Pick<User, 'presence' | 'decision' | 'seat'>, { rules, seats }: ChangeContext) {
  const wants = wantsSeat(facts, rules)
  let seat = facts.seat
  if (wants && !seat && (seats.left === null || seats.left > 0)) seat = true
  else if (!wants) seat = false
  if (seats.left !== null && seat !== facts.seat) seats.left += seat ? -1 : 1
  return { seat, ...accountState({ ...facts, seat }, rules) }
}

function move(
  user: User,
  fields: Partial<Profile> | null,
  presence: Presence,
  proof: Proof,
  context: ChangeContext,
): Step | null {
  const account = settle({ presence, decision: user.decision, seat: user.seat }, context)
  const sameAccount = account.account === user.account && account.accountReason === user.accountReason
  if (!fields && sameAccount && presence === user.presence && account.seat === user.seat) return null

  const entries: HistoryEntry[] = []
  const evidence = { ...context.evidence, proof }
  const entry = (from: HistoryValue, to: HistoryValue, more?: Record<string, unknown>): void => {
    entries.push({ at: context.now, from, to, cause: context.cause, evidence: { ...evidence, ...more } })
  }
  if (fields) entry(pick(user, Object.keys(fields) as ProfileField[]), fields)
  if (account.account !== user.account) entry(user.account, account.account, { reason: account.accountReason })
  else if (!sameAccount) entry({ accountReason: user.accountReason }, { accountReason: account.accountReason })
  const after: User = { ...user, ...fields, presence, ...account, updatedAt: context.now }
  return { user: after, entries, kind: kindOf(user, after) }
}

function pick(user: User, fields: readonly ProfileField[]): Record<string, string | null> {
  return Object.fromEntries(fields.map((field) => [field, user[field]]))
}

function kindOf(before: User, after: User): ChangeKind {
  if (before.account === after.account) return 'updated'
  if (after.account === 'frozen') return 'frozen'
  return after.account === 'inactive' ? 'deactivated' : 'reactivated'
}
