import type { MiddlewareOptions } from '@microsoft/microsoft-graph-client'
import type { ErrorDetails } from '../domain/errors.js'

/** Which permission, and which limits, a request falls under. */
export type Area = 'people' | 'groups' | 'sign-in-log'

/** Facts of an answer. `date` is the server's clock, null when it does not say. */
export interface AnswerFacts {
  readonly details: ErrorDetails
  readonly date: Date | null
}

export interface Question<T> {
  readonly signal: AbortSignal
  /** Runs inside the attempt: an answer it throws `graph.incomplete-answer` over is asked for again. */
  readonly read: (body: unknown, facts: AnswerFacts) => T
  /** The answer is no JSON: `read` is given a text with one character for each byte. */
  readonly bytes?: boolean
  /** Where the link does not say it. */
  readonly area?: Area
  readonly headers?: Readonly<Record<string, string>>
  /** How often at most; without it only patience limits the tries. */
  readonly attempts?: number
  /** For one attempt; without it what is left of the patience. */
  readonly timeoutMs?: number
}

/** One request on its way through the chain. A class because the SDK finds a request's options by their class. */
export class Call<T> implements MiddlewareOptions {
  readonly area: Area
  /** Of the present attempt. */
  startedAt = 0
  token = ''
  renewed = false
  answer: { readonly value: T } | null = null
  failure: unknown = null

  constructor(
    /** Verbatim: the SDK takes links apart and puts them together differently. */
    readonly link: string,
    readonly question: Question<T>,
  ) {
    this.area = question.area ?? areaOf(link)
  }

  get signal(): AbortSignal {
    return this.question.signal
  }

  get attempts(): number {
    return this.question.attempts ?? Infinity
  }
}

function areaOf(link: string): Area {
  const [path = ''] = link.split(/[?#]/)
  if (/\/auditlogs\//i.test(path)) return 'sign-in-log'
  return /\/groups(?:\/|$)|\/(?:transitive)?memberof(?:\/|$)/i.test(path) ? 'groups' : 'people'
}

/** A link of the chain: fills `answer`, or throws a `ConnectorError`. */
export type Step = (call: Call<unknown>) => Promise<void>
