import { isGuid } from '../domain/guid.js'
import { createRedactor } from '../logging/redact.js'
import { addressesOf, fieldBlocks, firstFields, only, xtextDecoded, type Fields } from './report-fields.js'
import { reportParts } from './report-parts.js'
import { EMAIL_HEADER, REASONS } from './transport.js'

/** That an email did not reach somebody. */
export interface DeliveryReport {
  /** Lower-case UUIDs the report names the email by; normally all the same. */
  readonly emailIds: readonly string[]
  /** At least one. */
  readonly failures: readonly DeliveryFailure[]
}

export interface DeliveryFailure {
  /** The readings of the address the email was sent to. */
  readonly recipients: readonly string[]
  /** As `5.1.1`. */
  readonly status: string | null
  readonly code: (typeof REASONS)['rejected' | 'mailSystem']
  /** The server's own words on one line, without links: to the machine, or else to people. */
  readonly words: string
}

export const LARGEST_REPORT = 10 * 1024 * 1024

const LONGEST_WORDS = 500
const MOST_FAILURES = 1000
const ENHANCED = /(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\d|\.\d)/

/**
 * Reads a message as a report that an email was not delivered (RFC 3464). Null for everything else: other messages,
 * other reports (delayed, delivered, read), reports that do not name an email of ours where a mail system names it, and
 * what is too large or broken. Never throws for what a message holds. `raw` is the message as received.
 */
export async function readReport(raw: Buffer): Promise<DeliveryReport | null> {
  if (raw.length > LARGEST_REPORT) return null
  const parts = await reportParts(raw)
  if (!parts) return null
  const blocks = fieldBlocks(parts.status).filter(({ size }) => size > 0)
  const failures = blocks
    .map((fields) => failureOf(fields, parts.notice ?? ''))
    .filter((failure) => failure !== null)
    .slice(0, MOST_FAILURES)
  const returned = parts.returned === null ? null : firstFields(parts.returned)
  const emailIds = [...new Set([...idsIn(returned), ...envelopeId(blocks[0])])]
  return emailIds.length > 0 && failures.length > 0 ? { emailIds, failures } : null
}

/** The email as its own headers name it. */
function idsIn(headers: Fields | null): string[] {
  const messageIds = (headers?.get('message-id') ?? []).map((value) => /^<([^<>@\s]+)@[^<>@\s]+>$/.exec(value)?.[1])
  return uuids([...messageIds, ...(headers?.get(EMAIL_HEADER.toLowerCase()) ?? [])])
}

/** The envelope id we gave comes back in the fields about the message, which are the first. */
function envelopeId(fields: Fields | undefined): string[] {
  const id = fields && only(fields, 'original-envelope-id')
  return id ? uuids([xtextDecoded(id)]) : []
}

function uuids(values: readonly (string | undefined)[]): string[] {
  return values.flatMap((value) => (value !== undefined && isGuid(value) ? [value.toLowerCase()] : []))
}

/** Fields that stand there twice belong to nobody: blocks of two recipients ran together. */
function failureOf(fields: Fields, notice: string): DeliveryFailure | null {
  const twice = ['action', 'original-recipient', 'final-recipient', 'status'].some((name) => {
    return (fields.get(name)?.length ?? 0) > 1
  })
  if (twice || !/^failed\b/i.test(only(fields, 'action') ?? '')) return null
  const original = addressesOf(only(fields, 'original-recipient') ?? '')
  const recipients = original.length > 0 ? original : addressesOf(only(fields, 'final-recipient') ?? '')
  if (recipients.length === 0) return null
  const status = ENHANCED.exec(only(fields, 'status') ?? '')?.[1] ?? null
  const diagnostic = (fields.get('diagnostic-code')?.[0] ?? '').replace(/^[a-z0-9-]+[ \t]*;/i, '')
  const rejected = [status, ENHANCED.exec(diagnostic)?.[1]].some((code) => code?.startsWith('5.1.'))
  return {
    recipients,
    status,
    code: rejected ? REASONS.rejected : REASONS.mailSystem,
    words: plainWords(diagnostic) || plainWords(`${status ?? ''} ${notice}`) || 'failed',
  }
}

const withoutLinks = createRedactor([], { maskAddresses: false })

/** A filter may quote the email it refuses, with its link. What turns text around or ends lines goes too. */
function plainWords(text: string): string {
  const words = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u{61c}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{feff}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  const points = Array.from(withoutLinks(words.slice(0, 4 * LONGEST_WORDS)))
  return points.length > LONGEST_WORDS ? `${points.slice(0, LONGEST_WORDS - 1).join('')}…` : points.join('')
}
