import { createServer } from 'node:http'
import { connect } from 'node:net'
import { closed, listening } from './server.js'

export interface TestProxy {
  readonly url: string
  /** What it was asked to connect to, and with which credentials. */
  readonly tunnels: { readonly target: string; readonly authorization: string | undefined }[]
  close(): Promise<void>
}

/** A real CONNECT proxy. Every name leads to this machine; with a `status` it refuses instead. */
export async function openProxy(status?: number): Promise<TestProxy> {
  const tunnels: { target: string; authorization: string | undefined }[] = []
  const server = createServer()
  server.on('connect', (request, client, head) => {
    const target = request.url ?? ''
    tunnels.push({ target, authorization: request.headers['proxy-authorization'] })
    if (status !== undefined) {
      client.end(`HTTP/1.1 ${status} Refused\r\n\r\n`)
      return
    }
    const upstream = connect(Number(target.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client)
      client.pipe(upstream)
    })
    const end = (): void => {
      upstream.destroy()
      client.destroy()
    }
    for (const socket of [upstream, client]) socket.on('error', end).on('close', end)
  })
  const port = await listening(server)
  return { url: `http://127.0.0.1:${port}`, tunnels, close: () => closed(server) }
}
