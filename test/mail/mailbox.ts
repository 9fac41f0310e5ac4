import { ImapFlow } from 'imapflow'
import type { ConnectorError } from '../../src/domain/errors.js'
import { imapSource } from '../../src/mail/imap.js'
import type { Position, ReceivedMessage, ReportSource } from '../../src/mail/report-source.js'
import { readReport } from '../../src/mail/report.js'
import { privateIdentity } from '../graph/support/certificates.js'
import { startDovecot, type Dovecot } from '../support/dovecot.js'

/** Folders on a real server, read as the connector reads them. */
export interface Mailbox {
  readonly server: Dovecot
  /** A new folder with these messages. */
  aFolder(messages: readonly (Buffer | string)[]): string
  source(over?: Over): ReportSource
  reading(over: Over, from?: Position, signal?: AbortSignal): Promise<Reading>
  /** Everything after `from`. */
  read(over: Over, from?: Position): Promise<ReceivedMessage[]>
  /** Somebody who uses the mailbox besides us. */
  asSomebody<T>(folder: string, work: (client: ImapFlow) => Promise<T>): Promise<T>
}

export interface Over {
  readonly folder?: string
  readonly port?: number
  readonly secure?: boolean
  readonly user?: string
  readonly password?: string
  readonly ca?: string | null
  readonly silenceMs?: number
}

export interface Reading {
  readonly messages: ReceivedMessage[]
  readonly error: ConnectorError | null
}

export const START: Position = { validity: null, highestUid: 0, readUntil: null }
export const OTHER_ID = '5f0c1f9e-0000-4000-8000-000000000002'
export const NOISE = 'From: a@b.example\r\nSubject: Hello\r\n\r\nNothing in particular.\r\n'

/** Offers TLS with a certificate of a private authority, which `source` trusts unless told otherwise. */
export async function aMailbox(): Promise<Mailbox> {
  const identity = privateIdentity()
  const server = await startDovecot({ tls: identity })
  let folders = 0

  function source({ port = server.port, secure = false, folder = 'INBOX', ...over }: Over = {}): ReportSource {
    const { user = server.user, password = server.password, ca = identity.cert, silenceMs = 5000 } = over
    const host = '127.0.0.1'
    const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
    const url = `imap${secure ? 's' : ''}://${login}@${host}:${port}/${encodeURIComponent(folder)}`
    return imapSource({ config: { kind: 'imap', host, port, secure, folder }, url, ca, silenceMs })
  }

  const reading = (over: Over, from = START, signal?: AbortSignal): Promise<Reading> =>
    takeAll(source(over), { from, ...(signal ? { signal } : {}) })

  return {
    server,
    source,
    reading,
    aFolder: (messages) => {
      const folder = `Reports-${(folders += 1)}`
      server.createFolder(folder)
      server.deliver(messages, folder)
      return folder
    },
    read: async (over, from) => {
      const { messages, error } = await reading(over, from)
      if (error) throw error
      return messages
    },
    asSomebody: async (folder, work) => {
      const client = new ImapFlow({
        host: '127.0.0.1',
        port: server.port,
        secure: false,
        doSTARTTLS: false,
        auth: { user: server.user, pass: server.password },
        logger: false,
      })
      await client.connect()
      try {
        await client.mailboxOpen(folder)
        return await work(client)
      } finally {
        await client.logout()
      }
    },
  }
}

export interface Taking {
  readonly from?: Position
  readonly signal?: AbortSignal
  /** Called with each message and how many there are by then. */
  readonly onMessage?: (count: number) => Promise<void> | void
}

/** What a source yields, and what it throws. */
export async function takeAll(
  source: ReportSource,
  { from = START, signal, onMessage }: Taking = {},
): Promise<Reading> {
  const messages: ReceivedMessage[] = []
  try {
    for await (const message of source.read(from, signal ?? new AbortController().signal)) {
      messages.push(message)
      await onMessage?.(messages.length)
    }
    return { messages, error: null }
  } catch (error) {
    return { messages, error: error as ConnectorError }
  } finally {
    await source.close()
  }
}

/** The emails the reports among them name. */
export async function idsOf(messages: readonly ReceivedMessage[]): Promise<string[]> {
  const reports = await Promise.all(messages.map(({ raw }) => readReport(raw)))
  return reports.flatMap((report) => report?.emailIds ?? [])
}
