import type { FastifyInstance } from 'fastify'
import { ConnectorError } from '../domain/errors.js'
import { reportLogins, type ReportedLogin } from '../login/reported.js'
import { partsFor } from './auth.js'
import { plainProblem, sendProblem } from './problem.js'

export const MOST_LOGINS = 1000
/** Enough for as many with names as long as Entra has them. */
const MOST_BYTES = 4 * 1024 * 1024

/** Logins reported by an intranet that does its own login. */
export function registerLogins(app: FastifyInstance): void {
  app.post(
    '/api/v1/logins',
    { bodyLimit: MOST_BYTES, config: { scopes: ['intranet', 'admin'] } },
    async (request, reply) => {
      const { store, now } = partsFor(request)
      const logins = listIn(request.body)
      if (logins.length > MOST_LOGINS) {
        const title = `${logins.length} logins are too many: send at most ${MOST_LOGINS} at a time`
        return sendProblem(reply, plainProblem({ status: 413, code: 'request.too-large', title }, request.id))
      }
      const items = logins.map((item, index) => itemOf(item, `logins[${index}]`))
      return { results: await reportLogins(items, { store, now }) }
    },
  )
}

function listIn(body: unknown): unknown[] {
  if (isObject(body) && Array.isArray(body['logins'])) return body['logins']
  throw notLogins('There is no list called logins.')
}

function itemOf(item: unknown, place: string): ReportedLogin {
  if (!isObject(item)) throw notLogins(`${place} is not an object.`)
  const { user, at, correlationId = null } = item
  if (typeof user !== 'string') throw notLogins(`${place}.user is not a text.`)
  if (typeof at !== 'string') throw notLogins(`${place}.at is not a text.`)
  if (correlationId !== null && typeof correlationId !== 'string')
    throw notLogins(`${place}.correlationId is not a text.`)
  return { user, at, correlationId }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function notLogins(remedy: string): ConnectorError {
  const message = 'The body is not {"logins":[{"user":…,"at":…,"correlationId":…}]}'
  return new ConnectorError('usage.invalid', { message, remedy })
}
