import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { openSmtp, type SmtpOptions, type SmtpServer } from '../../../src/mail/smtp.js'
import type { Transport } from '../../../src/mail/transport.js'

export const never = new AbortController().signal

/** Short enough for a server that hangs, long enough for a busy machine. */
export const TIMEOUTS = { connectMs: 5_000, greetingMs: 5_000, answerMs: 5_000 }

export function transportTo(
  port: number,
  server: Partial<SmtpServer> = {},
  options: Partial<SmtpOptions> = {},
): Transport {
  const now = (): Date => new Date('2026-11-21T10:00:00Z')
  return openSmtp(
    { host: '127.0.0.1', port, secure: false, login: null, ...server },
    { now, timeouts: TIMEOUTS, ...options },
  )
}

export interface Received {
  readonly from: string
  readonly to: string
  readonly mailArguments: Readonly<Record<string, string>>
  readonly recipientArguments: Readonly<Record<string, string>>
  readonly raw: string
  readonly protected: boolean
  readonly user: string | undefined
}

export interface Mailbox {
  readonly port: number
  /** How many connections there were. */
  connections: number
  readonly received: Received[]
  /** Ends every connection at once, as a crash does. */
  crash(): void
  close(): Promise<void>
}

export function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}

/** A real server that takes everything, unless `options` say otherwise. */
export async function openMailbox(options: SMTPServerOptions = {}): Promise<Mailbox> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: true,
    hideDSN: false,
    closeTimeout: 100,
    onAuth: ({ username }, _session, done) => done(null, { user: username }),
    onData: (stream, { envelope, secure, user }, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = envelope
        const [recipient] = rcptTo
        if (!mailFrom || !recipient) throw new Error('data without an envelope')
        mailbox.received.push({
          from: mailFrom.address,
          to: recipient.address,
          mailArguments: mailFrom.args as Record<string, string>,
          recipientArguments: recipient.args as Record<string, string>,
          raw: Buffer.concat(chunks).toString('utf8'),
          protected: secure,
          user: typeof user === 'string' ? user : undefined,
        })
        done()
      })
    },
    ...options,
  })
  // What clients do wrong is for the tests to see on their side.
  server.on('error', () => undefined)
  server.server.on('connection', () => (mailbox.connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const mailbox: Mailbox = {
    port: (server.server.address() as AddressInfo).port,
    connections: 0,
    received: [],
    crash: () => {
      // Its own sockets: to destroy one that TLS is wrapped around can take Node 20 down.
      server.connections.forEach(({ _socket }: { _socket: Socket }) => _socket.destroy())
    },
    close: () => {
      mailbox.crash()
      return new Promise((done) => server.close(() => done()))
    },
  }
  return mailbox
}

/** A server that says what it is told to: `answer` gets each line, the first time null for the greeting. */
export async function openScripted(
  answer: (line: string | null, socket: Socket) => string | null,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    const say = (line: string | null): void => {
      const said = answer(line, socket)
      if (said !== null && socket.writable) socket.write(`${said}\r\n`)
    }
    let rest = ''
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\r\n')
      rest = lines.pop() ?? ''
      lines.forEach(say)
    })
    say(null)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      sockets.forEach((socket) => socket.destroy())
      server.close()
      await once(server, 'close')
    },
  }
}
