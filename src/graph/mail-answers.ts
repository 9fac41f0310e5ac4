import { ConnectorError, type ErrorDetails } from '../domain/errors.js'
import { REASONS, type Delivery } from '../mail/transport.js'
import { envelopeOf, has, textOf, type Envelope } from './envelope.js'
import type { ExchangeAnswer } from './exchange.js'
import type { Words } from './words.js'

/** What an answer to `sendMail` means. `later`: nothing was taken, and we are asked to come back. */
export type Judged =
  | { readonly kind: 'done'; readonly delivery: Delivery }
  | { readonly kind: 'later'; readonly answer: ExchangeAnswer; readonly words: string }
  | { readonly kind: 'token-refused' | 'system-refused'; readonly error: ConnectorError }

export interface Sent {
  readonly sender: string
  readonly words: Words
  readonly correlationId: string
  readonly now: Date
}

const SUBMISSION_BLOCKED = ['errormessagesubmissionblocked', 'errorsubmissionquotaexceeded', 'erroraccountdisabled']
const TOO_MANY = ['errorexceededmessagelimit', 'errorserverbusy', 'applicationthrottled', 'errormailboxthrottled']
/** A permission is missing, or one that is limited to other mailboxes. */
const DENIED = ['erroraccessdenied', 'errorsendasdenied', 'authorization_requestdenied']
const SYSTEM = [
  ...DENIED,
  'errorinvaliduser',
  'mailboxnotenabledforrestapi',
  'errornonexistentmailbox',
  'errormailboxmovedinprogress',
  'resourcenotfound',
  ...SUBMISSION_BLOCKED,
]

/** Codes decide before the status: Exchange spreads the same ones over several. */
export function judge(answer: ExchangeAnswer, sent: Sent): Judged {
  const { status } = answer
  if (status === 202) return { kind: 'done', delivery: { outcome: 'accepted' } }
  const envelope = envelopeOf(answer.text)
  const said = saidIn(answer, envelope, sent)
  if (status === 401) return { kind: 'token-refused', error: refusedBy(sent.sender, said, 'mail.denied') }
  if (status === 429 || status === 503 || has(envelope, TOO_MANY)) return { kind: 'later', answer, words: said.text }
  // A gateway that got no answer in time does not know either.
  if (status >= 500 || status < 300 || status === 408) return unclear(said.text)
  if (isAddressRefused(envelope)) return refused(REASONS.rejected, said.text)
  if (status === 403 || status === 404 || status < 400 || has(envelope, SYSTEM)) {
    const code = has(envelope, DENIED) ? 'mail.denied' : 'mail.unavailable'
    return { kind: 'system-refused', error: refusedBy(sent.sender, said, code) }
  }
  return refused(REASONS.mailSystem, said.text)
}

function isAddressRefused(envelope: Envelope | null): boolean {
  if (has(envelope, ['errorinvalidrecipients', 'errorinvalidemailaddress'])) return true
  return /(^|[^\d.])5\.1\.\d+/.test(envelope?.message ?? '')
}

function refused(code: string, message: string): Judged {
  return { kind: 'done', delivery: { outcome: 'refused', reason: { code, message } } }
}

/** Nobody can say whether it was accepted. */
export function unclear(why: unknown): Judged {
  const words =
    why instanceof ConnectorError
      ? `${why.message} (${why.details.words ?? why.details.code ?? why.code})`
      : why instanceof Error
        ? why.message
        : String(why)
  const message = `The connection ended before Microsoft Graph said whether it accepted the email: ${words}`
  return { kind: 'done', delivery: { outcome: 'unknown', reason: { code: REASONS.mailSystem, message } } }
}

/** Failures of before a connection stood: not a byte of the email has left. */
const NEVER_CONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|UND_ERR_CONNECT_TIMEOUT|UND_ERR_PRX_\w+)$/

export function notSent({ code, details }: ConnectorError): boolean {
  if (code === 'graph.untrusted-certificate') return true
  return code === 'graph.unreachable' && NEVER_CONNECTED.test(details.code ?? '')
}

/** Something before the mail system is in the way: our sign-in or the network. */
export function systemRefuses(sender: string, error: ConnectorError): ConnectorError {
  return new ConnectorError(error.kind === 'denied' ? 'mail.denied' : 'mail.unavailable', {
    message: `We cannot send as ${sender}: ${error.message}`,
    meanwhile: OWED,
    ...(error.remedy === null ? {} : { remedy: error.remedy }),
    details: error.details,
    ...(error.retryAt ? { retryAt: error.retryAt } : {}),
    cause: error,
  })
}

const OWED = 'Sync goes on. Emails that are owed wait and go out afterwards.'

interface Said {
  readonly text: string
  readonly details: ErrorDetails
}

function refusedBy(sender: string, { details }: Said, code: 'mail.denied' | 'mail.unavailable'): ConnectorError {
  return new ConnectorError(code, {
    message: `The mail system does not let us send as ${sender}`,
    meanwhile: OWED,
    remedy:
      'Check that the mailbox exists, that Mail.Send is granted and that access is limited to this mailbox (takes over an hour); Exchange admin center → Mail flow → Message trace.',
    details,
  })
}

function saidIn(answer: ExchangeAnswer, envelope: Envelope | null, { words, correlationId, now }: Sent): Said {
  const code = words.label(envelope?.code ?? '')
  const quoted = words.clean(envelope?.message ?? '')
  const given = answer.headers['request-id'] ?? textOf(envelope?.ids['request-id'])
  const requestId = words.label(given)
  const text = ['Microsoft Graph says', `HTTP ${answer.status}`, code, quoted].filter((part) => part !== '')
  return {
    text: `${text[0] ?? ''} ${text.slice(1).join(' ')}`,
    details: {
      status: answer.status,
      correlationId,
      at: now.toISOString(),
      ...(code ? { code } : {}),
      ...(requestId ? { requestId } : {}),
      ...(quoted ? { words: quoted } : {}),
    },
  }
}
