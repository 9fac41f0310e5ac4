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

export function statusOf(error: ConnectorError): number {
  return STATUS[error.kind]
}

export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly detail: string | null
  readonly code: string
  readonly instance: string
}

/** RFC 9457. The instance is the id under which the log tells more. */
export function problem(error: ConnectorError, instance: string): Problem {
  const inner = error.code === 'bug'
  return {
    type: 'about:blank',
    title: inner ? 'Something went wrong on our side' : error.message,
    status: statusOf(error),
    detail: error.remedy,
    code: error.code,
    instance,
  }
}
