import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { toConnectorError } from '../domain/errors.js'
import type { Notice } from '../domain/notices.js'
import type { Exchange } from '../graph/exchange.js'

export interface Webhook {
  readonly url: string
  readonly secret: string
  readonly exchange: Exchange
  readonly now: () => Date
  /** Milliseconds before the second and the third try. */
  readonly pausesMs?: readonly number[]
}

const TIMEOUT_MS = 10_000
const PAUSES_MS = [1_000, 5_000]

/** Null when it has arrived, or what was in the way of the last try: a sentence that shows of the address only its host. */
export async function post(
  { url, secret, exchange, now, pausesMs = PAUSES_MS }: Webhook,
  payload: object,
  signal: AbortSignal,
): Promise<string | null> {
  const body = JSON.stringify(payload)
  for (let tries = 0; ; tries += 1) {
    const timestamp = String(Math.floor(now().getTime() / 1000))
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'entra-connector',
      'x-connector-timestamp': timestamp,
      'x-connector-signature': signature(secret, timestamp, body),
    }
    const request = { method: 'POST', url, headers, body, statusOnly: true, signal, timeoutMs: TIMEOUT_MS } as const
    const problem = await exchange(request).then(
      ({ status }) => (status >= 200 && status < 300 ? null : `${new URL(url).host} answered with HTTP ${status}`),
      (error: unknown) => reasonOf(error),
    )
    const pauseMs = pausesMs[tries]
    if (problem === null || pauseMs === undefined || signal.aborted) return problem
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}

/** `sha256=` and the HMAC-SHA256 of timestamp, dot and body, in hexadecimal digits. */
export function signature(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}

function reasonOf(thrown: unknown): string {
  return toConnectorError(thrown, 'sending a notification').message
}

/** What a receiver is told. Times are ISO 8601 UTC; there is no secret and nothing about a person in it. */
export function payloadOf(notice: Notice, connection: string): object {
  const { id, event, at, since, reason, nextTryAt, held } = notice
  if (event === 'removals.held') return { id, event, connection, at, ...held }
  const { code = null, message = null, remedy = null, requestId = null } = reason ?? {}
  return { id, event, connection, at, since, reason: { code, message, remedy, requestId }, nextTryAt }
}
