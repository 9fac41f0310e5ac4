import { createHash, randomBytes } from 'node:crypto'
import type { Answer, JsonObject } from './answer.js'
import type { Directory } from './directory.js'
import type { Exchange } from './exchange.js'
import { idToken, type Claims, type IdTokenFlaw } from './id-tokens.js'
import { peoplePage, refusalPage, redirectTo, type PageRefusal } from './login-pages.js'
import type { Person } from './person.js'
import type { SignInLog } from './sign-ins.js'
import type { SigningKeys } from './signing-keys.js'
import type { TokenFailure } from './token-errors.js'

export interface LoginOptions {
  readonly origin: () => string
  readonly now: () => Date
  readonly tenantId: string
  readonly clientId: string
  /** Registered addresses besides those on loopback, which are all taken. */
  readonly redirectUris?: readonly string[] | undefined
}

/** What becomes of the next login, without a page: somebody comes back, or Microsoft's refusal does. */
export type PlannedLogin = { readonly person: string } | { readonly error: string; readonly description?: string }

interface IssuedCode {
  readonly person: Person
  readonly redirectUri: string
  readonly challenge: string | undefined
  readonly nonce: string | undefined
  readonly at: Date
  redeemed: boolean
}

const CODE_MS = 10 * 60_000

/** "Log in with Microsoft": the page that asks who, the codes it gives out, and the id tokens they are worth. */
export class Logins {
  /** A completed login shows in the sign-in log too. */
  recordsSignIns = false
  readonly #codes = new Map<string, IssuedCode>()
  readonly #planned: PlannedLogin[] = []
  readonly #spoils: { flaw?: IdTokenFlaw; edit?: (claims: Claims) => void }[] = []

  constructor(
    readonly options: LoginOptions,
    readonly parts: { readonly directory: Directory; readonly signIns: SignInLog; readonly keys: SigningKeys },
  ) {}

  /** The next login needs no page. */
  plan(login: PlannedLogin): void {
    this.#planned.push(login)
  }

  /** The next `count` id tokens are worth nothing, or hold other claims. */
  spoilNext(spoil: IdTokenFlaw | ((claims: Claims) => void), count = 1): void {
    const one = typeof spoil === 'string' ? { flaw: spoil } : { edit: spoil }
    for (let left = count; left > 0; left -= 1) this.#spoils.push(one)
  }

  /** `GET /{tenant}/oauth2/v2.0/authorize`. What is wrong with the application is said on a page, never sent back. */
  authorize(exchange: Exchange): Answer {
    const { query } = exchange
    const refused = this.#refusal(exchange)
    if (refused) return refusalPage(refused)
    const redirectUri = query.get('redirect_uri') ?? ''
    const state = query.get('state')
    const back = (values: Record<string, string>): Answer =>
      redirectTo(redirectUri, { ...values, ...(state === undefined ? {} : { state }) })
    if (query.get('response_type') !== 'code')
      return back({ error: 'unsupported_response_type', error_description: 'AADSTS70005: Only code is supported.' })
    const planned = this.#planned.shift()
    if (planned && 'error' in planned)
      return back({ error: planned.error, error_description: planned.description ?? planned.error })
    if (query.get('sim_cancel') !== undefined)
      return back({ error: 'access_denied', error_description: 'AADSTS65004: User declined to consent.' })
    const asked = planned?.person ?? query.get('login_hint')
    if (asked === undefined) return peoplePage(exchange, this.parts.directory.all())
    const person = this.parts.directory.find(asked)
    if (person?.standing !== 'live')
      return refusalPage({ code: 50034, text: `The user account ${asked} does not exist.` })
    if (person.accountEnabled === false) return refusalPage({ code: 50057, text: 'The user account is disabled.' })
    return back({ code: this.#issue(person, exchange), session_state: randomBytes(16).toString('hex') })
  }

  /** What a code is worth, once; the caller has checked tenant, application and credential. */
  redeem(form: URLSearchParams): JsonObject | TokenFailure | { parameter: string } {
    for (const parameter of ['code', 'redirect_uri']) if (!form.get(parameter)) return { parameter }
    const code = this.#codes.get(form.get('code') ?? '')
    if (!code) return 'code-malformed'
    if (code.redeemed) return 'code-redeemed'
    if (this.options.now().getTime() - code.at.getTime() > CODE_MS) return 'code-expired'
    if (form.get('redirect_uri') !== code.redirectUri) return 'redirect-mismatch'
    if (!isVerified(code.challenge, form.get('code_verifier'))) return 'verifier-mismatch'
    code.redeemed = true
    const { origin, now, tenantId, clientId } = this.options
    const { person, nonce } = code
    const { flaw, edit } = this.#spoils.shift() ?? {}
    const subject = { person, nonce, clientId, tenantId, origin: origin(), at: now() }
    return {
      scope: 'openid profile email',
      id_token: idToken(subject, this.parts.keys, { flaw, edit }),
      client_info: Buffer.from(JSON.stringify({ uid: person.id, utid: tenantId })).toString('base64url'),
    }
  }

  #refusal({ query, path }: Exchange): PageRefusal | null {
    const client = query.get('client_id') ?? ''
    if (client.toLowerCase() !== this.options.clientId.toLowerCase())
      return { code: 700016, text: `Application with identifier '${client}' was not found in the directory.` }
    const redirectUri = query.get('redirect_uri') ?? ''
    if (!this.#isRegistered(redirectUri))
      return { code: 50011, text: `The redirect URI '${redirectUri}' specified in the request does not match.` }
    if (!/(^|\s)openid(\s|$)/.test(query.get('scope') ?? ''))
      return { code: 70011, text: `The provided value for the input parameter 'scope' is not valid at ${path}.` }
    const method = query.get('code_challenge_method')
    if (query.get('code_challenge') !== undefined && method !== 'S256')
      return { code: 9002325, text: 'Proof Key for Code Exchange is taken with S256 only.' }
    return null
  }

  #isRegistered(redirectUri: string): boolean {
    if (this.options.redirectUris?.includes(redirectUri)) return true
    if (!URL.canParse(redirectUri)) return false
    return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(redirectUri).hostname)
  }

  #issue(person: Person, { query, clientRequestId }: Exchange): string {
    const code = `0.${randomBytes(48).toString('base64url')}`
    this.#codes.set(code, {
      person,
      redirectUri: query.get('redirect_uri') ?? '',
      challenge: query.get('code_challenge'),
      nonce: query.get('nonce'),
      at: this.options.now(),
      redeemed: false,
    })
    if (this.recordsSignIns) {
      const correlationId = query.get('client-request-id') ?? clientRequestId
      this.parts.signIns.add({ userId: person.id, appId: this.options.clientId, correlationId })
    }
    return code
  }
}

function isVerified(challenge: string | undefined, verifier: string | null): boolean {
  if (challenge === undefined) return verifier === null
  return (
    createHash('sha256')
      .update(verifier ?? '')
      .digest('base64url') === challenge
  )
}
