import {
  askForLink,
  emailOfLink,
  linkFate,
  mayChoose,
  openLink,
  setPassword,
  stayLonger,
  type LinkFate,
} from '../domain/access.js'
import { linkKey, type Email } from '../domain/ahead.js'
import { cookieOf, hashOf, newSecret, readCookie } from '../secret.js'
import type { User } from '../domain/user.js'
import { changePerson } from '../store/change-person.js'
import type { ConnectionStore } from '../store/port.js'

/** What the invitation pages do: look at a link, open it, set the password, ask for another link. */

export type Look =
  | { readonly kind: Exclude<LinkFate, 'live'> | 'live'; readonly user: User; readonly email: Email }
  | { readonly kind: 'damaged' }

export type Opened = { readonly kind: 'open'; readonly user: User; readonly session: string } | Look | Paused

export interface Paused {
  readonly kind: 'paused'
  readonly user: User
}

/** A browser with a set-password session. */
export type Choosing = { readonly kind: 'choosing'; readonly user: User } | Paused | { readonly kind: 'over' }

/** `session` is the cookie of the browser that is logged in from now on. */
export type Chosen =
  | { readonly kind: 'chosen'; readonly user: User; readonly session: string; readonly until: string }
  | { readonly kind: 'refused'; readonly user: User; readonly problem: PasswordProblem }
  | Paused
  | { readonly kind: 'over' }

export type PasswordProblem = 'empty' | 'short' | 'long' | 'common'

export interface Passwords {
  problemWith(password: string): PasswordProblem | null
  hash(password: string): Promise<string>
}

export interface LinkOptions {
  readonly store: ConnectionStore
  readonly passwords: Passwords
  readonly now: () => Date
  readonly newId: () => string
  /** Called when somebody has become owed an email. */
  readonly onOwed: () => void
}

export interface Links {
  /** Changes nothing. Anything that is not a link of ours is `damaged`. */
  look(link: string): Promise<Look>
  /** The button was pressed. */
  open(link: string): Promise<Opened>
  /** `session` is the cookie's value, null without one. */
  resume(session: string | null): Promise<Choosing>
  choose(session: string | null, password: string): Promise<Chosen>
  /** "Send me a new link", from a link that no longer works. Nobody is told whether an email goes out. */
  askAgain(link: string): Promise<void>
}

const LOGIN_SESSION_MS = 12 * 60 * 60 * 1000

export function openLinks({ store, passwords, now, newId, onOwed }: LinkOptions): Links {
  const at = (): string => now().toISOString()

  async function look(link: string): Promise<Look> {
    const hash = hashOf(link)
    const [user] = await store.byKey(linkKey(hash))
    const email = user && emailOfLink(user, hash)
    return user && email ? { kind: linkFate(email, at()), user, email } : { kind: 'damaged' }
  }

  async function open(link: string): Promise<Opened> {
    const seen = await look(link)
    if (seen.kind !== 'live') return seen
    if (seen.user.account !== 'active') return { kind: 'paused', user: seen.user }
    const secret = newSecret()
    const key = hashOf(secret)
    const user = await changePerson(store, seen.user.id, (person) => {
      const email = emailOfLink(person, hashOf(link))
      return email && openLink(person, email, key, at())
    })
    // Somebody else was faster, with the same link.
    if (user?.ahead?.passwordSession?.key !== key) return look(link)
    return { kind: 'open', user, session: cookieOf(user, secret) }
  }

  async function resume(session: string | null): Promise<Choosing> {
    const { id, key } = readCookie(session)
    const [user] = id === null ? [] : await store.find(id)
    if (!user) return { kind: 'over' }
    const may = mayChoose(user, key, at())
    return may === 'over' ? { kind: 'over' } : { kind: may === 'yes' ? 'choosing' : 'paused', user }
  }

  async function choose(session: string | null, password: string): Promise<Chosen> {
    const choosing = await resume(session)
    if (choosing.kind !== 'choosing') return choosing
    const { key } = readCookie(session)
    const problem = passwords.problemWith(password)
    const hash = problem ? null : await passwords.hash(password)
    const secret = newSecret()
    const until = new Date(now().getTime() + LOGIN_SESSION_MS).toISOString()
    let may = 'over' as ReturnType<typeof mayChoose>
    const user = await changePerson(store, choosing.user.id, (person) => {
      may = mayChoose(person, key, at())
      if (may !== 'yes') return null
      if (hash === null) return { user: stayLonger(person, at()) }
      return setPassword(person, hash, { key: hashOf(secret), since: at(), until }, at())
    })
    const isIn = user?.ahead?.sessions.some(({ key: own }) => own === hashOf(secret)) ?? false
    if (!user || may !== 'yes' || (!problem && !isIn))
      return user && may === 'paused' ? { kind: 'paused', user } : { kind: 'over' }
    if (problem) return { kind: 'refused', user, problem }
    return { kind: 'chosen', user, session: cookieOf(user, secret), until }
  }

  async function askAgain(link: string): Promise<void> {
    const seen = await look(link)
    if (seen.kind === 'damaged') return
    const asked = { owed: false }
    await changePerson(store, seen.user.id, (person) => {
      const after = askForLink(person, newId(), at())
      asked.owed = after !== null
      return after && { user: after }
    })
    if (asked.owed) onOwed()
  }

  return { look, open, resume, choose, askAgain }
}
