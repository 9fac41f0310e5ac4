import type { ConnectorError, ErrorDetails } from '../domain/errors.js'
import type { StatusReason } from '../domain/user.js'
import { REASONS, type Delivery, type Message } from './transport.js'
import { mailUnavailable } from './unavailable.js'

/** Pure: what a failed attempt to hand an email over means. */

/** `connecting` up to the login; `handed-over` from the end of the message on, when only its answer is missing. */
export type Stage = 'connecting' | 'handing-over' | 'handed-over'

/** As nodemailer reports a failure; `originalCode` is the system's or OpenSSL's, `timeoutType` what did not come in time. */
export interface SmtpFailure {
  readonly message: string
  readonly code?: string
  readonly originalCode?: string
  readonly timeoutType?: string
  /** The server's answer, lines and all. */
  readonly response?: string
  readonly responseCode?: number
  /** `MAIL FROM`, `RCPT TO`, `DATA` (the end of the message, too), `AUTH …`, `CONN`. */
  readonly command?: string
}

export interface Attempt {
  readonly stage: Stage
  readonly host: string
  readonly port: number
  readonly message: Pick<Message, 'from' | 'to' | 'text'>
  /** Must not be quoted. */
  readonly secrets: readonly string[]
}

/** The fate of this one email, or the error to throw because the mail system takes nothing at all. */
export function meaningOf(failure: SmtpFailure, attempt: Attempt): Delivery | ConnectorError {
  const words = wordsOf(failure, attempt)
  const { responseCode = 0 } = failure
  if (attempt.stage === 'connecting' || NOT_ALLOWED.includes(responseCode) || neverConnected(failure)) {
    return outage(failure, attempt, words)
  }
  if (responseCode >= 500) return { outcome: 'refused', reason: refusal(failure, attempt, words) }
  if (responseCode >= 400) {
    return { outcome: 'delayed', reason: mailSystem(`The mail system asks us to send it again later: ${words}`) }
  }
  if (failure.code === 'EMESSAGE') return { outcome: 'refused', reason: mailSystem(words) }
  const lost = attempt.stage === 'handed-over'
  const meaning = lost ? 'before the mail system said whether it took the email' : 'before the email was handed over'
  return { outcome: lost ? 'unknown' : 'delayed', reason: mailSystem(`The connection ended ${meaning}: ${words}`) }
}

/** 530: a login is needed first; 534, 535 and 538: not this one (RFC 4954). */
const NOT_ALLOWED = [530, 534, 535, 538]

const UNTRUSTED =
  /CERT|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|HOSTNAME_MISMATCH|ALTNAME|INVALID_(CA|PURPOSE)|PATH_LENGTH/

/** A pooled connection that has died is replaced once; when that fails, too, it is no longer about this email. */
function neverConnected({ code = '', originalCode = '', timeoutType = '' }: SmtpFailure): boolean {
  return (
    ['EDNS', 'ETLS', 'EAUTH'].includes(code) ||
    ['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT'].includes(timeoutType) ||
    ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'].includes(originalCode) ||
    UNTRUSTED.test(originalCode)
  )
}

function outage(failure: SmtpFailure, { host, port, message }: Attempt, words: string): ConnectorError {
  const { code = '', originalCode = '', responseCode = 0 } = failure
  const details: ErrorDetails = { code: codeOf(failure), words }
  if (code === 'EAUTH' || NOT_ALLOWED.includes(responseCode)) {
    return mailUnavailable({
      message: `The mail system does not let us send as ${message.from.address}`,
      remedy: 'Check user, password and allowed sender: MAIL_URL and MAIL_FROM.',
      details,
    })
  }
  if (UNTRUSTED.test(originalCode)) {
    return mailUnavailable({
      message: `${host}:${port} shows a certificate this machine does not trust`,
      remedy:
        'MAIL_URL must name the server as its certificate does. A private authority belongs into NODE_EXTRA_CA_CERTS; never switch checking off.',
      details,
    })
  }
  if (code === 'ETLS' || /^(ERR_SSL|EPROTO)/.test(originalCode)) {
    return mailUnavailable({
      message: `No protected connection to ${host}:${port} came about`,
      remedy:
        'smtps: is for ports that begin with TLS (465), smtp: for those that begin without (587 or 25): MAIL_URL.',
      details,
    })
  }
  if (responseCode >= 400 && responseCode < 500) {
    return mailUnavailable({
      message: 'The mail system asks us to send more slowly',
      remedy: 'Nothing to do; we try again by ourselves.',
      details,
    })
  }
  if (responseCode >= 500) {
    return mailUnavailable({
      message: `${host}:${port} does not take email from this machine`,
      remedy: 'Ask whoever runs the mail system whether this machine may send: the details hold its answer.',
      details,
    })
  }
  return mailUnavailable({
    message: `We cannot reach ${host}:${port}`,
    remedy: 'Check from this machine: name resolution, firewall, and host and port in MAIL_URL.',
    details,
  })
}

function refusal(failure: SmtpFailure, { host, message }: Attempt, words: string): StatusReason {
  if (failure.command === 'MAIL FROM') {
    return mailSystem(`The mail system does not let us send as ${message.from.address}: ${words}`)
  }
  if (!isAddressRejected(failure)) return mailSystem(`The mail system refused the email: ${words}`)
  return { code: REASONS.rejected, message: `${message.to} does not exist, says ${host}: ${words}` }
}

/** Words that speak of us or of rules, not of the address. */
const RULES =
  /relay|spam|junk|policy|polic|block|black|reputation|den(y|ied)|prohibit|not permitted|not allowed|authenti|spf|dkim|dmarc|size|quota|full|sender|greylist|too many/i

/**
 * The enhanced code decides: 5.1.x is about addresses (RFC 3463). Without a telling one, 550, 551 and 553 for the
 * recipient are (RFC 5321 4.2.3), unless the words say otherwise.
 */
function isAddressRejected(failure: SmtpFailure): boolean {
  const enhanced = enhancedCodeOf(failure)
  if (enhanced !== null && !enhanced.startsWith('5.0.')) return enhanced.startsWith('5.1.')
  const { responseCode = 0, response = '' } = failure
  return failure.command === 'RCPT TO' && [550, 551, 553].includes(responseCode) && !RULES.test(response)
}

function enhancedCodeOf({ response }: SmtpFailure): string | null {
  return /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response ?? '')?.[1] ?? null
}

function codeOf(failure: SmtpFailure): string {
  const { responseCode, originalCode, code } = failure
  if (responseCode === undefined) return originalCode ?? failure.timeoutType ?? code ?? 'SMTP'
  return [responseCode, enhancedCodeOf(failure)].filter((part) => part !== null).join(' ')
}

export function noAddress(to: string): StatusReason {
  return { code: REASONS.rejected, message: `“${to}” is no email address` }
}

function mailSystem(message: string): StatusReason {
  return { code: REASONS.mailSystem, message }
}

const LONGEST = 300

/** The server's words, or the system's, on one line, without what is secret. */
function wordsOf({ message, response }: SmtpFailure, attempt: Attempt): string {
  const lines = (response ?? message).split(/\r?\n/)
  const [first = '', ...rest] = lines.map((line) => line.replace(/\p{Cc}+/gu, ' ').trim())
  const start = first.replace(/^(\d{3})-/, '$1 ')
  const more = rest.map((line) => line.replace(/^\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3} )?/, ''))
  const links = attempt.message.text.match(/https?:\/\/\S+/g) ?? []
  const hidden = [...attempt.secrets, ...links].filter((secret) => secret.length > 2)
  const text = hidden
    .sort((a, b) => b.length - a.length)
    .reduce((shown, secret) => shown.replaceAll(secret, '***'), [start, ...more].join(' ').replace(/\s+/g, ' ').trim())
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
