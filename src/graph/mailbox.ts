import { ConnectorError } from '../domain/errors.js'
import type { Position, ReceivedMessage, ReportSource } from '../mail/report-source.js'
import type { AnswerFacts, Question } from './call.js'
import type { GraphClient } from './client.js'
import { fieldsOf, textOf } from './envelope.js'
import { collection } from './wire.js'

export interface GraphMailboxSetup {
  /** Its address. */
  readonly mailbox: string
  readonly client: GraphClient
  readonly now: () => Date
  /** How long Graph may say nothing, in ms. */
  readonly silenceMs?: number
}

const SILENCE_MS = 30_000
const PAGE_SIZE = 100
/** One read ends after this many pages; the next goes on from there. */
const MOST_PAGES = 200
/** Exchange may list an email a little later than it says it was received. Reading one again does no harm. */
const OVERLAP_MS = 5 * 60_000
/** Where a new mailbox is read from: links live a week, so older reports are about emails nobody waits for any more. */
const FIRST_READ_MS = 30 * 24 * 60 * 60_000
const SEEN_KEPT = 2000

/** MAPI's message class, and the one of an email that could not be delivered (MS-OXOMSG, MS-OXPROPS). */
const CLASS = "'String 0x001A'"
const UNDELIVERED = 'REPORT.IPM.Note.NDR'
const IS_REPORT = /^REPORT\..*\.NDR$/i
const EXPAND = encode(`singleValueExtendedProperties($filter=id eq ${CLASS})`)

interface Listed {
  readonly id: string
  readonly receivedAt: string
  /** Null where Graph does not say: then the email itself has to be looked at. */
  readonly messageClass: string | null
}

/**
 * A mailbox over Graph. Only what Exchange takes for a report is downloaded; of what else it lists, `raw` is an empty
 * email, for the position moves past it too.
 */
export function graphMailbox(setup: GraphMailboxSetup): ReportSource {
  const { mailbox, client, now, silenceMs = SILENCE_MS } = setup
  const user = `${client.url}/users/${encodeURIComponent(mailbox)}`
  const seen = new Set<string>()
  let filters = true

  async function ask<T>(link: string, question: Omit<Question<T>, 'signal'>, signal: AbortSignal): Promise<T> {
    const silence = AbortSignal.timeout(silenceMs)
    try {
      return await client.get(link, {
        ...question,
        attempts: 1,
        timeoutMs: silenceMs,
        signal: AbortSignal.any([signal, silence]),
      })
    } catch (error) {
      if (signal.aborted || !(error instanceof ConnectorError)) throw error
      throw unreadable(mailbox, error, silence.aborted ? silenceMs : null)
    }
  }

  const page = (link: string, signal: AbortSignal): Promise<InboxPage> =>
    ask(link, { read: (body, facts) => inboxPage(body, facts, client.guard) }, signal)

  /** That extended properties can be filtered by is documented; where it is refused, they are looked at here. */
  async function firstPage(since: string, signal: AbortSignal): Promise<InboxPage> {
    if (filters) {
      try {
        return await page(listLink(user, since, true), signal)
      } catch (error) {
        const refused = error instanceof ConnectorError && error.details.status === 400
        if (!refused) throw error
        filters = false
      }
    }
    return page(listLink(user, since, false), signal)
  }

  async function* read(from: Position, signal: AbortSignal): AsyncGenerator<ReceivedMessage> {
    const start = from.readUntil === null ? now().getTime() - FIRST_READ_MS : Date.parse(from.readUntil) - OVERLAP_MS
    let until = from.readUntil ?? ''
    const positionAt = (receivedAt: string): Position => {
      until = receivedAt > until ? receivedAt : until
      return { validity: null, highestUid: 0, readUntil: until }
    }
    let listed = await firstPage(new Date(start).toISOString().replace(/\.\d+Z$/, 'Z'), signal)
    for (let pages = 1; ; pages += 1) {
      for (const message of listed.messages) {
        const known = seen.has(message.id) && from.readUntil !== null && message.receivedAt <= from.readUntil
        if (known || !isReport(message)) continue
        const link = `${user}/messages/${encodeURIComponent(message.id)}/$value`
        const raw = await ask(link, { bytes: true, read: (body) => Buffer.from(textOf(body), 'latin1') }, signal)
        yield { raw, position: positionAt(message.receivedAt) }
        // Only now: whoever reads has dealt with it, or would not have come back.
        remember(seen, message.id)
      }
      const last = listed.messages.at(-1)
      if (last && last.receivedAt > until) yield { raw: NO_REPORT, position: positionAt(last.receivedAt) }
      if (listed.next === null || pages === MOST_PAGES) return
      listed = await page(listed.next, signal)
    }
  }

  return { name: `graph:${mailbox.toLowerCase()}`, read, close: () => Promise.resolve() }
}

const NO_REPORT = Buffer.from('Content-Type: text/plain\r\n\r\n')

interface InboxPage {
  readonly messages: readonly Listed[]
  readonly next: string | null
}

/** What is sorted by must be filtered by, and come first in the filter (graph-docs "user-list-messages"). */
function listLink(user: string, since: string, filters: boolean): string {
  const isUndelivered = `singleValueExtendedProperties/any(ep: ep/id eq ${CLASS} and ep/value eq '${UNDELIVERED}')`
  const filter = encode(`receivedDateTime ge ${since}${filters ? ` and ${isUndelivered}` : ''}`)
  const select = '$select=id,receivedDateTime'
  const order = `$orderby=${encode('receivedDateTime asc')}`
  return `${user}/mailFolders/inbox/messages?$filter=${filter}&$expand=${EXPAND}&${select}&${order}&$top=${PAGE_SIZE}`
}

function encode(value: string): string {
  return encodeURIComponent(value).replaceAll("'", '%27')
}

function inboxPage(body: unknown, facts: AnswerFacts, guard: (link: string) => void): InboxPage {
  const { value, link } = collection(body, facts)
  const next = link('@odata.nextLink')
  if (next !== null) guard(next)
  return { messages: value.map(listedOf).filter((one) => one !== null), next }
}

function listedOf(entry: unknown): Listed | null {
  const fields = fieldsOf(entry)
  const id = textOf(fields?.['id'])
  const received = Date.parse(textOf(fields?.['receivedDateTime']))
  if (id === '' || Number.isNaN(received)) return null
  const properties = fields?.['singleValueExtendedProperties']
  const values = Array.isArray(properties) ? properties.map((one) => textOf(fieldsOf(one)?.['value'])) : []
  return { id, receivedAt: new Date(received).toISOString(), messageClass: values[0] ?? null }
}

function isReport({ messageClass }: Listed): boolean {
  return messageClass === null || IS_REPORT.test(messageClass)
}

function remember(seen: Set<string>, id: string): void {
  seen.add(id)
  for (const oldest of seen) {
    if (seen.size <= SEEN_KEPT) return
    seen.delete(oldest)
  }
}

function unreadable(mailbox: string, error: ConnectorError, silentMs: number | null): ConnectorError {
  const denied = error.details.status === 403 || error.details.status === 404
  return new ConnectorError('mail.unavailable', {
    message: `We cannot read the mailbox ${mailbox}${silentMs === null ? '' : `: no answer for ${Math.round(silentMs / 1000)} s`}`,
    meanwhile: 'Emails are sent as usual. Only delivery reports wait; the next run reads on where this one stopped.',
    remedy: denied
      ? 'Check that the mailbox exists, that Mail.Read is granted and that access is limited to this mailbox (takes over an hour).'
      : (error.remedy ?? 'Nothing to do; we try again by ourselves.'),
    details: error.details,
    cause: error,
  })
}
