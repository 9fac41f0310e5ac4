import { timingSafeEqual } from 'node:crypto'
import { ConnectorError } from '../domain/errors.js'
import { applyLogins, type Login } from '../domain/login.js'
import { hashOf, newSecret } from '../secret.js'
import type { User } from '../domain/user.js'
import type { Log } from '../logging/log.js'
import { changePerson } from '../store/change-person.js'
import type { ConnectionStore } from '../store/port.js'
import type { MicrosoftLogin, MicrosoftResult, MicrosoftReturn } from './door.js'
import type { IdentityProvider, MicrosoftIdentity } from './identity-provider.js'

export interface MicrosoftLoginOptions {
  readonly provider: IdentityProvider
  readonly store: ConnectionStore
  /**
   * Reads somebody we do not have from the directory and, when they are in scope, creates them: null when nobody by this
   * object id is let in. Throws what reading the directory and writing the store throw.
   */
  readonly admit: (objectId: string, login: Login) => Promise<User | null>
  /** Where Microsoft sends people back to: never anything a request says. */
  readonly redirectUri: string
  readonly now: () => Date
  readonly log: Log
  /** How long a login may take once Microsoft has sent somebody back, in ms. */
  readonly limitMs?: number
}

const TICKET_MS = 10 * 60_000
const LIMIT_MS = 10_000

/** What is kept of a login under way, under the hash of its state. */
interface Ticket {
  readonly nonce: string
  readonly verifier: string
  /** Of the cookie's value. */
  readonly browser: string
}

export function microsoftLogin(options: MicrosoftLoginOptions): MicrosoftLogin {
  const { provider, store, admit, redirectUri, now, log, limitMs = LIMIT_MS } = options
  const at = (): string => now().toISOString()

  async function begin(): Promise<{ url: string; browser: string }> {
    const [state, nonce, verifier, browser] = [newSecret(), newSecret(), newSecret(), newSecret()]
    const url = await provider.authorizationUrl({ state, nonce, codeChallenge: hashOf(verifier), redirectUri })
    const ticket: Ticket = { nonce, verifier, browser: hashOf(browser) }
    await store.tickets.put(keyOf(state), ticket, new Date(now().getTime() + TICKET_MS).toISOString())
    return { url, browser }
  }

  async function finish(back: MicrosoftReturn, browser: string | null): Promise<MicrosoftResult> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<MicrosoftResult>((resolve) => {
      timer = setTimeout(() => {
        log.warn('A login with Microsoft took too long and was given up', { limitMs })
        resolve({ kind: 'busy' })
      }, limitMs)
    })
    try {
      return await Promise.race([enter(back, browser), late])
    } finally {
      clearTimeout(timer)
    }
  }

  async function enter(back: MicrosoftReturn, browser: string | null): Promise<MicrosoftResult> {
    const ticket = await ticketOf(back.state, browser)
    if (!ticket) return { kind: 'lost' }
    if (back.error !== null) return await refusedThere(back.error, back.errorDescription)
    if (back.code === null) return { kind: 'lost' }
    const { nonce, verifier: codeVerifier } = ticket
    try {
      const identity = await provider.redeem({ code: back.code, codeVerifier, nonce, redirectUri })
      return await letIn(identity)
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      return failed(error)
    }
  }

  /** A state works once, whatever comes of it, and in the browser it was given to. */
  async function ticketOf(state: string | null, browser: string | null): Promise<Ticket | null> {
    const ticket = state === null ? null : readTicket(await store.tickets.take(keyOf(state), at()))
    if (ticket && browser !== null && isSame(hashOf(browser), ticket.browser)) return ticket
    log.info('Somebody came back from Microsoft with a login that was not begun here, or was used before', {
      known: ticket !== null,
    })
    return null
  }

  async function refusedThere(error: string, description: string | null): Promise<MicrosoftResult> {
    const [code] = /AADSTS\d{1,10}/.exec(description ?? '') ?? []
    const label = /^[a-z_]{1,40}$/.test(error) ? error : 'unknown'
    const { message, remedy } = await provider.refusal(label, code ?? null)
    log.warn(`Microsoft sent somebody back without a login: ${message}`, {
      error: label,
      ...(code && { code }),
      remedy,
    })
    return { kind: PASSING.includes(label) ? 'busy' : 'refused' }
  }

  /** Whatever is wrong with us or with Microsoft passes, or has to be put right by us: only a refused login is theirs. */
  function failed(error: ConnectorError): MicrosoftResult {
    const fields = { reason: error.code, ...(error.remedy === null ? {} : { remedy: error.remedy }), ...error.details }
    if (error.code === 'login.refused') {
      log.warn(error.message, fields)
      return { kind: 'refused' }
    }
    if (error.kind === 'unavailable') log.warn(`A login with Microsoft failed: ${error.message}`, fields)
    else log.error(`A login with Microsoft failed: ${error.message}`, fields)
    return { kind: 'busy' }
  }

  async function letIn({ objectId, at: loggedInAt, correlationId }: MicrosoftIdentity): Promise<MicrosoftResult> {
    const login: Login = { at: loggedInAt, source: 'microsoft-login', correlationId }
    const person = (await known(objectId)) ?? (await admitted(objectId, login)) ?? (await park(objectId, login))
    const user = person && (await record(person, login))
    if (!user) {
      log.info('Somebody we do not let in logged in with Microsoft', { entraObjectId: objectId, correlationId })
      return { kind: 'stranger' }
    }
    if (user.account !== 'active') return { kind: 'paused', user }
    return { kind: user.identity === 'ahead-id' ? 'ahead' : 'in', user }
  }

  async function known(objectId: string): Promise<User | null> {
    return (await store.known([objectId])).users.get(objectId) ?? null
  }

  /** A login that was proven is kept although the directory does not answer now. */
  async function admitted(objectId: string, login: Login): Promise<User | null> {
    try {
      return await admit(objectId, login)
    } catch (error) {
      const person = await park(objectId, login)
      if (person) return person
      throw error
    }
  }

  /** A run may have created them since we looked; what is parked from then on nobody would come for. */
  async function park(entraObjectId: string, login: Login): Promise<User | null> {
    const span = { entraObjectId, first: login, last: login }
    await store.write({ park: [span] })
    const person = await known(entraObjectId)
    if (person) await store.write({ unpark: [span] })
    return person
  }

  /** Counts as a sign-in whatever the state of the account. */
  function record({ id }: User, login: Login): Promise<User | null> {
    return changePerson(store, id, (person) => applyLogins(person, { first: login, last: login }, at()))
  }

  return { begin, finish }
}

/** Microsoft's own trouble, by OAuth's names (RFC 6749 4.1.2.1). */
const PASSING = ['temporarily_unavailable', 'server_error']

function keyOf(state: string): string {
  return `login:${hashOf(state)}`
}

function readTicket(value: unknown): Ticket | null {
  if (typeof value !== 'object' || value === null) return null
  const { nonce, verifier, browser } = value as Partial<Record<keyof Ticket, unknown>>
  const whole = typeof nonce === 'string' && typeof verifier === 'string' && typeof browser === 'string'
  return whole ? { nonce, verifier, browser } : null
}

/** Both are hashes, of one length. */
function isSame(given: string, kept: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(kept)]
  return one.length === other.length && timingSafeEqual(one, other)
}
