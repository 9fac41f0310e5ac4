import type { Json } from './answer.js'
import type { Directory } from './directory.js'
import { randomFrom, type Random } from './random.js'

export interface NewSignIn {
  readonly userId: string
  /** Default: the intranet's application. */
  readonly appId?: string
  readonly appDisplayName?: string
  /** Default: now. */
  readonly at?: Date
  /** 0, the default, is a success; anything else an AADSTS number. */
  readonly errorCode?: number
  readonly isInteractive?: boolean
  readonly correlationId?: string
  readonly rowId?: string
  /** The log shows the row from then on: rows arrive minutes or hours late. Default: at once. */
  readonly visibleAt?: Date
}

/** `key` is the time with seven digits, so that comparing texts compares times to the last digit. */
export interface SignInRow {
  readonly key: string
  readonly number: number
  readonly id: string
  readonly createdDateTime: string
  readonly userId: string
  readonly userDisplayName: string
  readonly userPrincipalName: string
  readonly appId: string
  readonly appDisplayName: string
  readonly correlationId: string
  readonly isInteractive: boolean
  readonly errorCode: number
  readonly ipAddress: string
  readonly visibleAt: number
}

/** 5 requests in 10 s per application and tenant. https://learn.microsoft.com/graph/throttling-limits */
const AUDIT_LIMIT = { requests: 5, perMs: 10_000 }

/** The tenant's sign-in log, oldest first in memory, whatever order rows are added in. */
export class SignInLog {
  readonly rows: SignInRow[] = []
  /** Refuses reads of the log above `limit`, requests made meanwhile included, by the machine's own clock. */
  throttling = false
  limit: { requests: number; perMs: number } = { ...AUDIT_LIMIT }
  /** 7 days on a free tenant, 30 with P1 or P2. */
  retentionDays = 30
  /** Whether a filter that starts before the retention is a 400, as at times in Graph: microsoft-graph-docs#5676. */
  refusesBeforeRetention = false
  readonly #random: Random
  readonly #asked: number[] = []
  readonly #successes = new Set<string>()
  readonly #activity = new Map<string, Activity>()
  #expiredUpTo = -1
  #pages = 0

  constructor(
    readonly directory: Directory,
    readonly options: { readonly seed: number; readonly appId: string; readonly now: () => Date },
  ) {
    this.#random = randomFrom(options.seed + 0x5157)
  }

  add(signIn: NewSignIn): SignInRow {
    const at = signIn.at ?? this.options.now()
    const number = this.rows.length
    const person = this.directory.find(signIn.userId)
    const correlationId = signIn.correlationId ?? this.#random.guid()
    const isGuest = person?.userType === 'Guest'
    const createdDateTime = spell(at, number)
    const row: SignInRow = {
      key: timeKey(createdDateTime) ?? createdDateTime,
      number,
      id: signIn.rowId ?? this.#random.guid(),
      createdDateTime,
      userId: signIn.userId.toLowerCase(),
      userDisplayName: person?.displayName ?? '',
      userPrincipalName: ((isGuest ? person.mail : person?.userPrincipalName) ?? '').toLowerCase(),
      appId: signIn.appId ?? this.options.appId,
      appDisplayName: signIn.appDisplayName ?? 'Contoso Intranet',
      correlationId,
      isInteractive: signIn.isInteractive ?? true,
      errorCode: signIn.errorCode ?? 0,
      ipAddress: `203.0.113.${this.#random.below(254) + 1}`,
      visibleAt: signIn.visibleAt?.getTime() ?? -Infinity,
    }
    this.rows.splice(this.upTo(row.key), 0, row)
    if (row.errorCode === 0 && row.isInteractive) this.#successes.add(`${row.userId} ${row.appId}`)
    this.#activity.set(row.userId, withRow(this.#activity.get(row.userId) ?? {}, row))
    return row
  }

  /** A row that shows up now for something that happened `lateByMs` ago, after newer rows were read. */
  addLate(signIn: NewSignIn, lateByMs: number): SignInRow {
    return this.add({ ...signIn, at: new Date(this.options.now().getTime() - lateByMs) })
  }

  /** Whether a successful interactive sign-in to an application, by default the intranet, is on record. */
  hasSignedIn(userId: string, appId = this.options.appId): boolean {
    return this.#successes.has(`${userId.toLowerCase()} ${appId}`)
  }

  /** The `signInActivity` of a person; null for whoever has never signed in. */
  activityOf(userId: string): Json {
    const activity = this.#activity.get(userId)
    if (!activity) return null
    const { interactive, other, success } = activity
    return {
      lastSignInDateTime: interactive?.createdDateTime ?? null,
      lastSignInRequestId: interactive?.id ?? null,
      lastNonInteractiveSignInDateTime: other?.createdDateTime ?? null,
      lastNonInteractiveSignInRequestId: other?.id ?? null,
      lastSuccessfulSignInDateTime: success?.createdDateTime ?? null,
      lastSuccessfulSignInRequestId: success?.id ?? null,
    }
  }

  /** Page links handed out so far are dead: they do not survive a throttle in Graph either. */
  expirePages(): void {
    this.#expiredUpTo = this.#pages
  }

  /** Numbers the page links, for `expirePages`. */
  nextPageNumber(): number {
    this.#pages += 1
    return this.#pages
  }

  isExpired(pageNumber: number): boolean {
    return pageNumber <= this.#expiredUpTo
  }

  /** Seconds to wait, as Graph would say it, or null when the request may pass. */
  throttle(clockMs = performance.now()): string | null {
    if (!this.throttling) return null
    while (this.#asked[0] !== undefined && this.#asked[0] <= clockMs - this.limit.perMs) this.#asked.shift()
    this.#asked.push(clockMs)
    const blocking = this.#asked.at(-1 - this.limit.requests)
    return blocking === undefined ? null : ((blocking + this.limit.perMs - clockMs) / 1000).toFixed(3)
  }

  /** How many rows are not later than a time. */
  upTo(key: string): number {
    let low = 0
    let high = this.rows.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.rows[middle]?.key ?? '') <= key) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The newest rows of a person: attempts of both kinds, and successes of either. */
interface Activity {
  readonly interactive?: SignInRow
  readonly other?: SignInRow
  readonly success?: SignInRow
}

function withRow(activity: Activity, row: SignInRow): Activity {
  const newer = (held: SignInRow | undefined): SignInRow => (held && held.key > row.key ? held : row)
  const attempt = row.isInteractive ? { interactive: newer(activity.interactive) } : { other: newer(activity.other) }
  return { ...activity, ...attempt, ...(row.errorCode === 0 ? { success: newer(activity.success) } : {}) }
}

/** Microsoft writes 0 to 7 digits of a second: whole seconds have none, and every third row some below the millisecond. */
function spell(at: Date, number: number): string {
  const iso = at.toISOString()
  if (iso.endsWith('.000Z')) return iso.replace('.000Z', 'Z')
  return number % 3 === 1 ? iso.replace('Z', `${1000 + ((number * 7919) % 9000)}Z`) : iso
}

/** A UTC time with 0 to 7 digits as one with 7; null for what is not such a time. */
export function timeKey(time: string): string | null {
  const [, seconds, digits = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,7}))?Z$/i.exec(time) ?? []
  if (seconds === undefined || Number.isNaN(Date.parse(time))) return null
  return `${seconds.length === 16 ? `${seconds}:00` : seconds}.${digits.padEnd(7, '0')}Z`
}
