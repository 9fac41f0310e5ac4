import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'

/** A real server on loopback that answers as a test says and remembers what it was asked. */

export interface Received {
  readonly method: string
  /** As it came over the wire. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text or bytes as they are; anything else as JSON. */
  readonly body?: unknown
}

/** A reply, or something worse: the test gets the connection itself. */
export type Answer = Reply | ((response: ServerResponse, request: Received) => void)

export interface TestServer {
  readonly origin: string
  readonly port: number
  readonly received: Received[]
  close(): Promise<void>
}

export interface Identity {
  readonly key: string
  readonly cert: string
}

export async function serve(answer: (request: Received) => Answer, tls?: Identity): Promise<TestServer> {
  const received: Received[] = []
  const listener: RequestListener = (request, response) => {
    void bodyOf(request).then((body) => {
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body }
      received.push(one)
      give(answer(one), response, one)
    })
  }
  const server = tls ? createSecureServer(tls, listener) : createServer(listener)
  const port = await listening(server)
  const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  return { origin, port, received, close: () => (server.listening ? closed(server) : Promise.resolve()) }
}

export async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

export async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

function give(answer: Answer, response: ServerResponse, request: Received): void {
  if (typeof answer === 'function') {
    answer(response, request)
    return
  }
  const { status = 200, headers = {}, body = '' } = answer
  const raw = typeof body === 'string' || Buffer.isBuffer(body)
  response.writeHead(status, { 'content-type': raw ? 'text/plain' : 'application/json', ...headers })
  response.end(raw ? body : JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

export const reset: Answer = (response) => (response.socket as Socket).resetAndDestroy()

export const hang: Answer = () => undefined

/** Half of the body, then the connection ends. */
export function cutShort(body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    const text = JSON.stringify(body)
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...headers,
    })
    response.write(text.slice(0, Math.floor(text.length / 2)), () => response.socket?.destroy())
  }
}

/** Half of the body, then nothing. */
export function goSilent(body: unknown): Answer {
  return (response) => {
    const text = JSON.stringify(body)
    response.writeHead(200, { 'content-length': Buffer.byteLength(text) })
    response.write(text.slice(0, Math.floor(text.length / 2)))
  }
}
