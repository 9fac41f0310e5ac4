import { createHash } from 'node:crypto'
import { GraphRefusal } from './errors.js'
import type { Directory } from './directory.js'
import { headersOf } from './mime.js'

/** An email in an inbox. `messageClass` is MAPI's property 0x001A. */
export interface InboxMessage {
  readonly id: string
  readonly receivedAt: Date
  readonly subject: string
  readonly messageClass: string
  readonly mime: Buffer
}

export interface Delivered {
  /** Default: now. */
  readonly receivedAt?: Date
  /** Default: what Exchange would give it. */
  readonly messageClass?: string
}

/** The inboxes of the tenant, in the order emails came. */
export class Mailboxes {
  /** Refuses filters by extended property: that they work is documented, but nobody has seen it everywhere. */
  refusesPropertyFilter = false
  /** Existing mailboxes that Graph cannot reach, such as those still on premises. */
  readonly unreachable = new Set<string>()
  readonly #inboxes = new Map<string, InboxMessage[]>()
  #delivered = 0

  constructor(readonly options: { readonly directory: Directory; readonly domain: string; readonly now: () => Date }) {}

  deliver(mailbox: string, mime: string | Buffer, { receivedAt, messageClass }: Delivered = {}): InboxMessage {
    const bytes = typeof mime === 'string' ? Buffer.from(mime, 'latin1') : mime
    const headers = headersOf(bytes.toString('latin1'))
    this.#delivered += 1
    const message: InboxMessage = {
      id: createHash('sha256').update(`${mailbox} ${this.#delivered}`).digest('base64url').slice(0, 40),
      receivedAt: receivedAt ?? this.options.now(),
      subject: headers['subject'] ?? '',
      messageClass: messageClass ?? classOf(headers['content-type'] ?? ''),
      mime: bytes,
    }
    this.inbox(mailbox).push(message)
    return message
  }

  inbox(mailbox: string): InboxMessage[] {
    const key = mailbox.toLowerCase()
    const known = this.#inboxes.get(key)
    if (known) return known
    const empty: InboxMessage[] = []
    this.#inboxes.set(key, empty)
    return empty
  }

  /** The address of a mailbox by address or object id; every address of the domain is one. Throws as Exchange does. */
  require(name: string): string {
    const { directory, domain } = this.options
    const person = directory.find(name)
    const address = (person?.standing === 'live' ? (person.mail ?? person.userPrincipalName) : name).toLowerCase()
    if (!address.endsWith(`@${domain.toLowerCase()}`))
      throw new GraphRefusal(404, 'ErrorInvalidUser', `The requested user '${name}' is invalid.`)
    if (this.unreachable.has(address))
      throw new GraphRefusal(
        404,
        'MailboxNotEnabledForRESTAPI',
        'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
      )
    return address
  }
}

function classOf(contentType: string): string {
  return /^multipart\/report\b/i.test(contentType) && /delivery-status/i.test(contentType)
    ? 'REPORT.IPM.Note.NDR'
    : 'IPM.Note'
}
