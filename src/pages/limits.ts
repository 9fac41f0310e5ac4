import type { FastifyRequest, RouteShorthandOptions } from 'fastify'

/**
 * How often one network may press a button. Generous, because a whole company may be one network: they stop a program, not
 * a person. Whoever holds a real link is never counted.
 */

const MINUTE_MS = 60_000

/** Thrown when there were too many. `answer` is what the page says. */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests'
  readonly statusCode = 429

  constructor(
    readonly answer: 'sent' | 'fault',
    readonly minutes: number,
  ) {
    super('Too many requests from one network')
  }
}

interface Exceeded {
  readonly ttl: number
}

function tooMany(answer: TooManyRequests['answer']): (request: FastifyRequest, exceeded: Exceeded) => Error {
  return (_request, { ttl }) => new TooManyRequests(answer, Math.max(1, Math.ceil(ttl / MINUTE_MS)))
}

/** For the limiter itself: it limits only the routes that ask for it, and tells nobody how much is left. */
export const LIMITER = {
  global: false,
  addHeaders: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
  addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
} as const

/** Asking for an email. Whoever is over the limit reads what everybody reads, and when to ask again. */
export const ASKING: RouteShorthandOptions = {
  config: { rateLimit: { max: 60, timeWindow: 10 * MINUTE_MS, errorResponseBuilder: tooMany('sent') } },
}

/** Buttons behind a link or a session: `isGenuine` says whether this request holds a real one. */
export function guessing(isGenuine: (request: FastifyRequest) => Promise<boolean>): RouteShorthandOptions {
  const rateLimit = { max: 300, timeWindow: MINUTE_MS, allowList: isGenuine, errorResponseBuilder: tooMany('fault') }
  return { config: { rateLimit } }
}
