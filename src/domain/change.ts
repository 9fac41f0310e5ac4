import type { AccountRules } from './account.js'
import type { Patch } from './directory.js'
import { changesAccess, nextRemoval, removalAfterUndo } from './removal.js'
import { settle, settled, step } from './step.js'
import {
  EMPTY_PROFILE,
  PROFILE_FIELDS,
  type Cause,
  type ChangeKind,
  type Decision,
  type HistoryEntry,
  type Presence,
  type Profile,
  type Removal,
  type Source,
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

/** Why we believe a change, kept with its history entry. `groups`: it was asked which groups somebody is in. */
export type Proof =
  'page' | 'tombstone' | 'look-up' | 'groups' | 'rules' | 'scope' | 'free-seat' | 'decision' | 'plan' | 'undo'

/** `kind` is null where a run does not count the step: a removal is counted when it is settled. */
export interface Step {
  readonly user: User
  readonly entries: readonly HistoryEntry[]
  readonly kind: ChangeKind | null
}

/** What is said of somebody; whatever is left out, nothing is said about. */
export interface Statement {
  readonly fields?: Partial<Profile>
  readonly source?: Source | null
  readonly presence?: Presence
  /** What somebody is as long as they are not removed, where `presence` would remove them. */
  readonly meanwhile?: 'enabled' | 'disabled'
  readonly through?: string | null
  /** Why, where it may take access away. */
  readonly cause?: Cause
}

/** An entry with a user principal name is the whole person; one without is a fragment (the property is required in Entra). */
export function isFragment(patch: Patch): boolean {
  return patch.profile.userPrincipalName === undefined
}

export function isPresent({ presence }: Pick<User, 'presence'>): boolean {
  return presence === 'enabled' || presence === 'disabled'
}

/** Present here, and not deleted in the directory as far as we have been told. */
export function isThere(user: User): boolean {
  return isPresent(user) && user.removal?.presence !== 'soft-deleted' && user.removal?.presence !== 'gone'
}

/** Somebody the directory names and we do not have. */
export function create(said: Statement, entraObjectId: string, context: ChangeContext): Step {
  const presence = said.presence ?? 'enabled'
  const account = settle({ presence, decision: null, removal: null, seat: false }, context)
  const user: User = {
    id: context.newId(),
    connection: context.connection,
    entraObjectId,
    ...EMPTY_PROFILE,
    ...said.fields,
    identity: 'entra-id',
    status: 'never-logged-in',
    statusSince: context.now,
    statusReason: null,
    presence,
    decision: null,
    removal: null,
    source: said.source ?? null,
    through: said.through ?? null,
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
 * What a statement of the directory makes of somebody we have. Where it would take their access away it is only noted:
 * whether it may is settled for all of a run together.
 */
export function say(user: User, said: Statement, proof: Proof, context: ChangeContext): Step | null {
  const fields = changedFields(user, said.fields ?? {})
  if (!fields && isOldNews(user, said) && isAsSettled(user, context)) return null
  const heard: User = {
    ...user,
    ...fields,
    ...changedSource(user, said),
    through: said.through === undefined ? user.through : said.through,
    presence: (isPresent(user) ? said.meanwhile : undefined) ?? user.presence,
  }
  const saidSo = said.presence ?? (isPardoned(user, context) ? 'disabled' : undefined)
  const presence = saidSo ?? user.presence
  const target = { ...heard, presence, removal: null }
  const isNews = saidSo !== undefined || user.removal === null || user.removal.state === 'done'
  const removal = !isNews
    ? user.removal
    : changesAccess(user, settled(target, context), { ...said, presence })
      ? nextRemoval(user.removal, { ...said, presence, proof, at: context.now })
      : user.removal?.state === 'done' && presence === user.presence
        ? user.removal
        : null
  const after = { ...(removal ? heard : target), removal }
  return step(user, after, { fields, proof }, context)
}

/** Somebody the directory has no more. Being told again, or of the later purge, changes nothing. */
export function remove(
  user: User,
  presence: 'soft-deleted' | 'gone',
  proof: Proof,
  context: ChangeContext,
): Step | null {
  if (user.presence === 'soft-deleted' || user.presence === 'gone') return null
  return say(user, { presence, cause: DELETED }, proof, context)
}

const DELETED: Cause = { about: 'deleted', text: 'deleted in Entra' }

/** The removal of somebody gets another state. Who waits although disabled in the directory is frozen meanwhile. */
export function setRemoval(
  user: User,
  state: Partial<Pick<Removal, 'state' | 'hold' | 'cause' | 'proof'>>,
  context: ChangeContext,
): Step | null {
  const { removal } = user
  if (!removal) return null
  const next: Removal = { ...removal, ...state }
  const presence = next.presence === 'disabled' && next.state !== 'noted' ? 'disabled' : user.presence
  const made = step(user, { ...user, presence, removal: next }, { fields: null, proof: removal.proof }, context)
  return made && { ...made, kind: null }
}

/** What is noted of somebody, or held, is carried out. */
export function carryOut(user: User, why: Readonly<Record<string, unknown>>, context: ChangeContext): Step | null {
  const { removal } = user
  if (!removal) return null
  const proven = { ...context, evidence: { ...context.evidence, removal: removal.cause.text, ...why } }
  return step(
    user,
    { ...user, presence: removal.presence, removal: { ...removal, state: 'done' } },
    { fields: null, proof: removal.proof },
    proven,
  )
}

/**
 * Somebody as they were before a run: `before` holds what it changed of them, null for people it created; `isNoted`: it
 * noted their removal and did not settle it. A removal that is taken back counts as rejected, so that it is not done
 * again until the directory says so anew.
 */
export function giveBack(
  user: User,
  before: Partial<User> | null,
  context: ChangeContext,
  isNoted = false,
): Step | null {
  const proof = 'undo'
  if (before === null)
    return step(user, { ...user, presence: 'undone', removal: null }, { fields: null, proof }, context)
  const fields = changedFields(user, before)
  // What the run has read beyond that is true all the same: without it nobody could judge them.
  const { source } = { ...user, ...changedSource(user, { source: { ...user.source, ...before.source } }) }
  const back: User = { ...user, ...before, source, removal: null }
  const isOut = settled(back, context).account === 'inactive'
  const removal = removalAfterUndo(user, { before, isOut, isNoted, at: context.now })
  const undone = { ...back, removal }
  const after = before.account === 'inactive' ? undone : notingLoss(user, undone, proof, context)
  return step(user, after, { fields, proof }, context)
}

/** An admin's word, given or taken back. */
export function decide(user: User, decision: Decision | null, context: ChangeContext): Step | null {
  if (decision?.state === user.decision?.state) return null
  const proof = 'decision'
  const decided: User = { ...user, decision, updatedAt: context.now }
  const made = step(decided, notingLoss(user, decided, proof, context), { fields: null, proof }, context)
  if (made && made.entries.length > 0) return made
  const said = { from: { decision: user.decision?.state ?? null }, to: { decision: decision?.state ?? null } }
  const { now, cause, evidence } = context
  return { user: made?.user ?? decided, entries: [{ at: now, ...said, cause, evidence }], kind: 'updated' }
}

/**
 * Other rules may make what the directory has said before a reason to take access away. That is not done in passing: it
 * is noted, as if it were said anew.
 */
function notingLoss(user: User, after: User, proof: Proof, context: ChangeContext): User {
  const { presence, removal } = after
  const heard = { presence, proof, at: context.now }
  const waits = removal !== null && removal.state !== 'done'
  if (waits || !changesAccess(user, settled(after, context), heard)) return after
  return { ...after, removal: nextRemoval(null, heard) }
}

/** The same facts under other rules, or with a seat that has become free. */
export function reevaluate(user: User, proof: Proof, context: ChangeContext): Step | null {
  return say(user, {}, proof, context)
}

/** Disabled accounts lose nothing any more by the rules of today. */
function isPardoned({ removal }: User, { rules }: ChangeContext): boolean {
  return removal?.presence === 'disabled' && removal.state !== 'done' && rules.disabledAccounts === 'frozen'
}

function changedFields(user: User, said: Partial<Profile>): Partial<Profile> | null {
  let changed: Record<string, string | null> | null = null
  for (const field of PROFILE_FIELDS) {
    const value = said[field]
    if (value !== undefined && value !== user[field]) (changed ??= {})[field] = value
  }
  return changed
}

/** Most of what is said has been said before: nothing is made of it that would have to be thrown away. */
function isOldNews(user: User, said: Statement): boolean {
  return (
    (said.presence === undefined || said.presence === user.presence) &&
    (said.through === undefined || said.through === user.through) &&
    changedSource(user, said) === null &&
    user.removal === null
  )
}

function isAsSettled(user: User, context: ChangeContext): boolean {
  const { account, accountReason, seat } = settled(user, context)
  return account === user.account && accountReason === user.accountReason && seat === user.seat
}

function changedSource(user: User, { source }: Statement): Pick<User, 'source'> | null {
  if (source === undefined || source === null || source === user.source) return null
  // What is kept beyond that belongs to rules of before, and is dropped with the next change.
  return Object.entries(source).every(([path, value]) => user.source?.[path] === value) ? null : { source }
}
