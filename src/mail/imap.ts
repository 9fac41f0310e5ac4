import { createHash } from 'node:crypto'
import * as tls from 'node:tls'
import { ImapFlow, type MailboxObject } from 'imapflow'
import type { BouncesConfig } from '../config/config.js'
import { ConnectorError } from '../domain/errors.js'
import { imapFailure } from './imap-failure.js'
import type { Position, ReceivedMessage, ReportSource } from './report-source.js'
import { LARGEST_REPORT } from './report.js'

export interface ImapSourceOptions {
  readonly config: Extract<BouncesConfig, { kind: 'imap' }>
  /** As in BOUNCES_URL: user and password are read from it, percent-encoded. */
  readonly url: string
  /** Authorities in PEM form, trusted besides those Node brings along. */
  readonly ca: string | null
  /** How long the server may say nothing, in ms. */
  readonly silenceMs?: number
}

const SILENCE_MS = 30_000
const BATCH = 250

/**
 * A mailbox read over IMAP (RFC 3501): opened with EXAMINE and fetched with BODY.PEEK, so nothing in it changes. Only
 * messages that call themselves a report are downloaded; of others, and of those over 10 MB, `raw` is just the field
 * that says so, for the position moves past them too. `imap:` is encrypted with STARTTLS when the server offers it.
 */
export function imapSource({ config, url, ca, silenceMs = SILENCE_MS }: ImapSourceOptions): ReportSource {
  const { host, port, secure, folder } = config
  const login = loginOf(url)
  const open = new Set<ImapFlow>()

  function connection(): ImapFlow {
    const client = new ImapFlow({
      host,
      port,
      secure,
      auth: login,
      logger: false,
      disableAutoIdle: true,
      disableCompression: true,
      connectionTimeout: silenceMs,
      greetingTimeout: silenceMs,
      socketTimeout: silenceMs,
      maxLiteralSize: 2 * LARGEST_REPORT,
      maxLockHoldTime: false,
      ...(ca === null ? {} : { tls: { ca: [...known(), ca] } }),
    })
    open.add(client)
    return client
  }

  async function* read(from: Position, signal: AbortSignal): AsyncGenerator<ReceivedMessage> {
    const client = connection()
    // The reason arrives as an event; the command that was under way only hears that the connection is gone.
    let reason: unknown = null
    client.on('error', (error) => (reason ??= error))
    const stop = (): void => client.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      if (signal.aborted) throw interrupted()
      await client.connect()
      // Held all the time: the silence of a server nobody asks anything is no failure.
      await client.getMailboxLock(folder, { readOnly: true })
      yield* messagesAfter(client, from)
      await client.logout()
    } catch (error) {
      if (signal.aborted) throw interrupted()
      throw imapFailure(reason ?? error, { host, port, folder, silenceMs, secrets: [login.user, login.pass] })
    } finally {
      signal.removeEventListener('abort', stop)
      open.delete(client)
      client.close()
    }
  }

  return {
    name: `${secure ? 'imaps' : 'imap'}://${host.includes(':') ? `[${host}]` : host}:${port}/${folder}#${mark(login.user)}`,
    read,
    close: () => {
      for (const client of open) client.close()
      return Promise.resolve()
    },
  }
}

async function* messagesAfter(client: ImapFlow, from: Position): AsyncGenerator<ReceivedMessage> {
  const validity = String((client.mailbox as MailboxObject).uidValidity)
  const highest = from.validity === validity ? from.highestUid : 0
  const uids = await uidsAfter(client, highest)
  for (let start = 0; start < uids.length; start += BATCH) {
    const batch = uids.slice(start, start + BATCH)
    const kinds = await kindsOf(client, batch)
    for (const uid of batch) {
      const kind = kinds.get(uid)
      // Deleted by somebody in the meantime.
      if (!kind) continue
      const raw = (kind.wanted ? await download(client, uid) : null) ?? kind.field
      yield { raw, position: { validity, highestUid: uid, readUntil: null } }
    }
  }
}

/** In order. `7:*` names the last message even when its UID is 5 (RFC 3501 6.4.8). */
async function uidsAfter(client: ImapFlow, highest: number): Promise<number[]> {
  if ((client.mailbox as MailboxObject).exists === 0) return []
  const found = await client.search({ uid: `${highest + 1}:*` }, { uid: true })
  checkOpen(client)
  if (!found) throw new Error('The server did not say which messages there are')
  return found.filter((uid) => uid > highest).sort((a, b) => a - b)
}

interface Kind {
  readonly wanted: boolean
  /** The Content-Type field. */
  readonly field: Buffer
}

async function kindsOf(client: ImapFlow, uids: readonly number[]): Promise<Map<number, Kind>> {
  const kinds = new Map<number, Kind>()
  const query = { uid: true, size: true, headers: ['Content-Type'] }
  for await (const { uid, size = 0, headers } of client.fetch(uids.join(','), query, { uid: true })) {
    // Without it: a change of flags, told in between.
    if (!headers) continue
    const wanted = size <= LARGEST_REPORT && /^content-type:\s*multipart\/report\b/im.test(headers.toString('latin1'))
    kinds.set(uid, { wanted, field: headers })
  }
  checkOpen(client)
  return kinds
}

/** Null when it is gone, or larger than the server said. */
async function download(client: ImapFlow, uid: number): Promise<Buffer | null> {
  const query = { uid: true, source: { start: 0, maxLength: LARGEST_REPORT + 1 } }
  const answers = await client.fetchAll(String(uid), query, { uid: true })
  checkOpen(client)
  const source = answers.find((answer) => answer.uid === uid && answer.source)?.source
  return source && source.length <= LARGEST_REPORT ? source : null
}

/** The library answers on a closed connection as if there were no messages: they must not count as read. */
function checkOpen(client: ImapFlow): void {
  if (!client.usable || !client.mailbox) throw new Error('The connection has ended')
}

function known(): readonly string[] {
  // Since Node 22.15; before it only the authorities Node brings along can be named.
  const { getCACertificates }: typeof tls & { getCACertificates?: (type: 'default') => string[] } = tls
  return getCACertificates?.('default') ?? tls.rootCertificates
}

function loginOf(url: string): { user: string; pass: string } {
  const { username, password } = new URL(url)
  return { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
}

/** Tells the mailboxes of one server apart without saying whose they are. */
function mark(user: string): string {
  return createHash('sha256').update(user).digest('hex').slice(0, 8)
}

function interrupted(): ConnectorError {
  return new ConnectorError('run.interrupted', { message: 'The run was stopped' })
}
