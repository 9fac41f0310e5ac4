import { randomUUID } from 'node:crypto'
import type { ConnectorError } from '../domain/errors.js'
import { answerError, detailsOf, redirected, type Asked } from './answers.js'
import type { AnswerFacts, Call, Step } from './call.js'
import { jsonOf } from './envelope.js'
import type { Exchange, ExchangeAnswer } from './exchange.js'
import { incomplete } from './network-failure.js'
import type { AppNames } from './portal.js'
import type { Waiting } from './retry.js'
import { httpDate } from './waiting.js'
import type { Words } from './words.js'

export interface Sending extends Waiting {
  readonly exchange: Exchange
  readonly words: Words
  readonly app: AppNames
}

/** The last link: one attempt, with an id of its own. The answer is read here, so that a cut one is asked for again. */
export function send(sending: Sending): Step {
  const { exchange, clock, patience, counters, onEvent } = sending
  return async (call) => {
    const correlationId = randomUUID()
    const leftMs = patience.leftMs(clock.elapsedMs())
    counters.requests += 1
    onEvent({ kind: 'request' })
    const answer = await exchange({
      method: 'GET',
      url: call.link,
      headers: {
        accept: 'application/json',
        'user-agent': 'entra-connector',
        ...call.question.headers,
        authorization: `Bearer ${call.token}`,
        'client-request-id': correlationId,
      },
      signal: call.signal,
      timeoutMs: Math.min(call.question.timeoutMs ?? Infinity, leftMs),
      ...(call.question.bytes ? { bytes: true } : {}),
    })
    const { words, app } = sending
    read(call, answer, { link: call.link, area: call.area, app, words, correlationId, now: clock.now() })
  }
}

function read(call: Call<unknown>, answer: ExchangeAnswer, asked: Asked): void {
  const { status } = answer
  if (status >= 300) throw failureOf(answer, asked)
  const date = httpDate(answer.headers['date'] ?? '')
  const facts: AnswerFacts = {
    details: detailsOf(answer, asked, null),
    date: date === null ? null : new Date(date),
  }
  const body = call.question.bytes ? answer.text : jsonOf(answer.text)
  if (body === undefined) throw incomplete({ ...facts.details, words: `not JSON, ${answer.text.length} characters` })
  call.answer = { value: call.question.read(body, facts) }
}

function failureOf(answer: ExchangeAnswer, asked: Asked): ConnectorError {
  if (answer.status >= 400) return answerError(answer, asked)
  return redirected(answer, new URL(asked.link).host, detailsOf(answer, asked, null))
}
