import { graphAnswer, type Answer, type JsonObject } from './answer.js'
import { badRequest, GraphRefusal, throttled } from './errors.js'
import type { Exchange } from './exchange.js'
import { parseFilter, toTest } from './filter.js'
import { boundsOf, comparison, type Bounds } from './sign-in-filter.js'
import { timeKey, type SignInLog, type SignInRow } from './sign-ins.js'

const MOST_ROWS = 1000
const DAY_MS = 24 * 3_600_000

/** `GET /auditLogs/signIns`: a page of the log, newest first unless asked otherwise. */
export function signInPage(log: SignInLog, exchange: Exchange, origin: string): Answer {
  const wait = log.throttle()
  if (wait !== null) throw throttled(wait)
  const { query } = exchange
  const top = rowsAsked(query.get('$top'))
  const condition = query.has('$filter') ? parseFilter(query.get('$filter') ?? '') : null
  const test = condition ? toTest(condition, comparison) : () => true
  const isAscending = ascending(query.get('$orderby'))
  const bounds = boundsOf(condition)
  refuseOldStart(log, bounds)
  const start = startOf(log, query.get('$skiptoken'))
  const { rows, more } = take(log, { top, test, isAscending, bounds, start })
  const last = rows.at(-1)
  const link =
    more && last
      ? { '@odata.nextLink': `${origin}/v1.0/auditLogs/signins?${repeated(exchange)}${skipToken(log, last)}` }
      : {}
  const context = `${origin}/v1.0/$metadata#auditLogs/signIns`
  return graphAnswer({ '@odata.context': context, ...link, value: rows.map(toItem) })
}

interface Wanted {
  readonly top: number
  readonly test: (row: SignInRow) => boolean
  readonly isAscending: boolean
  readonly bounds: Bounds
  readonly start: { readonly key: string; readonly number: number } | null
}

/** Walks the log from the newest row wanted; a row that arrives late never shifts the ones after it. */
function take(log: SignInLog, { top, test, isAscending, bounds, start }: Wanted): { rows: SignInRow[]; more: boolean } {
  const now = log.options.now().getTime()
  const retained = timeKey(new Date(now - log.retentionDays * DAY_MS).toISOString()) ?? ''
  const from = bounds.from > retained ? bounds.from : retained
  const rows: SignInRow[] = []
  const step = isAscending ? 1 : -1
  const newest = start && !isAscending && start.key < bounds.until ? start.key : bounds.until
  for (let at = isAscending ? 0 : log.upTo(newest) - 1; at >= 0 && at < log.rows.length; at += step) {
    const row = log.rows[at]
    if (!row || (isAscending ? row.key > bounds.until : row.key < from)) break
    if (row.visibleAt > now || row.key < from) continue
    if (start && compareRows(row, start) * step <= 0) continue
    if (!test(row)) continue
    if (rows.length === top) return { rows, more: true }
    rows.push(row)
  }
  return { rows, more: false }
}

/** The order of the log: by time, then as they came. */
function compareRows(row: SignInRow, other: { readonly key: string; readonly number: number }): number {
  if (row.key !== other.key) return row.key < other.key ? -1 : 1
  return row.number - other.number
}

function refuseOldStart(log: SignInLog, { from }: Bounds): void {
  const oldest = timeKey(new Date(log.options.now().getTime() - log.retentionDays * DAY_MS).toISOString()) ?? ''
  if (log.refusesBeforeRetention && from !== '' && from < oldest)
    throw badRequest(`The start of the filter is before the retention of ${log.retentionDays} days.`)
}

function rowsAsked(top: string | undefined): number {
  if (top === undefined) return MOST_ROWS
  const rows = Number(top)
  if (Number.isInteger(rows) && rows >= 1 && rows <= MOST_ROWS) return rows
  throw badRequest(`Invalid page size specified: '${top}'. Must be between 1 and ${MOST_ROWS} inclusive.`)
}

function ascending(orderBy: string | undefined): boolean {
  if (orderBy === undefined) return false
  const [, direction = 'asc'] = /^\s*createdDateTime(?:\s+(asc|desc))?\s*$/i.exec(orderBy) ?? [null, 'unknown']
  if (direction !== 'unknown') return direction.toLowerCase() === 'asc'
  throw badRequest(`The property of '$orderby=${orderBy}' cannot be sorted by.`)
}

function skipToken(log: SignInLog, row: SignInRow): string {
  const token = Buffer.from(`${log.nextPageNumber()} ${row.key} ${row.number}`).toString('base64url')
  return `$skiptoken=${token}`
}

function startOf(log: SignInLog, token: string | undefined): { key: string; number: number } | null {
  if (token === undefined) return null
  const [page = '', key = '', number = ''] = Buffer.from(token, 'base64url').toString().split(' ')
  if (timeKey(key) === null) throw badRequest('The skip token is not valid.')
  if (log.isExpired(Number(page))) throw new GraphRefusal(400, 'BadRequest', 'Skip token is expired.')
  return { key, number: Number(number) }
}

/** The link repeats what was asked, spelled as Microsoft spells it: `+` for a blank, `%3a` for a colon. */
function repeated({ query }: Exchange): string {
  return [...query]
    .filter(([name]) => name !== '$skiptoken')
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%20', '+').replaceAll('%3A', '%3a')}&`)
    .join('')
}

function toItem(row: SignInRow): JsonObject {
  return {
    id: row.id,
    createdDateTime: row.createdDateTime,
    userDisplayName: row.userDisplayName,
    userPrincipalName: row.userPrincipalName,
    userId: row.userId,
    appId: row.appId,
    appDisplayName: row.appDisplayName,
    ipAddress: row.ipAddress,
    clientAppUsed: 'Browser',
    correlationId: row.correlationId,
    conditionalAccessStatus: 'notApplied',
    isInteractive: row.isInteractive,
    riskDetail: 'hidden',
    riskLevelAggregated: 'hidden',
    riskLevelDuringSignIn: 'hidden',
    riskState: 'none',
    riskEventTypes_v2: [],
    resourceDisplayName: 'Microsoft Graph',
    resourceId: '00000003-0000-0000-c000-000000000000',
    status: statusOf(row.errorCode),
    deviceDetail: DEVICE,
    location: LOCATION,
    appliedConditionalAccessPolicies: [],
  }
}

const DEVICE: JsonObject = {
  deviceId: '',
  displayName: '',
  operatingSystem: 'Windows10',
  browser: 'Edge 131.0.0',
  isCompliant: false,
  isManaged: false,
  trustType: '',
}

const LOCATION: JsonObject = {
  city: 'Zürich',
  state: 'Zürich',
  countryOrRegion: 'CH',
  geoCoordinates: { altitude: null, latitude: 47.37, longitude: 8.54 },
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [0, 'Other.'],
  [50053, 'The account is locked.'],
  [50057, 'The user account is disabled.'],
  [50076, 'Due to a configuration change made by the administrator, you must use multi-factor authentication.'],
  [50126, 'Error validating credentials due to invalid username or password.'],
  [50140, "This occurred due to 'Keep me signed in' interrupt when the user was signing in."],
  [53003, 'Access has been blocked by Conditional Access policies.'],
])

function statusOf(errorCode: number): JsonObject {
  const additionalDetails = errorCode === 0 ? 'MFA requirement satisfied by claim in the token' : null
  return { errorCode, failureReason: REASONS.get(errorCode) ?? 'Other.', additionalDetails }
}
