import { emptyAnswer, type Answer } from './answer.js'
import { badRequest, GraphRefusal, throttled } from './errors.js'
import type { Mailboxes } from './mailboxes.js'
import { addressesIn, headersOf, nonDeliveryReport } from './mime.js'
import type { GraphRequest, Tenant } from './tenant.js'

/** An email that was accepted. `mime` is null for one given as JSON. */
export interface CaughtMail {
  readonly at: Date
  readonly sender: string
  /** Lower case. */
  readonly to: readonly string[]
  readonly subject: string
  /** Names in lower case; of a repeated header the last one. */
  readonly headers: Readonly<Record<string, string>>
  readonly mime: string | null
  readonly message: Readonly<Record<string, unknown>> | null
}

const MINUTE_MS = 60_000

/** Exchange's side of `sendMail`. https://learn.microsoft.com/graph/api/user-sendmail */
export class Outbox {
  readonly caught: CaughtMail[] = []
  /** Per mailbox. https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits */
  perMinute = 30
  /** Addresses Exchange does not even accept for delivery. */
  readonly invalid = new Set<string>()
  /** Addresses an accepted email comes back from, with the status of the report (`5.1.1`). */
  readonly bouncing = new Map<string, string>()
  readonly #sent: { readonly sender: string; readonly at: number }[] = []

  constructor(readonly mailboxes: Mailboxes) {}

  accept(sender: string, mail: Omit<CaughtMail, 'sender'>): void {
    const from = addressesIn(mail.headers['from'] ?? sender)[0]
    if (from !== undefined && from !== sender.toLowerCase())
      throw new GraphRefusal(
        403,
        'ErrorSendAsDenied',
        'The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.',
      )
    if (mail.to.length === 0 || mail.to.some((address) => this.invalid.has(address)))
      throw new GraphRefusal(400, 'ErrorInvalidRecipients', 'At least one recipient is not valid.')
    this.#count(sender.toLowerCase(), mail.at)
    this.caught.push({ ...mail, sender: sender.toLowerCase() })
    for (const address of mail.to) {
      const status = this.bouncing.get(address)
      if (status !== undefined) this.mailboxes.deliver(sender, nonDeliveryReport(mail, { address, status }))
    }
  }

  #count(sender: string, at: Date): void {
    const since = at.getTime() - MINUTE_MS
    const recent = this.#sent.filter((one) => one.sender === sender && one.at > since)
    const blocking = recent.at(-this.perMinute)
    if (blocking) throw throttled(String(Math.ceil((blocking.at - since) / 1000)))
    this.#sent.push({ sender, at: at.getTime() })
  }
}

/** `POST /users/{sender}/sendMail`: MIME in base64, or JSON. */
export function sendMail(tenant: Tenant, { exchange, body, segments }: GraphRequest): Answer {
  const sender = tenant.mailboxes.require(segments[1] ?? '')
  const type = exchange.headers['content-type'] ?? ''
  const { at } = exchange
  if (/^text\/plain\b/i.test(type)) tenant.outbox.accept(sender, { at, ...fromMime(body) })
  else if (/^application\/json\b/i.test(type)) tenant.outbox.accept(sender, { at, ...fromJson(body) })
  else throw new GraphRefusal(415, 'RequestBodyRead', 'The content type of the request is not supported.')
  return emptyAnswer(202)
}

type Mail = Omit<CaughtMail, 'at' | 'sender'>

/** Its headers are taken as they are. */
function fromMime(body: string): Mail {
  const bytes = Buffer.from(body.trim(), 'base64')
  if (bytes.length === 0 || bytes.toString('base64').replace(/=+$/, '') !== body.replace(/\s+|=+$/g, ''))
    throw new GraphRefusal(400, 'ErrorMimeContentInvalidBase64String', 'Invalid base64 string for MIME content.')
  const mime = bytes.toString('latin1')
  const headers = headersOf(mime)
  const recipients = [headers['to'], headers['cc'], headers['bcc']].flatMap((value) => addressesIn(value ?? ''))
  return { to: recipients, subject: headers['subject'] ?? '', headers, mime, message: null }
}

/** Only headers whose name starts with `x-` may be set. */
function fromJson(body: string): Mail {
  const message = objectOf(objectOf(parsed(body))['message'])
  const headers: Record<string, string> = {}
  for (const header of listOf(message['internetMessageHeaders'])) {
    const name = String(objectOf(header)['name'])
    if (!/^x-/i.test(name))
      throw new GraphRefusal(
        400,
        'InvalidInternetMessageHeader',
        `The internet message header name '${name}' should start with 'x-' or 'X-'.`,
      )
    headers[name.toLowerCase()] = String(objectOf(header)['value'])
  }
  const names = ['toRecipients', 'ccRecipients', 'bccRecipients']
  const recipients = names.flatMap((name) =>
    listOf(message[name]).map((one) => objectOf(objectOf(one)['emailAddress'])),
  )
  const to = recipients.map(({ address }) => String(address).toLowerCase()).filter((address) => address.includes('@'))
  const { subject = '' } = message
  return { to, subject: typeof subject === 'string' ? subject : '', headers, mime: null, message }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw badRequest('Unable to read JSON request payload.')
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
