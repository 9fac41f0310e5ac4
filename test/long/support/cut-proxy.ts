import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

const WRITES: readonly string[] = ['insert', 'update', 'delete', 'findAndModify']

/** Between a store and its server: cuts the connection at a write, before it arrives or before its answer does. */
export class CutProxy {
  /** Writes that came by since `cut` was called. */
  seen = 0
  #cutAt = Infinity
  #when: 'before' | 'after' = 'before'
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(
    private readonly host: string,
    private readonly port: number,
  ) {
    this.#server = createServer((client) => {
      this.#carry(client)
    })
  }

  static async start(url: string): Promise<CutProxy> {
    const { hostname, port } = new URL(url)
    const proxy = new CutProxy(hostname, Number(port === '' ? 27017 : port))
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** The same address, through here. */
  through(url: string): string {
    const { port } = this.#server.address() as AddressInfo
    const own = new URL(url)
    own.hostname = '127.0.0.1'
    own.port = String(port)
    return own.href
  }

  /** The write with this number, counted from 1 and from now, is cut: once. */
  cut(n: number, when: 'before' | 'after'): void {
    this.seen = 0
    this.#cutAt = n
    this.#when = when
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #carry(client: Socket): void {
    const server = connect(this.port, this.host)
    let waiting = Buffer.alloc(0)
    let isMute = false
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
    client.on('data', (data) => {
      waiting = Buffer.concat([waiting, data])
      for (let size = sizeOf(waiting); size > 0; size = sizeOf(waiting)) {
        const message = waiting.subarray(0, size)
        waiting = waiting.subarray(size)
        if (WRITES.includes(commandOf(message)) && (this.seen += 1) === this.#cutAt) {
          if (this.#when === 'before') {
            client.destroy()
            return
          }
          isMute = true
        }
        server.write(message)
      }
    })
    server.on('data', (data) => {
      if (isMute) client.destroy()
      else client.write(data)
    })
  }
}

/** Of the first message, 0 while it is not all there: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
function sizeOf(data: Buffer): number {
  if (data.length < 4) return 0
  const size = data.readInt32LE(0)
  return data.length >= size ? size : 0
}

/** The name of the first element of an OP_MSG's document: header 16, flags 4, kind 1, length 4, type 1. */
function commandOf(message: Buffer): string {
  const start = 26
  return message.subarray(start, message.indexOf(0, start)).toString()
}
