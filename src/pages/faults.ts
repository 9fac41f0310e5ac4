import type { FastifyReply } from 'fastify'
import { toConnectorError } from '../domain/errors.js'
import { ourFaultPage, nothingHerePage } from './fault-words.js'
import { TooManyRequests } from './limits.js'
import type { Asked, PageRoom } from './visit.js'
import { linkPage, sentPage } from './welcome-words.js'

/** Another site's page sent the form, or PUBLIC_URL is not the address people use. */
export class ForeignForm extends Error {
  override readonly name = 'ForeignForm'
  readonly statusCode = 403

  constructor() {
    super('A form came from another site')
  }
}

/** Everything that went wrong ends in a page: what is not meant for the person is in the log, under the reference. */
export function answerFault(room: PageRoom, thrown: unknown, asked: Asked): FastifyReply {
  const { request } = asked
  const { log } = room.parts
  const requestId = request.id
  const here = request.method === 'GET' ? {} : { here: '/login' }
  if (thrown instanceof TooManyRequests && thrown.answer === 'sent') {
    return room.show(asked, here, (visit) => ({ ...sentPage(visit, thrown.minutes), status: 429 }))
  }
  const status = statusOf(thrown)
  if (status !== null) {
    const reason = thrown instanceof Error ? thrown.message : ''
    log.warn('A form was refused', { requestId, status, reason })
    return room.show(asked, here, (visit) => ourFaultPage(visit, status, requestId))
  }
  const error = toConnectorError(thrown, 'answering with a page')
  log.error('A page failed', { requestId, error })
  return room.show(asked, here, (visit) => ourFaultPage(visit, error.kind === 'unavailable' ? 503 : 500, requestId))
}

/** What was refused before anything was done; null for everything else. */
function statusOf(thrown: unknown): number | null {
  const status = thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : 500
  return status >= 400 && status < 500 ? status : null
}

/** Below /welcome whatever is not a page is a link that does not work. */
export function nothingHere(room: PageRoom, asked: Asked): FastifyReply {
  const here = asked.request.method === 'GET' ? {} : { here: '/login' }
  if (asked.request.url.startsWith('/login')) return room.show(asked, here, nothingHerePage)
  return room.show(asked, here, (visit) => linkPage(visit, { kind: 'damaged' }, ''))
}
