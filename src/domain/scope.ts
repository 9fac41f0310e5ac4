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

/** Facts a verdict rests on. `source` holds the values of all paths the rules name. */
export interface ScopeFacts {
  readonly entraObjectId: string
  readonly userType: string | null
  readonly source: Source
  /** The group they were in scope through until now. */
  readonly through: string | null
}

/** `unknown`: a group could not be read, so nobody's scope changes. */
export type Verdict =
  | { readonly in: true; readonly through: string | null }
  | { readonly in: false; readonly cause: Cause }
  | { readonly in: 'unknown' }

/** The scope as one run sees it. */
export interface Scope {
  /** Paths the rules name. */
  readonly paths: readonly string[]
  judge(facts: ScopeFacts): Verdict
  /** Whether what is known of somebody already says that they are out, whatever else may be found. */
  rulesOut(facts: Partial<ScopeFacts> & Pick<ScopeFacts, 'entraObjectId'>): boolean
  /** Whether somebody is on the list of those who never lose access. */
  protects(user: Pick<User, 'id' | 'entraObjectId' | 'userPrincipalName'>): boolean
}
