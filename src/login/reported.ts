import { ConnectorError } from '../domain/errors.js'
import { theOne, unknown } from '../domain/find.js'
import { isGuid } from '../domain/guid.js'
import { applyLogins, widen, type LoginSpan } from '../domain/login.js'
import type { User, UserChange } from '../domain/user.js'
import type { ConnectionStore } from '../store/port.js'
import { LOST_RACES, overtaken } from '../store/races.js'

/** Logins an intranet reports that does its own login: proofs of a first login, as good as Microsoft's log. */

/** `user`: our id, the Entra object id or the UPN. `at`: ISO 8601 with Z or an offset. */
export interface ReportedLogin {
  readonly user: string
  readonly at: string
  readonly correlationId: string | null
}

/** `user` as it was given. `parked`: kept until the person appears. */
export interface ReportResult {
  readonly user: string
  readonly ok: boolean
  readonly parked: boolean
  readonly error: { readonly code: string; readonly message: string } | null
}

/** Clocks differ a little. */
const AHEAD_OF_US_MS = 5 * 60 * 1000
const LONGEST_CORRELATION_ID = 200
const REPORT_AGAIN = 'Report the logins again; what was recorded is not recorded twice.'
const TOO_LONG: Refusal = {
  code: 'login.correlation-id-too-long',
  message: `correlationId has more than ${LONGEST_CORRELATION_ID} characters`,
}

/**
 * One result for each, in the order given. Being told again changes nothing. Throws `store.*`: then some may have been
 * recorded, and all can be reported again.
 */
export async function reportLogins(
  items: readonly ReportedLogin[],
  { store, now }: { readonly store: ConnectionStore; readonly now: () => Date },
): Promise<ReportResult[]> {
  const people = new Map<string, { user: User; span: LoginSpan }>()
  const strangers = new Map<string, LoginSpan>()
  const found = await store.findAll([...new Set(items.map(({ user }) => user.trim()))])
  const places = items.map((item): string | ConnectorError | Refusal => {
    const name = item.user.trim()
    const at = instant(item.at, now())
    if (typeof at === 'object') return at
    if ((item.correlationId ?? '').length > LONGEST_CORRELATION_ID) return TOO_LONG
    const user = attempt(() => theOne(found.get(name) ?? [], name))
    if (user instanceof ConnectorError) return user
    const login = { at, source: 'api', correlationId: item.correlationId } as const
    const span = { first: login, last: login }
    if (user) people.set(user.id, { user, span: widen(people.get(user.id)?.span, span) })
    else if (isGuid(name)) strangers.set(name.toLowerCase(), widen(strangers.get(name.toLowerCase()), span))
    else return unknown(name)
    return user ? user.id : name.toLowerCase()
  })
  await record(store, people, strangers, now)
  const arrived = await applyParked(store, strangers, now)
  return items.map(({ user }, index) => resultOf(user, places[index] ?? unknown(user), strangers, arrived))
}

interface Refusal {
  readonly code: string
  readonly message: string
}

function resultOf(
  user: string,
  place: string | Refusal,
  strangers: ReadonlyMap<string, unknown>,
  arrived: ReadonlySet<string>,
): ReportResult {
  if (typeof place === 'string')
    return { user, ok: true, parked: strangers.has(place) && !arrived.has(place), error: null }
  return { user, ok: false, parked: false, error: { code: place.code, message: place.message } }
}

async function record(
  store: ConnectionStore,
  people: ReadonlyMap<string, { user: User; span: LoginSpan }>,
  strangers: ReadonlyMap<string, LoginSpan>,
  now: () => Date,
): Promise<void> {
  let park = [...strangers].map(([entraObjectId, span]) => ({ entraObjectId, ...span }))
  let left = [...people.values()]
  for (let attempt = 1; attempt <= LOST_RACES; attempt += 1) {
    const users = left.flatMap(({ user, span }) => changeOf(user, span, now()))
    if (users.length === 0 && park.length === 0) return
    const lost = new Set((await store.write({ users, park })).lost)
    if (lost.size === 0) return
    park = []
    const again = await store.findAll([...lost])
    left = [...lost].flatMap((id) => {
      const [user] = again.get(id) ?? []
      const span = people.get(id)?.span
      return user && span ? [{ user, span }] : []
    })
  }
  throw overtaken(REPORT_AGAIN)
}

/**
 * Somebody may have appeared between our look and our parking: then nobody else would look. Whoever finds them applies
 * what they reported themselves, too, because another may have dropped it with what was parked. Gives their object ids.
 */
async function applyParked(
  store: ConnectionStore,
  strangers: ReadonlyMap<string, LoginSpan>,
  now: () => Date,
): Promise<ReadonlySet<string>> {
  if (strangers.size === 0) return new Set()
  const ids = [...strangers.keys()]
  for (let attempt = 1; attempt <= LOST_RACES; attempt += 1) {
    const { users, parked } = await store.known(ids)
    const changes = [...users].flatMap(([id, user]) => {
      const span = strangers.get(id)
      return span ? changeOf(user, widen(parked.get(id), span), now()) : []
    })
    const unpark = [...users.keys()].flatMap((id) => parked.get(id) ?? [])
    if (changes.length === 0 && unpark.length === 0) return new Set(users.keys())
    const { lost } = changes.length > 0 ? await store.write({ users: changes }) : { lost: [] }
    // What was parked is dropped only once it has been applied.
    if (lost.length === 0) await store.write({ unpark })
  }
  throw overtaken(REPORT_AGAIN)
}

function changeOf(before: User, span: LoginSpan, now: Date): UserChange[] {
  const step = applyLogins(before, span, now.toISOString())
  return step ? [{ before, after: { ...step.user, revision: before.revision + 1 }, entries: step.entries }] : []
}

function attempt(look: () => User | null): User | null | ConnectorError {
  try {
    return look()
  } catch (error) {
    if (error instanceof ConnectorError) return error
    throw error
  }
}

const INSTANT = /^(\d{4}-\d{2}-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)(?:Z|([+-]\d{2}):?(\d{2}))$/i

/** ISO 8601 UTC with milliseconds, or why the time cannot be taken. */
function instant(text: string, now: Date): string | Refusal {
  const [, written = '', day, hours, minutes = '00'] = INSTANT.exec(text.trim()) ?? []
  const local = written.toUpperCase().replace(',', '.')
  const wall = new Date(`${local}Z`)
  const time = Date.parse(`${local}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`)
  // 30 February is a day in March to `Date`.
  const exists = !Number.isNaN(wall.getTime()) && wall.toISOString().slice(8, 10) === day
  if (!exists || Number.isNaN(time))
    return { code: 'login.unreadable-time', message: `at is not a time with Z or an offset: ${text.slice(0, 40)}` }
  if (time > now.getTime() + AHEAD_OF_US_MS)
    return { code: 'login.in-future', message: 'at is more than 5 minutes in the future' }
  return new Date(time).toISOString()
}
