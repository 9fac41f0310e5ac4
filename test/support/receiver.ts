import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'

/** A receiver of webhooks on this machine. */
export interface Receiver {
  readonly url: string
  readonly received: readonly Received[]
  /** How requests are answered from now on; 204 at first. */
  answer: (response: ServerResponse) => void
  close(): Promise<void>
}

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly json: Readonly<Record<string, unknown>>
}

export async function aReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      const json = JSON.parse(body) as Received['json']
      received.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body, json })
      receiver.answer(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hooks/o’brien?key=1`,
    received,
    answer: (response) => response.writeHead(204).end(),
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return receiver
}

/** As the README tells receivers to do it. */
export function expectSigned({ headers, body }: Received, secret: string): void {
  const timestamp = String(headers['x-connector-timestamp'])
  const expected = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  expect(headers['x-connector-signature']).to.equal(`sha256=${expected}`)
}
