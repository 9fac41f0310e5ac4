import { randomUUID } from 'node:crypto'
import { ConnectorError } from '../domain/errors.js'
import { isForOneAddress, mimeOf } from '../mail/mime.js'
import { REASONS, type Delivery, type Message, type Transport } from '../mail/transport.js'
import type { GraphClient } from './client.js'
import { interruption, sleepFor, type Clock } from './clock.js'
import type { GraphCounters } from './events.js'
import type { Exchange, ExchangeAnswer } from './exchange.js'
import { judge, notSent, systemRefuses, unclear, type Judged } from './mail-answers.js'
import { mailPace } from './mail-pace.js'
import { retryAfterMs } from './waiting.js'
import type { Words } from './words.js'

export interface GraphMailLimits {
  /** At most that many a minute; Exchange takes 30 of a mailbox. */
  readonly perMinute?: number | null
  /** For one attempt, in ms. */
  readonly timeoutMs?: number
}

export interface GraphMailSetup extends GraphMailLimits {
  /** Address of the mailbox that sends. */
  readonly sender: string
  readonly client: GraphClient
  readonly exchange: Exchange
  readonly clock: Clock
  readonly words: Words
  readonly counters: GraphCounters
  /** The next token is another one: Graph refused this one. */
  readonly dropToken: (refused: string) => void
}

const PER_MINUTE = 30
const TIMEOUT_MS = 30_000
/** Exchange serves this many requests of an application to one mailbox at once ("throttling-limits", Outlook). */
const AT_ONCE = 4
/** A wait we are told that is no longer than this is waited for; a longer one makes the email wait. */
const SHORT_WAIT_MS = 10_000

/**
 * Emails over `sendMail`, as MIME. Graph has no way to tell a repeated request from a new one, so a request whose end is
 * not known is never made again: that is `unknown`.
 */
export function graphMail(setup: GraphMailSetup): Transport {
  const { sender, client, clock } = setup
  const url = `${client.url}/users/${encodeURIComponent(sender)}/sendMail`
  const pace = mailPace(clock, Math.min(setup.perMinute ?? PER_MINUTE, PER_MINUTE))
  let notBefore = 0

  async function attempt(token: string, body: string, signal: AbortSignal): Promise<Judged> {
    const correlationId = randomUUID()
    const headers = {
      accept: 'application/json',
      'user-agent': 'entra-connector',
      'content-type': 'text/plain',
      authorization: `Bearer ${token}`,
      'client-request-id': correlationId,
    }
    if (signal.aborted) throw interruption(signal)
    setup.counters.requests += 1
    let answer: ExchangeAnswer
    try {
      const timeoutMs = setup.timeoutMs ?? TIMEOUT_MS
      answer = await setup.exchange({ method: 'POST', url, headers, body, signal, timeoutMs })
    } catch (error) {
      if (error instanceof ConnectorError && notSent(error)) throw systemRefuses(sender, error)
      return unclear(error)
    }
    return judge(answer, { sender, words: setup.words, correlationId, now: clock.now() })
  }

  async function deliver(body: string, signal: AbortSignal): Promise<Judged> {
    const token = await tokenFor(setup, signal)
    const first = await attempt(token, body, signal)
    if (first.kind !== 'token-refused') return first
    setup.dropToken(token)
    return attempt(await tokenFor(setup, signal), body, signal)
  }

  async function send(message: Message, signal: AbortSignal): Promise<Delivery> {
    if (!isForOneAddress(message)) return noAddress(message)
    const body = (await mimeOf(message, clock.now())).toString('base64')
    for (let patient = true; ; patient = false) {
      const left = notBefore - clock.elapsedMs()
      if (left > SHORT_WAIT_MS) return slowDown(`still to wait ${Math.ceil(left / 1000)} s`)
      await sleepFor(clock, Math.max(left, 0), signal)
      const answered = await pace(signal)
      const judged = await deliver(body, signal).finally(answered)
      switch (judged.kind) {
        case 'done':
          return judged.delivery
        case 'token-refused':
        case 'system-refused':
          throw judged.error
        case 'later': {
          setup.counters.throttled += judged.answer.status === 429 ? 1 : 0
          const toldMs = retryAfterMs(judged.answer.headers, clock.now()) ?? 0
          notBefore = Math.max(notBefore, clock.elapsedMs() + toldMs)
          const isShort = judged.answer.status === 429 && toldMs > 0 && toldMs <= SHORT_WAIT_MS
          if (!patient || !isShort) return slowDown(judged.words)
        }
      }
    }
  }

  return { concurrency: AT_ONCE, send, close: () => Promise.resolve() }
}

function noAddress({ to }: Message): Delivery {
  return { outcome: 'refused', reason: { code: REASONS.rejected, message: `“${to}” is no email address` } }
}

function slowDown(words: string): Delivery {
  const message = `The mail system asks us to send more slowly: ${words}`
  return { outcome: 'delayed', reason: { code: REASONS.mailSystem, message } }
}

/** Without one nothing was sent. */
async function tokenFor({ client, sender }: GraphMailSetup, signal: AbortSignal): Promise<string> {
  try {
    return await client.token(signal)
  } catch (error) {
    if (signal.aborted || !(error instanceof ConnectorError)) throw error
    throw systemRefuses(sender, error)
  }
}
