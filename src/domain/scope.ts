import { fold } from './fold.js'
import { IdSet } from './id-set.js'
import { holds, nameOfRule, sentenceOf } from './rule.js'
import type { Cause, Source, User } from './user.js'

/** Who of the tenant is ours at all. */

export const RULE_OPERATORS = ['equals', 'not-equals', 'starts-with', 'ends-with', 'in', 'empty', 'not-empty'] as const
export type RuleOperator = (typeof RULE_OPERATORS)[number]

/** `property` is a path as Graph names it: `onPremisesExtensionAttributes.extensionAttribute3`. */
export interface ScopeRule {
  readonly property: string
  readonly op: RuleOperator
  /** A list for `in`; left out for `empty` and `not-empty`. */
  readonly value?: string | readonly string[]
}

/** What is given must all hold; of the groups, any. Empty lists narrow nothing. */
export interface ScopeConfig {
  /** Object ids, lower case. */
  readonly groups: readonly string[]
  readonly nested: boolean
  readonly userTypes: readonly ('Member' | 'Guest')[]
  readonly rules: readonly ScopeRule[]
  /** Our ids, object ids or user principal names of people who never lose access, as given. */
  readonly neverRemove: readonly string[]
}

export const EVERYONE: ScopeConfig = { groups: [], nested: true, userTypes: [], rules: [], neverRemove: [] }

/** Who was in the assigned groups when this run read them. */
export interface Membership {
  /** The assigned group somebody is in; null: in none; undefined: in none of those that could be read. */
  through(entraObjectId: string): string | null | undefined
  /** Null where the directory does not tell; `deleted`: there is no such group any more. */
  group(id: string): { readonly name: string | null; readonly deleted: boolean }
}

/** Facts a verdict rests on. Of the paths the rules name, those missing in `source` were never read; null is empty. */
export interface ScopeFacts {
  readonly entraObjectId: string
  readonly userType: string | null
  readonly source: Source
  /** The group they were in scope through until now. */
  readonly through: string | null
}

/** `unknown`: a group could not be read, or what a rule asks for never was, so somebody's scope does not change. */
export type Verdict =
  | { readonly in: true; readonly through: string | null }
  | { readonly in: false; readonly cause: Cause }
  | { readonly in: 'unknown' }

/** What an entry says; undefined: nothing. */
export interface Stated {
  readonly userType?: string | null | undefined
  readonly source?: Source | undefined
}

/** The scope as one run sees it. */
export interface Scope {
  /** Paths the rules name. */
  readonly paths: readonly string[]
  judge(facts: ScopeFacts): Verdict
  /** Whether what is known of somebody already says that they are out, whatever else may be found. */
  rulesOut(facts: Partial<ScopeFacts> & Pick<ScopeFacts, 'entraObjectId'>): boolean
  /**
   * Whether a cause is as good as it was for somebody of whom `stated` is all that is new. What is kept of them may be
   * older than the cause, where a run was undone.
   */
  stands(cause: Cause, stated: Stated): boolean
  /** Whether somebody is on the list of those who never lose access. */
  protects(user: Pick<User, 'id' | 'entraObjectId' | 'userPrincipalName'>): boolean
}

/** Whether the whole tenant is ours. */
export function isEveryone({ groups, userTypes, rules }: ScopeConfig): boolean {
  return groups.length === 0 && rules.length === 0 && !narrowsTypes(userTypes)
}

/** Both user types are all there are. */
export function narrowsTypes(userTypes: ScopeConfig['userTypes']): boolean {
  return new Set(userTypes).size === 1
}

/**
 * Pure: the configured scope with who is in its groups. Causes come in the order group, user type, rules. A group that
 * cannot be read leaves the verdict open even where a rule is broken, so that nobody goes out meanwhile; `rulesOut` says
 * what holds either way.
 */
export function scopeOf(config: ScopeConfig, membership: Membership, meant: readonly MeantBy[] = []): Scope {
  const paths = [...new Set(config.rules.map(({ property }) => property))]
  const none = aboutGroups(config.groups)
  return {
    paths,
    judge: (facts) => {
      const through = config.groups.length === 0 ? null : membership.through(facts.entraObjectId)
      if (through === undefined) return { in: 'unknown' }
      const cause =
        (config.groups.length > 0 && through === null ? byGroup(facts.through, none, config, membership) : null) ??
        byUserType(facts.userType, config) ??
        byRule(facts.source, config)
      if (cause) return { in: false, cause }
      return paths.every((path) => facts.source[path] !== undefined) ? { in: true, through } : { in: 'unknown' }
    },
    rulesOut: ({ entraObjectId, userType, source }) =>
      (config.groups.length > 0 && membership.through(entraObjectId) === null) ||
      (userType !== undefined && byUserType(userType, config) !== null) ||
      config.rules.some((rule) => source !== undefined && isBroken(rule, source)),
    stands: ({ about }, { userType, source = {} }) =>
      about === USER_TYPE
        ? narrowsTypes(config.userTypes) && userType === undefined
        : config.rules.some((rule) => nameOfRule(rule) === about && source[rule.property] === undefined),
    protects: protectionOf(config, meant),
  }
}

/** Our ids of people who have, or had before they were renamed, a user name of `neverRemove`, which is folded. */
export interface MeantBy {
  readonly name: string
  readonly ids: readonly string[]
}

/** Whether somebody is on the list of those who never lose access, whatever else the scope says. */
export function protectionOf(
  { neverRemove }: Pick<ScopeConfig, 'neverRemove'>,
  meant: readonly MeantBy[] = [],
): Scope['protects'] {
  const names = new Set(neverRemove.map((name) => fold(name.trim())))
  const kept = new Set([...names, ...meant.flatMap(({ name, ids }) => (names.has(name) ? ids : []))])
  return ({ id, entraObjectId, userPrincipalName }) =>
    [id, entraObjectId, userPrincipalName].some((name) => name !== null && kept.has(fold(name)))
}

/** Somebody in none of the assigned groups. Where one of them is gone, its members may be lost by mistake: ask. */
function byGroup(former: string | null, none: string, { groups }: ScopeConfig, membership: Membership): Cause {
  if (former === null) {
    const cause = { about: none, text: 'not in an assigned group' }
    return groups.some((id) => membership.group(id).deleted) ? { ...cause, ask: true } : cause
  }
  const { name, deleted } = membership.group(former)
  const about = `group:${former}`
  const group = name === null ? `group ${former}` : `group “${name}”`
  if (deleted) return { about: `group-deleted:${former}`, text: `${group} was deleted`, ask: true }
  if (!groups.includes(former)) return { about, text: `${group} is no longer assigned` }
  return { about, text: `left ${group}` }
}

/** Whether somebody is to be removed because they are in no assigned group. */
export function isByGroup({ removal }: Pick<User, 'removal'>): boolean {
  return /^groups?(-deleted)?(:|$)/.test(removal?.cause.about ?? '')
}

/** To be in none of some groups is another cause than to be in none of others: what was decided over it ends with it. */
export function aboutGroups(ids: ScopeConfig['groups']): string {
  return `groups:${new IdSet(ids).fingerprint}`
}

const USER_TYPE = 'user-type'

/** Without a type they are members: Entra left it empty before there were guests. */
function byUserType(userType: string | null, { userTypes }: ScopeConfig): Cause | null {
  const type = userType ?? 'Member'
  if (!narrowsTypes(userTypes) || userTypes.some((allowed) => fold(allowed) === fold(type))) return null
  return { about: USER_TYPE, text: `user type is ${type}` }
}

function byRule(source: Source, { rules }: ScopeConfig): Cause | null {
  const broken = rules.find((rule) => isBroken(rule, source))
  return broken ? { about: nameOfRule(broken), text: sentenceOf(broken) } : null
}

/** By a value that was read, were it empty. */
function isBroken(rule: ScopeRule, source: Source): boolean {
  const value = source[rule.property]
  return value !== undefined && !holds(rule, value)
}
