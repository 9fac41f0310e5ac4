import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Transform } from 'node:stream'

/** What may happen between a mail server and us. */

export interface Proxy {
  readonly port: number
  /** What the client has sent, as text. */
  sent(): string
  cut(): void
  /** Nothing is passed on any more, and nobody is told. */
  mute(): void
  close(): Promise<void>
}

/** `told` alters what the server says. */
export async function startProxy(target: number, told = (text: string): string => text): Promise<Proxy> {
  const sockets = new Set<Socket>()
  const chunks: Buffer[] = []
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined))
    client.on('data', (chunk: Buffer) => chunks.push(chunk))
    client.pipe(upstream)
    const alter = new Transform({
      transform: (chunk: Buffer, _, done) => done(null, Buffer.from(told(chunk.toString('latin1')), 'latin1')),
    })
    upstream.pipe(alter).pipe(client)
  })
  const cut = (): void => sockets.forEach((socket) => socket.destroy())
  return {
    port: await listening(server),
    sent: () => Buffer.concat(chunks).toString('latin1'),
    cut,
    mute: () => sockets.forEach((socket) => socket.unpipe().resume()),
    close: () => {
      cut()
      return closed(server)
    },
  }
}

/** Takes connections and never says a word. */
export async function startMute(): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)))
  const port = await listening(server)
  return {
    port,
    close: () => {
      sockets.forEach((socket) => socket.destroy())
      return closed(server)
    },
  }
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
