import { interruption } from './clock.js'
import { fieldsOf, jsonOf } from './envelope.js'

/** How long a caller is ready to wait. */
export interface TokenWait {
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

export interface IssuedToken {
  readonly value: string
  readonly lifetimeMs: number
}

/** How long it lives is the answer's; when that ends is for our own clock to say. */
export function issuedNow(token: { token: string; expiresOnTimestamp: number } | null): IssuedToken {
  if (!token) throw new Error('no token')
  return { value: token.token, lifetimeMs: token.expiresOnTimestamp - Date.now() }
}

/** Asks the sign-in service anew; nothing is remembered between two calls, failures neither. */
export type RequestToken = (wait: TokenWait) => Promise<IssuedToken>

/** Tokens are kept until they are about to expire. Everybody who needs one meanwhile waits for the same request. */
export interface Tokens {
  get(wait: TokenWait): Promise<string>
  /** The next `get` asks for another: Graph refused this one, or (null) whatever is held is not wanted. */
  drop(refused: string | null): void
  /** Ends a request under way. */
  close(): void
}

const EARLY_MS = 5 * 60_000
const SHORT_LIVED_MS = 10 * 60_000

interface Coming {
  readonly token: Promise<string>
  readonly stop: AbortController
  waiting: number
}

export function tokenKeeper(request: RequestToken, now: () => Date): Tokens {
  let held: { value: string; freshUntil: number } | null = null
  let coming: Coming | null = null

  function ask(timeoutMs: number): Coming {
    const stop = new AbortController()
    const token = request({ signal: stop.signal, timeoutMs }).then(
      ({ value, lifetimeMs }) => {
        if (coming === asked) coming = null
        const spare = lifetimeMs < SHORT_LIVED_MS ? lifetimeMs / 2 : EARLY_MS
        held = { value, freshUntil: now().getTime() + lifetimeMs - spare }
        return value
      },
      (error: unknown) => {
        if (coming === asked) coming = null
        throw error
      },
    )
    // Whoever waits may have left; the failure is theirs all the same.
    token.catch(() => undefined)
    const asked: Coming = { token, stop, waiting: 0 }
    return asked
  }

  function join(asked: Coming, signal: AbortSignal): Promise<string> {
    if (signal.aborted) throw interruption(signal)
    asked.waiting += 1
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        asked.waiting -= 1
        if (asked.waiting === 0) abandon(asked)
        reject(interruption(signal))
      }
      signal.addEventListener('abort', leave, { once: true })
      void asked.token.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
    })
  }

  function abandon(asked: Coming): void {
    if (coming === asked) coming = null
    asked.stop.abort()
  }

  return {
    get: async ({ signal, timeoutMs }) => {
      if (held && now().getTime() < held.freshUntil) return held.value
      coming ??= ask(timeoutMs)
      return join(coming, signal)
    },
    drop: (refused) => {
      if (refused === null || held?.value === refused) held = null
    },
    close: () => {
      if (coming) abandon(coming)
    },
  }
}

/** What a token says of itself. `roles` null: it cannot be read, so what was granted is not known. */
export interface TokenClaims {
  readonly tenantId: string | null
  readonly roles: readonly string[] | null
}

/** For diagnostics only: the format belongs to Graph and may change, so an opaque token is no error. */
export function decodeToken(token: string): TokenClaims {
  const payload = token.split('.')[1] ?? ''
  const claims = fieldsOf(jsonOf(Buffer.from(payload, 'base64url').toString('utf8')))
  if (!claims) return { tenantId: null, roles: null }
  const { tid, roles = [] } = claims as { tid?: unknown; roles?: unknown }
  return {
    tenantId: typeof tid === 'string' && tid !== '' ? tid.toLowerCase() : null,
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : null,
  }
}
