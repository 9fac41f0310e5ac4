import type { AccountRules } from '../domain/account.js'
import { toConnectorError } from '../domain/errors.js'
import { theOne, unknown } from '../domain/find.js'
import { ask, type AskContext, type AskedFor } from '../domain/requests.js'
import type { Account, Status, User, UserChange } from '../domain/user.js'
import { REASONS } from '../mail/transport.js'
import type { ConnectionStore } from '../store/port.js'
import { LOST_RACES, overtaken } from '../store/races.js'
import { seatsLeft } from '../store/seats.js'

export interface RequestOptions {
  readonly store: ConnectionStore
  readonly rules: AccountRules
  readonly onEnable: boolean
  /** The name of the person who asks. */
  readonly by: string
  /** Says who could and who could not; writes nothing. */
  readonly dryRun: boolean
  readonly now: () => Date
  readonly newId: () => string
  readonly signal?: AbortSignal
}

/** `error.code` is a refusal's, a failed email's, or `user.unknown` and the like. */
export interface RequestResult {
  /** As it was given. */
  readonly who: string
  readonly user: User | null
  readonly id: string | null
  readonly ok: boolean
  readonly status: Status | null
  readonly account: Account | null
  readonly error: { readonly code: string; readonly message: string } | null
}

const CHUNK = 500

/** One result for each name, in the order given; somebody named twice is asked for once. */
export async function askForAll(
  request: AskedFor,
  who: readonly string[],
  options: RequestOptions,
): Promise<RequestResult[]> {
  const results: RequestResult[] = []
  const seats = { left: await seatsLeft(options.store, options.rules) }
  const done = new Map<string, RequestResult>()
  for (let start = 0; start < who.length; start += CHUNK) {
    options.signal?.throwIfAborted()
    results.push(...(await askForSome(request, who.slice(start, start + CHUNK), { ...options, seats, done })))
  }
  return results
}

interface Asking extends RequestOptions {
  readonly seats: { left: number | null }
  /** By our id: whoever was asked for already. */
  readonly done: Map<string, RequestResult>
}

async function askForSome(request: AskedFor, names: readonly string[], asking: Asking): Promise<RequestResult[]> {
  const results = new Map<number, RequestResult>()
  let left = names.map((who, index) => ({ who, index }))
  for (let attempt = 1; left.length > 0; attempt += 1) {
    const found = await asking.store.findAll(left.map(({ who }) => who))
    const changes: UserChange[] = []
    const decided = left.map(({ who, index }) => {
      const result = resultFor(request, who, found.get(who) ?? [], { asking, changes })
      results.set(index, result)
      if (result.id !== null) asking.done.set(result.id, result)
      return { who, index, id: result.id }
    })
    if (asking.dryRun || changes.length === 0) break
    const lost = new Set((await asking.store.write({ users: changes })).lost)
    for (const id of lost) asking.done.delete(id)
    left = decided.filter(({ id }) => id !== null && lost.has(id))
    if (left.length > 0 && attempt >= LOST_RACES) throw overtaken('Run it again; what was done stays done.')
  }
  return names.flatMap((_, index) => results.get(index) ?? [])
}

function resultFor(
  request: AskedFor,
  who: string,
  found: readonly User[],
  { asking, changes }: { asking: Asking; changes: UserChange[] },
): RequestResult {
  let user: User | null
  try {
    user = theOne(found, who)
    if (!user) throw unknown(who)
  } catch (thrown) {
    const { code, message } = toConnectorError(thrown, 'looking for somebody')
    return { who, user: null, id: null, ok: false, status: null, account: null, error: { code, message } }
  }
  const earlier = asking.done.get(user.id)
  if (earlier) return { ...earlier, who }
  const answer = ask(user, request, contextOf(asking))
  if ('refused' in answer) return { ...resultOf(who, user), ok: false, error: answer.refused }
  if (answer.user !== user) {
    const after: User = { ...answer.user, revision: user.revision + 1 }
    changes.push({ before: user, after, entries: answer.entries })
  }
  const result = resultOf(who, answer.user)
  return asking.dryRun && lacksAddress(request, answer.user, asking)
    ? { ...result, ok: false, error: NO_ADDRESS }
    : result
}

const NO_ADDRESS = { code: REASONS.missing, message: 'no email address in Entra' }

/** In a preview only: asked for in earnest, the person becomes `failed` with this reason, where everybody can see it. */
function lacksAddress(request: AskedFor, { mail }: User, { onEnable }: Asking): boolean {
  const sends = request === 'send-invitation' || request === 'restart-onboarding'
  return mail === null && (sends || (request === 'enable-ahead-login' && onEnable))
}

export function resultOf(who: string, user: User): RequestResult {
  return { who, user, id: user.id, ok: true, status: user.status, account: user.account, error: null }
}

function contextOf({ store, rules, onEnable, by, now, newId, seats }: Asking): AskContext {
  const at = now().toISOString()
  return { now: at, cause: by, evidence: {}, connection: store.connection, rules, newId, seats, by, onEnable }
}
