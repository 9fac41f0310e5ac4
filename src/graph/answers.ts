import { ConnectorError, MEANWHILE, WAIT, type ErrorCode, type ErrorDetails } from '../domain/errors.js'
import type { Area } from './call.js'
import { envelopeOf, has, textOf, type Envelope } from './envelope.js'
import type { ExchangeAnswer } from './exchange.js'
import { throttled, unavailable } from './passing.js'
import { appPage, consent, grantPath, type AppNames } from './portal.js'
import { httpDate } from './waiting.js'
import type { Words } from './words.js'

/** What an answer was given to. */
export interface Asked {
  readonly link: string
  readonly area: Area
  readonly app: AppNames
  readonly words: Words
  readonly correlationId: string
  readonly now: Date
}

/** What an area holds, the permission that reading it needs, and what goes on without. */
const AREAS: Readonly<
  Record<Area, { readonly what: string; readonly permission: string; readonly meanwhile: string }>
> = {
  people: { what: 'people', permission: 'User.Read.All', meanwhile: MEANWHILE.kept },
  groups: { what: 'group members', permission: 'GroupMember.Read.All', meanwhile: MEANWHILE.kept },
  'sign-in-log': { what: 'the sign-in log', permission: 'AuditLog.Read.All', meanwhile: MEANWHILE.directory },
}

const RESTART_PASS = ['syncstatenotfound', 'resyncrequired']
const RESTART_ROUND = ['directory_expiredpagetoken', 'directorypagetokennotfoundexception']
const UNLICENSED = 'authentication_requestfromnonpremiumtenantorb2ctenant'

/** Any answer of Graph that is not a success, as an error for people. Branches on the status, then on the code. */
export function answerError(answer: ExchangeAnswer, asked: Asked): ConnectorError {
  const { status } = answer
  const envelope = envelopeOf(answer.text)
  const details = detailsOf(answer, asked, envelope)
  if (status === 429 || status === 408 || status >= 500) return passing(answer, asked, details)
  if (status === 401) return tokenRefused(answer, asked, { envelope, details })
  if (status === 410 || has(envelope, RESTART_PASS)) return restart('graph.restart-pass', details)
  if (has(envelope, RESTART_ROUND)) return restart('graph.restart-round', details)
  if (asked.area === 'sign-in-log' && /resource not found for the segment/i.test(envelope?.message ?? '')) {
    return noSignInLog('This cloud has no sign-in log for applications', details)
  }
  if (status === 403) return denied(asked, envelope, details)
  return refused(status, asked, { envelope, details })
}

export function redirected(answer: ExchangeAnswer, host: string, details: ErrorDetails): ConnectorError {
  const target = answer.headers['location'] ?? ''
  const to = URL.canParse(target) ? ` to ${new URL(target).host}` : ''
  return new ConnectorError('graph.redirected', {
    message: `We stopped: ${host} redirected us${to}. Redirects are never followed`,
    meanwhile: `${MEANWHILE.kept} Neither our token nor our secret was sent there.`,
    remedy: 'Check AZURE_AUTHORITY_HOST, GRAPH_BASE_URL and the proxy; sign-in pages of a network redirect too.',
    details: { ...details, status: answer.status },
  })
}

/** For answers of any status; without an envelope only the headers are looked at. */
export function detailsOf(answer: ExchangeAnswer, asked: Asked, envelope: Envelope | null): ErrorDetails {
  const { words } = asked
  const given = answer.headers['request-id'] ?? textOf(envelope?.ids['request-id'] ?? envelope?.ids['requestId'])
  const requestId = words.label(given)
  const code = words.label(envelope?.code ?? '')
  return {
    status: answer.status,
    correlationId: asked.correlationId,
    at: asked.now.toISOString(),
    ...(requestId ? { requestId } : {}),
    ...(code ? { code } : {}),
    ...(envelope?.message ? { words: words.clean(envelope.message, asked.link) } : {}),
  }
}

/** 500 and 502 are not documented as passing, but every request of ours is a read. */
function passing(answer: ExchangeAnswer, asked: Asked, details: ErrorDetails): ConnectorError {
  return answer.status === 429
    ? throttled('Microsoft', { answer, now: asked.now, details })
    : unavailable('Microsoft Graph is unavailable for now', { answer, now: asked.now, details })
}

interface Refusal {
  readonly envelope: Envelope | null
  readonly details: ErrorDetails
}

function tokenRefused(answer: ExchangeAnswer, asked: Asked, { envelope, details }: Refusal): ConnectorError {
  if (has(envelope, ['authorization_identitynotfound'])) return identityUnknown('graph.token-refused', asked, details)
  const serverTime = httpDate(answer.headers['date'] ?? '')
  const offMinutes = serverTime === null ? 0 : Math.round((asked.now.getTime() - serverTime) / 60_000)
  const clock =
    Math.abs(offMinutes) < 2
      ? 'This machine has the right time, so check'
      : `Check this machine's clock: it is ${Math.abs(offMinutes)} minutes ${offMinutes > 0 ? 'fast' : 'slow'}. Otherwise check`
  return new ConnectorError('graph.token-refused', {
    message: 'Microsoft does not accept our token',
    meanwhile: MEANWHILE.progress,
    remedy: `${serverTime === null ? "Check this machine's clock, and" : clock} that AZURE_AUTHORITY_HOST and GRAPH_BASE_URL belong to the same cloud.`,
    details,
  })
}

function identityUnknown(code: ErrorCode, { app }: Asked, details: ErrorDetails): ConnectorError {
  return new ConnectorError(code, {
    message: 'Microsoft does not know the application yet',
    meanwhile: MEANWHILE.kept,
    remedy: `New grants need some minutes. Still there after an hour: ${appPage(app, 'API permissions')} → ${consent(app)}.`,
    details,
  })
}

function restart(code: 'graph.restart-pass' | 'graph.restart-round', details: ErrorDetails): ConnectorError {
  return code === 'graph.restart-pass'
    ? new ConnectorError(code, {
        message: 'Microsoft asked us to read everyone again',
        meanwhile: MEANWHILE.progress,
        remedy: WAIT,
        details,
      })
    : new ConnectorError(code, {
        message: 'The bookmark expired; this pass starts again',
        meanwhile: MEANWHILE.kept,
        remedy: WAIT,
        details,
      })
}

function noSignInLog(message: string, details: ErrorDetails): ConnectorError {
  return new ConnectorError('graph.no-premium-licence', {
    message,
    meanwhile: MEANWHILE.directory,
    remedy:
      "Nothing, if people log in through the intranet's own Microsoft login or POST /api/v1/logins; the licence is shown on Entra ID → Overview.",
    details,
  })
}

function denied(asked: Asked, envelope: Envelope | null, details: ErrorDetails): ConnectorError {
  if (has(envelope, [UNLICENSED])) {
    return noSignInLog('This tenant has no Entra ID P1: Microsoft gives no sign-in log', details)
  }
  if (has(envelope, ['authorization_identitynotfound'])) return identityUnknown('graph.denied', asked, details)
  const { what, permission: needed, meanwhile } = AREAS[asked.area]
  const permission = has(envelope, ['authentication_applicationhasnodirectoryreadaccess'])
    ? 'Directory.Read.All'
    : needed
  const foreign = envelope ? '' : ' The refusal was not in Microsoft’s form: a proxy may have made it.'
  return new ConnectorError('graph.denied', {
    message: `We are not allowed to read ${what}`,
    meanwhile,
    remedy: `${grantPath(asked.app, permission)}.${foreign}`,
    details,
  })
}

function refused(status: number, asked: Asked, { envelope, details }: Refusal): ConnectorError {
  const { meanwhile } = AREAS[asked.area]
  const absent = envelope?.codes.some((code) => code.endsWith('notfound')) && !/segment/i.test(envelope.message)
  if (status === 404 && absent) {
    const group = asked.area === 'groups'
    const message = `Microsoft Graph does not have ${group ? 'the group' : 'what'} we asked for`
    const remedy = group ? 'Compare its Object ID in Entra with `groups` of the scope.' : 'Check GRAPH_BASE_URL.'
    return new ConnectorError('graph.not-found', { message, meanwhile, remedy, details })
  }
  return new ConnectorError('graph.refused', {
    message: `Microsoft Graph refused our request (HTTP ${status})`,
    meanwhile,
    remedy: envelope
      ? 'Run `entra-connector sync --full`. If it stays, report it with the details.'
      : 'The answer was not in Microsoft’s form: check GRAPH_BASE_URL and the proxy.',
    details,
  })
}
