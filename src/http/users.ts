import type { FastifyInstance } from 'fastify'
import type { ConnectionConfig } from '../config/config.js'
import { stuckSince } from '../domain/attention.js'
import { ConnectorError } from '../domain/errors.js'
import { theOne, unknown } from '../domain/find.js'
import { ACCOUNTS, STATUSES } from '../domain/user.js'
import { toView } from '../domain/view.js'
import type { UserQuery } from '../store/port.js'
import { partsFor } from './auth.js'

const FIRST_LOGINS = ['pending', 'completed'] as const
const YES_OR_NO = ['true', 'false'] as const
export const MOST_USERS = 1000
const USERS = 50
const LONGEST_SEARCH = 200

/** The people we have, as `users list` and `users show` give them. */
export function registerUsers(app: FastifyInstance): void {
  app.get('/api/v1/users', async (request) => {
    const { store, now, tooLong } = partsFor(request)
    const { users, nextCursor } = await store.list(queryOf(new Parameters(request.query), tooLong, now()))
    return { users: users.map(toView), nextCursor }
  })
  app.get<{ Params: { id: string } }>('/api/v1/users/:id', async (request) => {
    const { store } = partsFor(request)
    const name = request.params.id.trim()
    const user = theOne(await store.find(name), name)
    if (!user) throw unknown(name)
    // Who did what to whom is for those who administer and support, not for the intranet.
    if (request.caller?.token.scope === 'intranet') return { user: toView(user) }
    return { user: toView(user), history: await store.history(user.id) }
  })
}

function queryOf(given: Parameters, tooLong: ConnectionConfig['tooLong'], now: Date): UserQuery {
  const status = given.oneOf('status', STATUSES)
  const account = given.oneOf('account', ACCOUNTS)
  const firstLogin = given.oneOf('first-login', FIRST_LOGINS)
  const needsAttention = given.oneOf('needs-attention', YES_OR_NO)
  const search = given.text('search', LONGEST_SEARCH)
  const cursor = given.text('cursor')
  const limit = given.number('limit', MOST_USERS) ?? USERS
  given.nothingElse()
  return {
    limit,
    ...(status && { status }),
    ...(account && { account }),
    ...(firstLogin && { firstLogin }),
    ...(needsAttention === 'true' && { stuckSince: stuckSince(tooLong, now) }),
    ...(search === undefined ? {} : { search }),
    ...(cursor === undefined ? {} : { cursor }),
  }
}

/** Query parameters, read or refused by name. */
class Parameters {
  readonly #left: Map<string, unknown>

  constructor(query: unknown) {
    this.#left = new Map(Object.entries(query as Record<string, unknown>))
  }

  text(name: string, longest = Infinity): string | undefined {
    const value = this.#left.get(name)
    this.#left.delete(name)
    if (value === undefined) return undefined
    if (typeof value !== 'string') throw refused(`${name} is given more than once`, `Give ${name} once.`)
    if (value.length > longest) throw refused(`${name} is too long`, `Use at most ${longest} characters.`)
    return value
  }

  /** In any letter case. */
  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name)
    const found = allowed.find((choice) => choice === value?.toLowerCase())
    if (value === undefined || found !== undefined) return found
    throw refused(`${name}=${value.slice(0, LONGEST_SEARCH)} is not known`, `Use one of: ${allowed.join(', ')}.`)
  }

  number(name: string, most: number): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    if (/^\d{1,9}$/.test(value) && Number(value) >= 1 && Number(value) <= most) return Number(value)
    throw refused(`${name} is not a whole number from 1 to ${most}`, `For example: ${name}=50.`)
  }

  /** A misspelt filter must not give everybody. */
  nothingElse(): void {
    const [name] = this.#left.keys()
    if (name !== undefined)
      throw refused(`There is no parameter ${name.slice(0, LONGEST_SEARCH)}`, 'GET /api/v1/openapi.json lists them.')
  }
}

function refused(message: string, remedy: string): ConnectorError {
  return new ConnectorError('usage.invalid', { message, remedy })
}
