import { askForLink, isLoggedIn, logOut as without, recordLogin } from '../domain/access.js'
import { nameKey } from '../domain/ahead.js'
import { isPresent } from '../domain/change.js'
import { fold } from '../domain/fold.js'
import { emailOf } from '../domain/mailing.js'
import { cookieOf, hashOf, newSecret, readCookie } from '../secret.js'
import type { User } from '../domain/user.js'
import type { Log } from '../logging/log.js'
import { changePerson, type Changed } from '../store/change-person.js'
import type { ConnectionStore } from '../store/port.js'
import type { Door, LoginResult } from './door.js'
import { inMinutes, type LoginLimits } from './limits.js'
import { networkOf } from './network.js'
import type { PasswordKeeper } from './password.js'
import { isToBeRotated, newSession, rotate } from './sessions.js'
import { openTurns } from './turns.js'

export interface DoorOptions {
  /** Of the connections whose people log in here. */
  readonly stores: readonly ConnectionStore[]
  readonly passwords: PasswordKeeper
  readonly limits: LoginLimits
  readonly now: () => Date
  readonly newId: () => string
  /** Called when somebody of this connection has become owed an email. */
  readonly onOwed: (connection: string) => void
  readonly log: Log
}

export interface PasswordDoor extends Door {
  /** Resolves when what was begun and not waited for has ended. */
  settled(): Promise<void>
}

/** Several people of a connection may share an email: their passwords tell them apart. */
const MOST_OF_AN_EMAIL = 10
const AT_ONCE = 2
/** Whoever comes when so many wait is asked to come back. */
const MOST_WAITING = 300

const MINUTE_MS = 60 * 1000
const WRONG: LoginResult = { kind: 'wrong' }

/** Log in with user name and password. */
export function openDoor({ stores, passwords, limits, now, newId, onOwed, log }: DoorOptions): PasswordDoor {
  const turns = openTurns(AT_ONCE)
  const begun = new Set<Promise<void>>()
  let toldAt = -Infinity
  const at = (): string => now().toISOString()
  const change = async ({ id, connection }: User, decide: (person: User) => Changed | null): Promise<User | null> => {
    const store = stores.find((one) => one.connection === connection)
    return store ? changePerson(store, id, decide) : null
  }
  /** Whose cookie this is: an id alone might be in several connections. */
  const holder = async (id: string | null, key: string): Promise<User | null> => {
    const found = id === null ? [] : (await Promise.all(stores.map((store) => store.find(id)))).flat()
    return found.find(({ ahead }) => ahead?.sessions.some((session) => session.key === key)) ?? null
  }

  async function logIn({ name, password, network }: Parameters<Door['logIn']>[0]): Promise<LoginResult> {
    const refused = (): LoginResult | null => {
      const wait = limits.wait(name, network)
      return wait > 0 ? { kind: 'too-many', minutes: inMinutes(wait) } : null
    }
    const early = refused()
    if (early) return early
    if (turns.waiting >= MOST_WAITING) {
      tellCrowd()
      return { kind: 'too-many', minutes: 1 }
    }
    // Looked at again when it is their turn: guesses that arrive together count like guesses in a row.
    return turns.take(`${networkOf(network)} ${fold(name.trim())}`, async () => {
      const late = refused()
      if (late) return late
      const result = await attempt(name.trim(), password)
      if (result.kind === 'wrong') countFailure(name, network)
      else limits.succeeded(name, network)
      return result
    })
  }

  function tellCrowd(): void {
    if (now().getTime() - toldAt < MINUTE_MS) return
    toldAt = now().getTime()
    log.warn('Too many logins at once: some people are asked to try again in a minute')
  }

  /** What was typed as a name may be a password in the wrong field: it is not logged. */
  function countFailure(name: string, network: string): void {
    limits.failed(name, network)
    const wait = limits.wait(name, network)
    if (wait > 0) log.warn('Too many failed logins: this network has to wait', { network, minutes: inMinutes(wait) })
  }

  async function attempt(name: string, password: string): Promise<LoginResult> {
    const known = (await peopleCalled(name)).flatMap((person) =>
      person.ahead?.password ? [{ person, ...person.ahead.password }] : [],
    )
    // Nobody, and people without a password, take as long as a wrong one.
    if (known.length === 0) await passwords.verify(null, password)
    let result = WRONG
    for (const { person, hash, setAt } of known) {
      const { right, needsRehash } = await passwords.verify(hash, password)
      if (right) result = await enter(person, setAt, needsRehash ? await passwords.hash(password) : hash)
      if (result.kind === 'in') return result
    }
    return result
  }

  /** `setAt` says which password was right, `hash` is what is kept of it from now on. */
  async function enter(whoever: User, setAt: string, hash: string): Promise<LoginResult> {
    const secret = newSecret()
    const session = newSession(hashOf(secret), now())
    const user = await change(whoever, (person) => {
      const { ahead } = person
      if (!ahead?.password || !isHeld(person, setAt) || person.account !== 'active') return null
      const password = { ...ahead.password, hash }
      return { user: recordLogin({ ...person, ahead: { ...ahead, password } }, session, at()) }
    })
    if (user && isLoggedIn(user, session.key, at()))
      return { kind: 'in', user, session: cookieOf(user, secret), until: session.until }
    // Whoever has set another password meanwhile wants this one to be wrong.
    return user && isHeld(user, setAt) ? { kind: 'paused', user } : WRONG
  }

  /**
   * In each connection whoever has this user name; without one, those with this email. Those present in its directory, or
   * whoever was when nobody is; active ones first.
   */
  async function peopleCalled(name: string): Promise<User[]> {
    const rank = (user: User): number => (user.account === 'active' ? 0 : 1)
    const calledIn = async (store: ConnectionStore): Promise<User[]> => {
      const called = await store.byKey(nameKey(name))
      const byUserName = called.filter(({ userPrincipalName }) => fold(userPrincipalName ?? '') === fold(name))
      const found = byUserName.length > 0 ? byUserName : called
      const present = found.filter(isPresent)
      return (present.length > 0 ? present : found).sort((a, b) => rank(a) - rank(b)).slice(0, MOST_OF_AN_EMAIL)
    }
    return (await Promise.all(stores.map(calledIn))).flat().sort((a, b) => rank(a) - rank(b))
  }

  async function whoIs(cookie: string | null): ReturnType<Door['whoIs']> {
    const { id, key } = readCookie(cookie)
    const user = await holder(id, key)
    if (!user || !isLoggedIn(user, key, at())) return null
    if (!isToBeRotated(user, key, now())) return { user, renewed: null }
    const secret = newSecret()
    const session = newSession(hashOf(secret), now())
    const after = await change(user, (person) => {
      const rotated = rotate(person, key, session, now())
      return rotated && { user: rotated }
    })
    if (!after) return null
    if (isLoggedIn(after, session.key, at()))
      return { user: after, renewed: { session: cookieOf(after, secret), until: session.until } }
    return isLoggedIn(after, key, at()) ? { user: after, renewed: null } : null
  }

  async function logOut(cookie: string | null, everywhere: boolean): Promise<void> {
    const { id, key } = readCookie(cookie)
    const user = await holder(id, key)
    if (!user) return
    await change(user, (person) => {
      const holds = person.ahead?.sessions.some((session) => session.key === key && session.until > at())
      return holds ? { user: without(person, everywhere ? null : key, at()) } : null
    })
  }

  /** Answers before anything is looked up: how long that takes would tell whether there is such a person. */
  function forgotten({ name, network }: Parameters<Door['forgotten']>[0]): Promise<void> {
    if (!limits.mayAsk(network)) return Promise.resolve()
    const work = new Promise((resolve) => setImmediate(resolve))
      .then(() => oweLinks(name.trim()))
      .catch((error: unknown) =>
        log.error('Somebody asked for a password email and it could not be written down', { error }),
      )
      .finally(() => begun.delete(work))
    begun.add(work)
    return Promise.resolve()
  }

  async function oweLinks(name: string): Promise<void> {
    for (const called of await peopleCalled(name)) {
      const emailId = newId()
      const user = await change(called, (person) => {
        const asked = askForLink(person, emailId, at())
        return asked && { user: asked }
      })
      if (user && emailOf(user, emailId)) onOwed(user.connection)
    }
  }

  async function settled(): Promise<void> {
    await Promise.all(begun)
  }

  return { logIn, whoIs, logOut, forgotten, settled }
}

function isHeld({ identity, ahead }: User, setAt: string): boolean {
  return identity === 'ahead-id' && ahead?.password?.setAt === setAt
}
