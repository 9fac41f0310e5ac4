import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A real SMTP server that takes everything and counts it. */
export interface SmtpSink {
  readonly port: number
  /** How many messages it has accepted so far. */
  received(): number
  /** How often each Message-ID came. */
  byMessageId(): ReadonlyMap<string, number>
  close(): Promise<void>
}

/** `delayMs`: how long it thinks before it accepts a message. */
export async function smtpSink(delayMs = 0): Promise<SmtpSink> {
  const times = new Map<string, number>()
  let received = 0
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, _session, done) {
      let head = ''
      stream.on('data', (chunk: Buffer) => {
        if (head.length < 4000) head += chunk.toString('latin1')
      })
      stream.on('end', () => {
        const id = /^message-id:\s*(<[^>]+>)/im.exec(head)?.[1] ?? 'none'
        times.set(id, (times.get(id) ?? 0) + 1)
        received += 1
        if (delayMs > 0) setTimeout(done, delayMs)
        else done()
      })
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    port: (server.server.address() as AddressInfo).port,
    received: () => received,
    byMessageId: () => times,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
