import type { FastifyReply } from 'fastify'
import type { ConnectorError, ErrorKind } from '../domain/errors.js'

const STATUS: Record<ErrorKind, number> = {
  usage: 400,
  denied: 502,
  unavailable: 503,
  lease: 409,
  interrupted: 503,
  caller: 404,
  failed: 500,
}

/** RFC 9457. `instance` names the request under which the log tells more. */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly detail: string | null
  readonly code: string
  readonly instance: string
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

export function problem(error: ConnectorError, requestId: string): Problem {
  const { code, message, remedy } = error
  // Whoever asks over HTTP has made no mistake where a setting of ours is wrong.
  const status = code.startsWith('settings.') ? STATUS.unavailable : STATUS[error.kind]
  const title = code === 'bug' ? 'Something went wrong on our side' : message
  return plainProblem({ status, code, title, detail: code === 'bug' ? null : remedy }, requestId)
}

export type PlainProblem = Pick<Problem, 'status' | 'code' | 'title'> & Partial<Pick<Problem, 'detail'>>

export function plainProblem({ status, code, title, detail = null }: PlainProblem, requestId: string): Problem {
  return { type: 'about:blank', title, status, detail, code, instance: `urn:uuid:${requestId}` }
}

export function sendProblem(reply: FastifyReply, what: Problem): FastifyReply {
  return reply.code(what.status).type(PROBLEM_TYPE).send(what)
}
