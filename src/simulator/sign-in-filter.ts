import { invalidFilter, type Comparison, type Condition } from './filter.js'
import { timeKey, type SignInRow } from './sign-ins.js'

/** What can be filtered, and whether `startsWith` works too. https://learn.microsoft.com/graph/api/resources/signin */
const FIELDS = new Map<string, { readonly of: (row: SignInRow) => string; readonly prefix?: true }>([
  ['createddatetime', { of: (row) => row.key }],
  ['id', { of: (row) => row.id }],
  ['appid', { of: (row) => row.appId }],
  ['userid', { of: (row) => row.userId }],
  ['correlationid', { of: (row) => row.correlationId }],
  ['status/errorcode', { of: (row) => String(row.errorCode) }],
  ['appdisplayname', { of: (row) => row.appDisplayName, prefix: true }],
  ['userdisplayname', { of: (row) => row.userDisplayName, prefix: true }],
  ['userprincipalname', { of: (row) => row.userPrincipalName, prefix: true }],
  ['ipaddress', { of: (row) => row.ipAddress, prefix: true }],
])

/** One comparison of the filter as a test of rows; what Graph refuses is refused. */
export function comparison({ field, operator, value, quoted }: Comparison): (row: SignInRow) => boolean {
  const known = FIELDS.get(field.toLowerCase())
  if (!known) throw invalidFilter(`the property '${field}' cannot be filtered.`)
  if (field.toLowerCase() === 'createddatetime') return timeComparison(operator, value, quoted)
  if (quoted === (field.toLowerCase() === 'status/errorcode'))
    throw invalidFilter(`a value of an incompatible type for '${field}'.`)
  const wanted = value.toLowerCase()
  if (operator === 'eq') return (row) => known.of(row).toLowerCase() === wanted
  if (operator === 'startswith' && known.prefix) return (row) => known.of(row).toLowerCase().startsWith(wanted)
  throw invalidFilter(`the operator '${operator}' is not supported for '${field}'.`)
}

/** Dates go unquoted: microsoftgraph/microsoft-graph-docs#14173. */
function timeComparison(operator: string, value: string, quoted: boolean): (row: SignInRow) => boolean {
  const key = quoted ? null : timeKey(value)
  if (key === null) throw invalidFilter(`the value '${value}' is not a time, or is quoted.`)
  switch (operator) {
    case 'eq':
      return (row) => row.key === key
    case 'ge':
      return (row) => row.key >= key
    case 'le':
      return (row) => row.key <= key
    case 'gt':
      return (row) => row.key > key
    case 'lt':
      return (row) => row.key < key
    default:
      throw invalidFilter(`the operator '${operator}' is not supported for 'createdDateTime'.`)
  }
}

export interface Bounds {
  readonly from: string
  readonly until: string
}

const EVERYTHING: Bounds = { from: '', until: '~' }

/** The time span outside of which nothing can match. */
export function boundsOf(condition: Condition | null): Bounds {
  if (!condition || condition.kind === 'not') return EVERYTHING
  if (condition.kind === 'compare') {
    if (condition.field.toLowerCase() !== 'createddatetime') return EVERYTHING
    const key = timeKey(condition.value) ?? ''
    if (condition.operator === 'eq') return { from: key, until: key }
    return condition.operator.startsWith('g') ? { from: key, until: '~' } : { from: '', until: key }
  }
  const parts = condition.parts.map(boundsOf)
  const [low, high] = condition.kind === 'and' ? [latest, earliest] : [earliest, latest]
  return { from: low(parts.map(({ from }) => from)), until: high(parts.map(({ until }) => until)) }
}

function latest(keys: readonly string[]): string {
  return keys.reduce((one, other) => (one > other ? one : other))
}

function earliest(keys: readonly string[]): string {
  return keys.reduce((one, other) => (one < other ? one : other))
}
