import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { interruption } from './clock.js'
import { networkFailure } from './network-failure.js'

/** One request and its whole answer, over whatever carries it: Graph and the sign-in service alike. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'POST'
  /** Absolute. Its path and query go out byte for byte: delta and skip links are opaque. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** The answer is no text: each byte comes as one character. */
  readonly bytes?: boolean
  /** Only the status counts; the answer is not read. */
  readonly statusOnly?: boolean
  readonly signal: AbortSignal
  /** For the whole exchange; the timeouts for headers and silence are shortened to it. */
  readonly timeoutMs: number
}

/** Header names in lower case. Any status is an answer, redirects included: they are never followed. */
export interface ExchangeAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** Throws `graph.unreachable`, `graph.untrusted-certificate`, `graph.incomplete-answer` or `run.interrupted`. */
export type Exchange = (request: ExchangeRequest) => Promise<ExchangeAnswer>

export const CONNECT_TIMEOUT_MS = 10_000
const HEADERS_TIMEOUT_MS = 30_000
const SILENCE_TIMEOUT_MS = 30_000
const LONGEST_TIMER_MS = 2 ** 31 - 1

const unzip = promisify(gunzip)

export function exchangeOver(dispatcher: Dispatcher): Exchange {
  return async (request) => {
    const { url, signal, timeoutMs } = request
    const stopped = (): boolean => signal.aborted
    if (stopped()) throw interruption(signal)
    const cut = new AbortController()
    const abort = (): void => cut.abort()
    const whole = setTimeout(abort, Math.min(timeoutMs, LONGEST_TIMER_MS))
    // A proxy that never answers CONNECT is covered by no timeout of the library's.
    const silent = setTimeout(abort, CONNECT_TIMEOUT_MS + HEADERS_TIMEOUT_MS)
    signal.addEventListener('abort', abort, { once: true })
    let began = false
    try {
      const answer = await dispatcher.request({
        ...addressOf(url),
        method: request.method,
        headers: { ...request.headers, 'accept-encoding': 'gzip' },
        body: request.body ?? null,
        signal: cut.signal,
        headersTimeout: Math.max(1, Math.min(HEADERS_TIMEOUT_MS, timeoutMs)),
        bodyTimeout: Math.max(1, Math.min(SILENCE_TIMEOUT_MS, timeoutMs)),
      })
      clearTimeout(silent)
      began = true
      const headers = flat(answer.headers)
      if (request.statusOnly) {
        void answer.body.dump().catch(() => undefined)
        return { status: answer.statusCode, headers, text: '' }
      }
      const text = await textOf(answer.body, headers['content-encoding'], request.bytes === true)
      return { status: answer.statusCode, headers, text }
    } catch (error) {
      if (stopped()) throw interruption(signal)
      throw networkFailure(error, { url, began, timedOut: cut.signal.aborted })
    } finally {
      clearTimeout(whole)
      clearTimeout(silent)
      signal.removeEventListener('abort', abort)
    }
  }
}

/** The path as given, where HTTP can carry it; parsing it anew would re-encode parts of an opaque link. */
function addressOf(url: string): { origin: string; path: string } {
  const { origin, pathname, search } = new URL(url)
  const asGiven = /^https?:\/\/[^/?#]+(\/[\x21-\x7e]*)$/i.exec(url)?.[1]
  return { origin, path: (asGiven ?? pathname + search).replace(/#.*$/, '') }
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flattened: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flattened[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flattened
}

async function textOf(
  body: Dispatcher.ResponseData['body'],
  encoding: string | undefined,
  asBytes: boolean,
): Promise<string> {
  const zipped = encoding === 'gzip' || encoding === 'x-gzip'
  if (!zipped && !asBytes) return body.text()
  const bytes = Buffer.from(await body.arrayBuffer())
  const whole = zipped && bytes.length > 0 ? await unzip(bytes) : bytes
  return asBytes ? whole.toString('latin1') : new TextDecoder().decode(whole)
}
