import { isSecretName, REDACTED, type Redactor } from './redact.js'

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }
export type PlainFields = Readonly<Record<string, Plain>>

export interface PlainOptions {
  readonly redact: Redactor
  /** Stacks help those who debug and nobody else. */
  readonly stacks: boolean
}

const DEEPEST = 6
const LONGEST = 100
const LONGEST_TEXT = 10_000

/**
 * Any fields as plain data fit to be written down: redacted at every leaf, bounded in depth and size, never throwing.
 * Errors become message, code, details and cause. A field whose name tells of a secret loses its value.
 */
export function plainFields(fields: object, options: PlainOptions): PlainFields {
  const plain = convert(fields, { ...options, secret: false, above: [] })
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain)
    ? (plain as PlainFields)
    : { fields: plain }
}

interface Place extends PlainOptions {
  readonly secret: boolean
  readonly above: readonly object[]
}

function convert(value: unknown, place: Place): Plain {
  switch (typeof value) {
    case 'string':
      return text(value, place)
    case 'number':
    case 'bigint':
      return number(value, place)
    case 'boolean':
      return value
    case 'object':
      return value === null ? null : object(value, place)
    default:
      return null
  }
}

/** Redacted before it is cut, so that no half of a secret stays. */
function text(value: string, place: Place): string {
  if (place.secret && value !== '') return REDACTED
  const safe = place.redact(value)
  return safe.length > LONGEST_TEXT ? `${safe.slice(0, LONGEST_TEXT)}…` : safe
}

function number(value: number | bigint, place: Place): Plain {
  if (place.secret) return REDACTED
  const written = String(value)
  const safe = place.redact(written)
  return typeof value === 'number' && Number.isFinite(value) && safe === written ? value : safe
}

function object(value: object, place: Place): Plain {
  if (place.above.includes(value)) return '[circular]'
  if (place.above.length >= DEEPEST) return '[…]'
  try {
    return inside(value, { ...place, above: [...place.above, value] })
  } catch {
    return '[unreadable]'
  }
}

function inside(value: object, place: Place): Plain {
  if (value instanceof Error) return fromError(value, place)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (value instanceof Map) return inside(Object.fromEntries(value) as object, place)
  if (value instanceof URL) return text(value.href, place)
  if (Array.isArray(value) || value instanceof Set) {
    return [...(value as Iterable<unknown>)].slice(0, LONGEST).map((item) => convert(item, place))
  }
  return fromEntries(Object.entries(value), place)
}

function fromEntries(entries: readonly (readonly [string, unknown])[], place: Place): Plain {
  const present = entries.filter(([, value]) => value !== undefined && typeof value !== 'function')
  return Object.fromEntries(
    present.slice(0, LONGEST).map(([name, value]) => {
      return [place.redact(name), convert(value, { ...place, secret: place.secret || isSecretName(name) })]
    }),
  )
}

/** Only what is known to be harmless: errors of libraries carry requests, with headers and bodies. */
function fromError(error: Error, place: Place): Plain {
  const { code, details, remedy } = error as { code?: unknown; details?: unknown; remedy?: unknown }
  const ordinary = error.name === 'Error' || error.name === 'ConnectorError'
  const all: (readonly [string, unknown])[] = [
    ['message', ordinary ? error.message : `${error.name}: ${error.message}`],
    ['code', code],
    ['details', isEmpty(details) ? undefined : details],
    ['remedy', remedy ?? undefined],
    ['errors', error instanceof AggregateError ? error.errors : undefined],
    ['cause', error.cause],
    ['stack', place.stacks ? error.stack : undefined],
  ]
  return fromEntries(all, place)
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
