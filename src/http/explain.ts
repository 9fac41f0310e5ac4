import type { FastifyInstance } from 'fastify'
import { ConnectorError } from '../domain/errors.js'
import { partsFor } from './auth.js'
import { plainProblem, sendProblem } from './problem.js'

/** Every answer costs requests to Graph, which is asked for the runs as well. */
export const EXPLAINED_AT_ONCE = 20
const ONE_MORE_EVERY_MS = 3_000
const LONGEST_PERSON = 320

/** Why somebody cannot log in, as `explain` gives it. Who asked about whom stands in the log. */
export function registerExplain(app: FastifyInstance): void {
  /** When a token has all of its allowance again, by its id. */
  const whole = new Map<string, number>()

  app.get('/api/v1/explain', { config: { scopes: ['admin', 'support'] } }, async (request, reply) => {
    const { explain, log, now } = partsFor(request)
    const person = personIn(request.query as Record<string, unknown>)
    const { id = '', name = '', scope } = request.caller?.token ?? {}
    const at = now().getTime()
    const next = Math.max(at, whole.get(id) ?? 0) + ONE_MORE_EVERY_MS
    const waitMs = next - at - EXPLAINED_AT_ONCE * ONE_MORE_EVERY_MS
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000)
      const title = 'This token has asked too often: each answer costs requests to Microsoft'
      const detail = `Ask again in ${seconds} s.`
      reply.header('retry-after', String(seconds))
      return sendProblem(reply, plainProblem({ status: 429, code: 'request.too-many', title, detail }, request.id))
    }
    whole.set(id, next)
    log.info('Somebody was looked up in Entra over the API', {
      person,
      by: name,
      tokenId: id,
      scope,
      requestId: request.id,
    })
    const { answer, steps } = await explain(person)
    return { answer, steps }
  })
}

function personIn({ person, ...others }: Record<string, unknown>): string {
  const [other] = Object.keys(others)
  if (other !== undefined) throw refused(`There is no parameter ${other.slice(0, LONGEST_PERSON)}`)
  if (typeof person !== 'string' || person.trim() === '') throw refused('There is no person')
  if (person.length > LONGEST_PERSON) throw refused('person is too long')
  return person.trim()
}

function refused(message: string): ConnectorError {
  const remedy = 'Give one person: GET /api/v1/explain?person=ana@contoso.example, by id or user name.'
  return new ConnectorError('usage.invalid', { message, remedy })
}
