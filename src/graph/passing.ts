import { ConnectorError, MEANWHILE, WAIT, type ErrorDetails } from '../domain/errors.js'
import type { ExchangeAnswer } from './exchange.js'
import { retryAfterMs } from './waiting.js'

/** A failure that passes by itself; `retryAt` is set when the answer says when to come back. */
export interface Passing {
  readonly answer: ExchangeAnswer
  readonly now: Date
  readonly details: ErrorDetails
}

export function throttled(who: string, { answer, now, details }: Passing): ConnectorError {
  const retryAt = comeBackAt(answer, now)
  const until = retryAt ? ` until ${retryAt.toISOString().slice(0, 19).replace('T', ' ')} UTC` : ''
  return new ConnectorError('graph.throttled', {
    message: `${who} asked us to wait${until}`,
    meanwhile: MEANWHILE.progress,
    remedy: WAIT,
    details,
    ...(retryAt ? { retryAt } : {}),
  })
}

export function unavailable(message: string, { answer, now, details }: Passing): ConnectorError {
  const retryAt = comeBackAt(answer, now)
  return new ConnectorError('graph.unavailable', {
    message,
    meanwhile: MEANWHILE.progress,
    remedy: `${WAIT} Longer than an hour: Microsoft 365 admin center → Health → Service health.`,
    details,
    ...(retryAt ? { retryAt } : {}),
  })
}

function comeBackAt(answer: ExchangeAnswer, now: Date): Date | null {
  const ms = retryAfterMs(answer.headers, now)
  return ms === null ? null : new Date(now.getTime() + ms)
}
