import type { Capabilities } from './account.js'

/** What an account state lets people do, in words. */

const ABILITIES: Record<keyof Capabilities, string> = {
  login: 'log in',
  directory: 'stand in the people directory',
  search: 'be found',
  audience: 'be in audiences',
  memberships: 'keep subscriptions and memberships',
  mentions: 'be mentioned',
  notifications: 'be notified',
  licence: 'use a licence',
  analytics: 'count in analytics',
}

/** Empty lists where all, or nothing, is allowed. */
export function abilities(able: Capabilities): { readonly can: readonly string[]; readonly cannot: readonly string[] } {
  const names = Object.keys(ABILITIES) as (keyof Capabilities)[]
  const said = (wanted: boolean): string[] =>
    names.filter((name) => able[name] === wanted).map((name) => ABILITIES[name])
  return { can: said(true), cannot: said(false) }
}
