import { ConnectorError } from '../domain/errors.js'

/** Where a page of a list ended. `list` keeps a cursor of one list from being taken for another's. */
export function writeCursor(list: string, ...last: readonly string[]): string {
  return Buffer.from(JSON.stringify([list, ...last])).toString('base64url')
}

/** A page of what was found, which is one more than `limit` where there is more. `placeOf` gives what the cursor holds. */
export function cut<T>(
  list: string,
  found: readonly T[],
  limit: number,
  placeOf: (last: T) => readonly string[],
): { page: T[]; nextCursor: string | null } {
  const page = found.slice(0, limit)
  const last = found.length > limit ? page.at(-1) : undefined
  return { page, nextCursor: last === undefined ? null : writeCursor(list, ...placeOf(last)) }
}

/** The values given to `writeCursor`. Throws `usage.invalid` for anything else. */
export function readCursor(list: string, cursor: string, length: number): string[] {
  const values = parse(cursor)?.slice(1) ?? []
  if (values.length === length && writeCursor(list, ...values) === cursor) return values
  throw new ConnectorError('usage.invalid', {
    message: 'The cursor cannot be read',
    remedy: 'Give it exactly as the page before gave it, for the same kind of list, or begin without one.',
  })
}

function parse(cursor: string): string[] | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : null
  } catch {
    return null
  }
}
