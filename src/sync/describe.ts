import { isFragment, isPresent, type Statement } from '../domain/change.js'
import type { Patch } from '../domain/directory.js'
import type { Mapping } from '../domain/mapping.js'
import { isByGroup, type Scope, type Stated, type Verdict } from '../domain/scope.js'
import { EMPTY_PROFILE, type Presence, type Profile, type Removal, type Source, type User } from '../domain/user.js'

/** How a run sees the directory: whom it takes, and which property fills which field. */
export interface Sight {
  readonly scope: Scope
  readonly mapping: Mapping
  /** Whose values are kept with each person. */
  readonly paths: readonly string[]
  /** Names of the fields that are mapped. */
  readonly fields: readonly string[]
}

export function sightOf(scope: Scope, mapping: Mapping, fields: readonly string[]): Sight {
  return { scope, mapping, fields, paths: [...new Set([...scope.paths, ...mapping.paths])].sort() }
}

/** Null: not in scope, or nobody can tell, and not one of ours. */
export type Described = Statement | null

/**
 * What an entry of the directory says of somebody. `whole`: it names everything there is, so what it leaves out is empty;
 * otherwise absent means "no statement". Everybody in Entra is enabled or not: an entry that does not say so (an
 * application with fewer permissions sees less) leaves a present person as they are.
 */
export function describe(patch: Patch, user: User | null, whole: boolean, sight: Sight): Described {
  const complete = whole && !isFragment(patch)
  const profile = complete ? { ...EMPTY_PROFILE, ...patch.profile } : patch.profile
  const source = sourceOf(patch, user, complete, sight)
  const fields = source ? filled(profile, source, sight) : profile
  const verdict = verdictOn(patch, user, source, sight)
  if (!user)
    return verdict.in === true ? { fields, source, presence: presenceOf(patch), through: verdict.through } : null
  return { fields, source, ...scoped(patch, user, { verdict, complete, whole }, sight) }
}

/** A mapped field is never filled by the property of its own name. */
function filled(profile: Partial<Profile>, source: Source, { mapping, fields }: Sight): Partial<Profile> {
  if (fields.length === 0) return profile
  const others = Object.entries(profile).filter(([field]) => !fields.includes(field))
  return { ...(Object.fromEntries(others) as Partial<Profile>), ...mapping.fill(source) }
}

/** Whether somebody is in scope, by what an entry says of them and `source`, the values of all paths. */
export function verdictOn(patch: Patch, user: User | null, source: Source | null, { scope }: Sight): Verdict {
  return scope.judge({
    entraObjectId: patch.entraObjectId,
    userType: patch.profile.userType === undefined ? (user?.userType ?? null) : patch.profile.userType,
    source: source ?? {},
    through: user?.through ?? null,
  })
}

/** What is known of all paths by now; of newcomers nothing is known beyond what the entry says. */
export function sourceOf(patch: Patch, user: User | null, complete: boolean, { paths }: Sight): Source | null {
  if (paths.length === 0) return null
  const before = complete || !user ? Object.fromEntries(paths.map((path) => [path, null])) : user.source
  return { ...before, ...patch.source }
}

interface Scoped {
  readonly verdict: Verdict
  readonly complete: boolean
  readonly whole: boolean
}

function scoped(patch: Patch, user: User, { verdict, complete, whole }: Scoped, { scope }: Sight): Statement {
  if (user.presence === 'undone' && !whole) return {}
  const { removal } = user
  const out: Statement = { presence: 'out-of-scope', ...(isPresent(user) ? { meanwhile: presentAs(patch, user) } : {}) }
  if (!verdict.in) return { ...out, cause: verdict.cause }
  const waits = isWaitingOutside(removal)
  const stands = waits && !complete && scope.stands(removal.cause, statedBy(patch))
  if (verdict.in === 'unknown') {
    if (waits && (stands || !isRefuted(patch, user, scope))) return { ...out, cause: removal.cause }
    return user.presence === 'out-of-scope' ? {} : present(patch, user)
  }
  if (stands) return { ...out, cause: removal.cause, through: verdict.through }
  return { ...present(patch, user), through: verdict.through }
}

function statedBy({ profile: { userType }, source }: Patch): Stated {
  return { userType, source }
}

/** Whether an entry says that somebody is not to go for what they wait for, whoever is in the groups. */
function isRefuted({ profile, ...patch }: Patch, user: User, scope: Scope): boolean {
  if (isByGroup(user)) return false
  const { userType = user.userType } = profile
  const source = { ...user.source, ...patch.source }
  return !scope.rulesOut({ entraObjectId: patch.entraObjectId, userType, source })
}

/** Whether somebody waits for their removal because they left the scope. */
function isWaitingOutside(removal: User['removal']): removal is Removal {
  return removal?.presence === 'out-of-scope' && removal.state !== 'done'
}

/** Whether somebody waits for their removal because the directory has deleted them. */
function isDeleted(removal: User['removal']): boolean {
  const { presence, state } = removal ?? {}
  return state !== 'done' && (presence === 'soft-deleted' || presence === 'gone')
}

function present(patch: Patch, user: User): { presence?: Presence } {
  if (patch.accountEnabled === undefined && isPresent(user) && user.removal?.presence === 'disabled') return {}
  return { presence: presentAs(patch, user) }
}

function presentAs(patch: Patch, user: User): 'enabled' | 'disabled' {
  if (patch.accountEnabled !== undefined) return presenceOf(patch)
  return user.presence === 'disabled' ? 'disabled' : 'enabled'
}

export function presenceOf(patch: Patch): 'enabled' | 'disabled' {
  return patch.accountEnabled === false ? 'disabled' : 'enabled'
}

/**
 * Somebody as we have them, judged again: by other rules, or other members of the assigned groups. Whoever was deleted is
 * in no group any more, and still is removed for the deletion.
 */
export function describeAgain(user: User, { scope, mapping }: Sight): Statement {
  const { entraObjectId, userType, source, through, removal } = user
  const fields = source ? mapping.fill(source) : {}
  if (entraObjectId === null) return {}
  if (isDeleted(removal)) return { fields }
  const verdict = scope.judge({ entraObjectId, userType, source: source ?? {}, through })
  if (verdict.in === 'unknown') return { fields }
  if (!verdict.in) return { fields, presence: 'out-of-scope', cause: verdict.cause }
  const again = isWaitingOutside(removal) && !scope.stands(removal.cause, {})
  return { fields, through: verdict.through, ...(again ? { presence: user.presence } : {}) }
}

/** Whether nobody can tell, by what is kept of somebody, if they are in scope: a group may not have been read. */
export function isOpen({ entraObjectId, userType, source, through }: User, { scope }: Sight): boolean {
  return (
    entraObjectId !== null && scope.judge({ entraObjectId, userType, source: source ?? {}, through }).in === 'unknown'
  )
}

/**
 * Whether too little was ever read of one of ours to judge them, or to fill their fields. Only the directory can tell,
 * and until it does they stay as they are.
 */
export function isUnread({ entraObjectId, ...user }: User, { scope, paths }: Sight): boolean {
  const { userType, source, presence, removal } = user
  if (entraObjectId === null || isDeleted(removal) || !(isPresent(user) || presence === 'out-of-scope')) return false
  if (paths.every((path) => source?.[path] !== undefined)) return false
  return !scope.rulesOut({ entraObjectId, userType, source: source ?? {} })
}
