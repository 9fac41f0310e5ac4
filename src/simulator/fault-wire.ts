import type { ServerResponse } from 'node:http'
import { TLSSocket } from 'node:tls'
import { bodyOf, type Answer } from './answer.js'
import type { WireFault } from './faults.js'

/** How an answer leaves: whole, in two halves with a pause between, or spoiled on the way. */
export type Wire = WireFault | { readonly pauseMs: number } | null

export function send(response: ServerResponse, answer: Answer, wire: Wire): void {
  if (wire === null) sendWhole(response, answer)
  else if (typeof wire === 'object') sendInHalves(response, answer, wire.pauseMs)
  else spoil(response, answer, wire)
}

function sendWhole(response: ServerResponse, answer: Answer): void {
  const length = answer.body.reduce((sum, chunk) => sum + chunk.length, 0)
  response.writeHead(answer.status, { ...answer.headers, 'Content-Length': length })
  for (const chunk of answer.body) response.write(chunk)
  response.end()
}

function sendInHalves(response: ServerResponse, answer: Answer, pauseMs: number): void {
  const body = bodyOf(answer)
  const half = body.length >> 1
  response.writeHead(answer.status, { ...answer.headers, 'Content-Length': body.length })
  response.write(body.subarray(0, half))
  setTimeout(() => response.end(body.subarray(half)), pauseMs).unref()
}

function spoil(response: ServerResponse, answer: Answer, fault: WireFault): void {
  const body = bodyOf(answer)
  const half = body.subarray(0, Math.max(body.length >> 1, 1))
  switch (fault) {
    case 'reset':
      breakOff(response)
      return
    case 'reset-after-headers':
      response.writeHead(answer.status, { ...answer.headers, 'Content-Length': body.length + 1 })
      response.flushHeaders()
      response.socket?.write('', () => setTimeout(() => breakOff(response), 5))
      return
    case 'truncate':
      response.writeHead(answer.status, { ...answer.headers, 'Content-Length': body.length, Connection: 'close' })
      response.write(half, () => response.socket?.end())
      return
    case 'cut-json':
      response.writeHead(answer.status, { ...answer.headers, 'Content-Length': half.length })
      response.end(half)
      return
    case 'hang':
      return
    case 'hang-body':
      response.writeHead(answer.status, { ...answer.headers, 'Content-Length': body.length + 1 })
      response.write(half)
  }
}

/** An encrypted socket knows no reset; its caller sees one all the same, as nobody said goodbye. */
function breakOff({ socket }: ServerResponse): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket?.resetAndDestroy()
}
