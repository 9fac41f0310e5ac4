/**
 * Every failure that reaches a person. `message` is the headline; `meanwhile` says what is safe; `remedy` what to do;
 * `details` carries Microsoft's codes and ids for support. None of them ever holds a secret, a token or a link.
 */

export type ErrorKind = 'usage' | 'denied' | 'unavailable' | 'lease' | 'interrupted' | 'caller' | 'failed'

/** The closed list of codes. Scripts read them in `error.code`; the kind decides the exit code and the job's next step. */
export const ERROR_KINDS = {
  'usage.invalid': 'usage',
  'settings.invalid': 'usage',
  'settings.wrong-tenant': 'usage',
  'sign-in.refused': 'denied',
  'graph.denied': 'denied',
  'graph.no-premium-licence': 'denied',
  'graph.token-refused': 'denied',
  'graph.throttled': 'unavailable',
  'graph.unavailable': 'unavailable',
  'graph.unreachable': 'unavailable',
  'graph.untrusted-certificate': 'unavailable',
  'graph.incomplete-answer': 'unavailable',
  'graph.restart-pass': 'unavailable',
  'graph.restart-round': 'unavailable',
  'graph.foreign-link': 'failed',
  'graph.redirected': 'failed',
  'graph.refused': 'failed',
  'graph.not-found': 'failed',
  'store.unreachable': 'unavailable',
  'store.locked': 'unavailable',
  'store.full': 'unavailable',
  'store.read-only': 'unavailable',
  'store.corrupt': 'unavailable',
  'store.schema-newer': 'unavailable',
  'mail.unavailable': 'unavailable',
  'mail.denied': 'denied',
  'lease.held': 'lease',
  'lease.lost': 'lease',
  'run.interrupted': 'interrupted',
  'login.refused': 'denied',
  'user.unknown': 'caller',
  'user.ambiguous': 'caller',
  'run.unknown': 'caller',
  'run.not-undoable': 'caller',
  'hold.unknown': 'caller',
  'hold.decided': 'caller',
  'token.unknown': 'caller',
  'port.taken': 'usage',
  'output.failed': 'failed',
  bug: 'failed',
} as const satisfies Record<string, ErrorKind>
export type ErrorCode = keyof typeof ERROR_KINDS

export const EXIT_CODES = {
  done: 0,
  failed: 1,
  caller: 1,
  usage: 2,
  skipped: 3,
  denied: 4,
  unavailable: 5,
  held: 6,
  lease: 7,
  interrupted: 130,
} as const

/** What Microsoft, a mail server or a store said, for the details block. Times are ISO 8601 UTC. */
export interface ErrorDetails {
  readonly code?: string
  readonly status?: number
  readonly requestId?: string
  readonly correlationId?: string
  readonly at?: string
  readonly words?: string
}

export interface ErrorText {
  readonly message: string
  readonly remedy?: string
  readonly meanwhile?: string
  readonly details?: ErrorDetails
  /** Ask again no sooner than this. */
  readonly retryAt?: Date
  readonly cause?: unknown
}

export class ConnectorError extends Error {
  override readonly name = 'ConnectorError'
  readonly remedy: string | null
  readonly meanwhile: string | null
  readonly details: ErrorDetails
  readonly retryAt: Date | null

  constructor(
    readonly code: ErrorCode,
    text: ErrorText,
  ) {
    super(text.message, text.cause === undefined ? undefined : { cause: text.cause })
    this.remedy = text.remedy ?? null
    this.meanwhile = text.meanwhile ?? null
    this.details = text.details ?? {}
    this.retryAt = text.retryAt ?? null
  }

  get kind(): ErrorKind {
    return ERROR_KINDS[this.code]
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind]
  }
}

/**
 * Whether this stays until a person puts something right; everything else passes by itself. A code we do not know was
 * written by another version: then it is a person's.
 */
export function needsAPerson(code: string): boolean {
  const kind = Object.hasOwn(ERROR_KINDS, code) ? ERROR_KINDS[code as ErrorCode] : 'failed'
  return code === 'graph.untrusted-certificate' || kind === 'usage' || kind === 'denied' || kind === 'failed'
}

/** Any error as one of ours: what is not ours is a bug, told as such and never silently. */
export function toConnectorError(error: unknown, step: string): ConnectorError {
  if (error instanceof ConnectorError) return error
  return new ConnectorError('bug', {
    message: `Something unexpected happened while ${step}: ${error instanceof Error ? error.message : String(error)}`,
    meanwhile: MEANWHILE.kept,
    remedy: 'This is a fault of ours. Run it again; if it stays, report it with the details of the log.',
    cause: error,
  })
}

/** What did not happen: said before what to do. */
export const MEANWHILE = {
  kept: 'Everyone keeps their data and access. Nobody was removed.',
  progress: 'Everyone keeps their data and access. What was read so far is saved; the next run continues there.',
  undo: 'Who has been put back stays so. The same command goes on with the others.',
  directory: 'Reading people goes on; only first logins from the sign-in log wait.',
  page: 'The page was not saved; it is read again.',
} as const

export const WAIT = 'Nothing to do; we try again by ourselves.'
