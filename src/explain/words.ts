import { needsAPerson, type ConnectorError } from '../domain/errors.js'
import type { NamedGroup } from '../domain/directory.js'
import type { User } from '../domain/user.js'
import type { Facts, InScope } from './facts.js'
import { quoted } from './quoted.js'

/** Names, times and lists, as sentences take them. */

/** `10:15 UTC` today, with the day before it otherwise. */
export function when(at: string, now: Date): string {
  const day = at.slice(0, 10)
  const time = `${at.slice(11, 16)} UTC`
  return day === now.toISOString().slice(0, 10) ? time : `${day} ${time}`
}

/** What a caller calls the person: as Entra has it now, then as we have it. */
export function nameOf({ live, user, asked }: Pick<Facts, 'live' | 'user' | 'asked'>): string {
  const profile = live.found === 'live' ? live.patch.profile : null
  return profile?.displayName ?? user?.displayName ?? profile?.userPrincipalName ?? user?.userPrincipalName ?? asked
}

/** Of somebody in another connection no more than it takes to go and look there. */
export function shortly(
  { displayName, userPrincipalName, id, account, status, connection }: User,
  own?: string,
): string {
  const name = displayName ?? 'without a name'
  if (own !== undefined && own !== connection) return `${name} in connection ${connection} (${status})`
  return `${name} (${userPrincipalName ?? 'no user name'}, ${account}, id ${id})`
}

/** From the person's own group up. */
export function chainOf(chain: readonly NamedGroup[]): string {
  return chain.map(({ id, name }) => name ?? id).join(' → ')
}

/** `left group “Staff”`; of a rule, what Entra has instead. */
export function outBecause({ cause, value }: Extract<InScope, { in: false }>): string {
  if (!cause.about.startsWith('rule:')) return cause.text
  return `${cause.text}, and in Entra it is ${value === null ? 'empty' : `“${value}”`}`
}

export function reasonOf({ message }: ConnectorError): string {
  return quoted(message).replace(/[.\s]+$/, '')
}

/** A run waits by itself; whoever asks has to ask again, where that can help. */
export function remedyOf({ code, remedy, retryAt }: ConnectorError): string | null {
  if (needsAPerson(code)) return remedy
  // The message says until when.
  if (retryAt && code === 'graph.throttled') return 'Ask again then'
  return retryAt ? `Ask again at ${when(retryAt.toISOString(), new Date(0))}` : 'Ask again in a few minutes'
}

/** A text that ends like a sentence. */
export function sentence(text: string): string {
  return /[.!?…]["”’)]?$/.test(text) ? text : `${text}.`
}

export function sentences(...texts: readonly (string | null | undefined | false)[]): string {
  return texts
    .filter((text): text is string => typeof text === 'string' && text !== '')
    .map(sentence)
    .join(' ')
}
