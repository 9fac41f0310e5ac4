import { randomUUID, createHash } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** Query options by their name in lower case, `$` included: Graph's own links spell them in several ways. */
export type Query = ReadonlyMap<string, string>

/** One request as the simulator reads it. */
export interface Exchange {
  readonly at: Date
  readonly method: string
  /** As received, without the query. */
  readonly path: string
  readonly search: string
  readonly query: Query
  readonly headers: IncomingHttpHeaders
  readonly requestId: string
  readonly clientRequestId: string
}

export function readExchange(request: IncomingMessage, at: Date): Exchange {
  const target = request.url ?? '/'
  const cut = target.indexOf('?')
  const path = cut < 0 ? target : target.slice(0, cut)
  const search = cut < 0 ? '' : target.slice(cut + 1)
  const given = request.headers['client-request-id']
  const clientRequestId = typeof given === 'string' && given !== '' ? given : randomUUID()
  const query = new Map([...new URLSearchParams(search)].map(([name, value]) => [name.toLowerCase(), value]))
  const { method = 'GET', headers } = request
  return { at, method, path, search, query, headers, requestId: randomUUID(), clientRequestId }
}

/** The path's parts, decoded. Null when it cannot be decoded. */
export function segmentsOf(path: string): string[] | null {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent)
  } catch {
    return null
  }
}

/** Enough to tell two tokens apart, nothing to use one with. */
export function redact(authorization: string): string {
  const [scheme = '', credential = ''] = authorization.split(' ')
  return `${scheme} sha256:${createHash('sha256').update(credential).digest('hex').slice(0, 12)}`
}

const MOST_BODY_BYTES = 1_000_000

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > MOST_BODY_BYTES) throw new Error('The body of the request is too large.')
  }
  return Buffer.concat(chunks).toString()
}
