/** Graph's error body, read without ever throwing: gateways answer with nothing, or with HTML. */
export interface Envelope {
  /** As Microsoft spells it; the outermost that is not empty. */
  readonly code: string
  /** All codes in lower case, outermost first: casing varies between services. */
  readonly codes: readonly string[]
  readonly message: string
  readonly ids: Readonly<Record<string, unknown>>
}

/** Errors nest; this deep and no deeper. */
const DEEPEST = 6

/** Null: the body is not in Graph's form. */
export function envelopeOf(text: string): Envelope | null {
  const outer = fieldsOf(fieldsOf(jsonOf(text))?.['error'])
  if (!outer || typeof outer['code'] !== 'string') return null
  const spelled: string[] = []
  let ids: Readonly<Record<string, unknown>> = {}
  let level: Readonly<Record<string, unknown>> | null = outer
  for (let depth = 0; level && depth < DEEPEST; depth += 1) {
    if (textOf(level['code']) !== '') spelled.push(textOf(level['code']))
    ids = { ...level, ...ids }
    level = fieldsOf(level['innerError'] ?? level['innererror'])
  }
  const codes = spelled.map((code) => code.toLowerCase())
  return { code: spelled[0] ?? '', codes, message: textOf(outer['message']), ids }
}

export function has(envelope: Envelope | null, codes: readonly string[]): boolean {
  return envelope?.codes.some((code) => codes.includes(code)) ?? false
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return value as Record<string, unknown>
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
