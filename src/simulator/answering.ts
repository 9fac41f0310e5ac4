import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { bodyOf, jsonAnswer, type Answer, type Json } from './answer.js'
import { control } from './control.js'
import { issuerOf, openIdConfiguration } from './discovery.js'
import { errorBody, permissionDenied, type GraphRefusal, throttled, unauthorized, unknownSegment } from './errors.js'
import { readBody, segmentsOf, type Exchange } from './exchange.js'
import { spoilContent } from './fault-content.js'
import { send, type Wire } from './fault-wire.js'
import { WIRE_FAULTS, type FaultAction, type Taken, type WireFault } from './faults.js'
import { answerGraph, routeName } from './graph.js'
import type { Parts } from './tenant.js'

export async function answerExchange(
  parts: Parts,
  exchange: Exchange,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path } = exchange
  if (path === '/_control') {
    send(response, control(parts, exchange.method, await readBody(request)), null)
    return
  }
  const isGraph = /^\/v1\.0(\/|$)/i.test(path)
  const name = isGraph ? routeName(path) : authorityName(path)
  const seen = parts.requests.add(exchange, name)
  const body = await readBody(request)
  const taken = parts.faults.take(exchange, name)
  const slowMs = delayOf(taken?.action, 'slow')
  if (slowMs > 0) taken?.served()
  if (isGraph && parts.latencyMs > 0) await sleep(parts.latencyMs, undefined, { ref: false })
  if (taken && slowMs > 0) await sleep(slowMs, undefined, { ref: false, signal: taken.cleared }).catch(() => undefined)
  const answer =
    replacement(taken?.action, exchange) ??
    (isGraph ? answerGraph(parts, exchange, body) : authority(parts, exchange, body))
  const { answer: spoiled, wire } = spoil(parts, answer, taken)
  seen.status = wire === 'reset' || wire === 'hang' ? 0 : spoiled.status
  send(response, compressed(parts, exchange, dated(spoiled, exchange)), wire)
}

/** The endpoints of the authority; whatever is none of them is unknown to Graph. */
function authority(parts: Parts, exchange: Exchange, body: string): Answer {
  const [tenant = '', ...rest] = segmentsOf(exchange.path) ?? []
  const { headers, query, method } = exchange
  switch (rest.join('/').toLowerCase()) {
    case 'oauth2/v2.0/token':
      if (method !== 'POST') break
      return parts.tokens.answer(tenant, new URLSearchParams(body), headers.authorization)
    case 'v2.0/.well-known/openid-configuration':
    case '.well-known/openid-configuration':
      return openIdConfiguration(parts.origin(), parts.tokens.isTenant(tenant) ? parts.tenantId : tenant)
    case 'discovery/v2.0/keys':
      return parts.keys.answer(issuerOf(parts.origin(), parts.tenantId))
    case 'oauth2/v2.0/authorize':
      if (method !== 'GET' || !parts.tokens.isTenant(tenant)) break
      return parts.logins.authorize(exchange)
    case 'token':
      if (tenant === 'msi')
        return parts.tokens.managedIdentityAnswer(headers['x-identity-header'], query.get('resource'))
  }
  return refusal(unknownSegment(exchange.path), exchange)
}

function authorityName(path: string): string {
  const name = path.split('/').slice(2).join('/').toLowerCase()
  return name === 'oauth2/v2.0/token' ? 'token' : name || path
}

function refusal(error: GraphRefusal, exchange: Exchange): Answer {
  return jsonAnswer(error.status, errorBody(error, exchange), error.extras.headers)
}

/** The answer of a fault that needs no real one. */
function replacement(action: FaultAction | undefined, exchange: Exchange): Answer | null {
  if (typeof action !== 'object') return null
  if (!('kind' in action)) return own(action.status, action.headers ?? {}, action.body)
  switch (action.kind) {
    case 'redirect':
      return own(action.status ?? 302, { Location: action.location }, '')
    case 'html':
      return own(
        action.status ?? 502,
        { 'Content-Type': 'text/html' },
        '<html><body><h1>Bad Gateway</h1></body></html>',
      )
    case 'throttle':
      return refusal(throttled(action.retryAfter, action.status), exchange)
    case 'unauthorized':
      return refusal(unauthorized(action.reason), exchange)
    case 'forbidden':
      return refusal(permissionDenied('directory', '', action.code), exchange)
    default:
      return null
  }
}

function own(status: number, headers: Readonly<Record<string, string>>, body: unknown): Answer {
  if (body === undefined || typeof body === 'string') return { status, headers, body: [Buffer.from(body ?? '')] }
  return jsonAnswer(status, body as Json, headers)
}

/** Applies what a fault does to a real answer, and notes whether it could. */
function spoil(parts: Parts, answer: Answer, taken: Taken | null): { answer: Answer; wire: Wire } {
  if (!taken || delayOf(taken.action, 'slow') > 0) return { answer, wire: null }
  const { action } = taken
  if (isWireFault(action)) {
    taken.served()
    return { answer, wire: action }
  }
  const pauseMs = delayOf(action, 'slow-body')
  const content = contentAction(action)
  if (content === null) {
    taken.served()
    return { answer, wire: pauseMs > 0 ? { pauseMs } : null }
  }
  const spoiled = spoilContent(
    answer,
    content,
    (link) => parts.delta.links.closedEarly(link) ?? parts.groupDelta.links.closedEarly(link),
  )
  if (spoiled) taken.served()
  else taken.passed()
  return { answer: spoiled ?? answer, wire: null }
}

function isWireFault(action: FaultAction): action is WireFault {
  return (WIRE_FAULTS as readonly unknown[]).includes(action)
}

function contentAction(action: Exclude<FaultAction, WireFault>): Parameters<typeof spoilContent>[1] | null {
  if (typeof action === 'string') return action
  if (!('kind' in action)) return null
  return action.kind === 'edit' ||
    action.kind === 'withhold' ||
    action.kind === 'foreign-next-link' ||
    action.kind === 'foreign-delta-link'
    ? action
    : null
}

function delayOf(action: FaultAction | undefined, kind: 'slow' | 'slow-body'): number {
  return typeof action === 'object' && 'kind' in action && action.kind === kind ? action.delayMs : 0
}

/** The simulator's clock shows in `Date`, as a caller with a wrong clock of its own sees it. */
function dated(answer: Answer, exchange: Exchange): Answer {
  return { ...answer, headers: { Date: exchange.at.toUTCString(), ...answer.headers } }
}

function compressed({ gzip }: Parts, { headers }: Exchange, answer: Answer): Answer {
  if (!gzip || answer.body.length === 0 || headers['accept-encoding']?.includes('gzip') !== true) return answer
  return { ...answer, headers: { ...answer.headers, 'Content-Encoding': 'gzip' }, body: [gzipSync(bodyOf(answer))] }
}
