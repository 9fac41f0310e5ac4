import { quoted } from './parsers.js'
import { editDistance } from './warnings.js'

/**
 * Reading parsed JSON of an operator so that every mistake is told at once, by its path in the file: `rules[2].op`, and
 * empty for the file as a whole. By hand: a library for shapes would take longer to load than most commands run.
 */

/** `problem` continues a sentence that starts with the path. */
export type Report = (path: string, problem: string, remedy: string) => void
export type Fields = ReadonlyMap<string, unknown>

export interface ObjectShape {
  readonly path: string
  readonly known: readonly string[]
  /** What one would write instead of something that is no object. */
  readonly example: string
}

/** The known fields; null after the whole was reported. Unknown ones are reported each. */
export function fieldsIn(json: unknown, { path, known, example }: ObjectShape, report: Report): Fields | null {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    report(path, 'must be an object, written in braces', `Write ${example}.`)
    return null
  }
  const fields = new Map<string, unknown>(Object.entries(json))
  for (const key of fields.keys()) {
    if (known.includes(key)) continue
    report(under(path, quoted(key).slice(1, -1)), 'is not known', didYouMean(key, known, `Use ${known.join(', ')}.`))
  }
  return new Map([...fields].filter(([key]) => known.includes(key)))
}

/** Undefined after it was reported. */
export function listIn(json: unknown, path: string, example: string, report: Report): readonly unknown[] | undefined {
  if (Array.isArray(json)) return json as unknown[]
  report(path, 'must be a list', `Write ${example}.`)
  return undefined
}

/** Undefined after it was reported. */
export function booleanIn(json: unknown, path: string, report: Report): boolean | undefined {
  if (typeof json === 'boolean') return json
  report(path, 'must be true or false', 'Write true or false, without quotes.')
  return undefined
}

/** A text that says something; undefined after it was reported. */
export function textIn(json: unknown, path: string, report: Report): string | undefined {
  if (typeof json === 'string' && json.trim() !== '') return json
  if (typeof json === 'string') report(path, 'is empty', 'Write something, or take it out.')
  else report(path, 'must be a text', `Write it in quotes: ${written(json)}.`)
  return undefined
}

function written(json: unknown): string {
  return typeof json === 'number' || typeof json === 'boolean' ? `"${json}"` : '"…"'
}

export function under(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

export function didYouMean(word: string, known: readonly string[], otherwise: string): string {
  const meant = meantOf(word, known)
  return meant === undefined ? otherwise : `Did you mean ${meant}?`
}

/** The closest of them, if it is close. */
export function meantOf(word: string, known: readonly string[]): string | undefined {
  const same = known.find((one) => one.toLowerCase() === word.toLowerCase())
  if (same !== undefined || word.length > 100) return same
  const near = known.filter((one) => one.length > 3).map((one) => ({ one, distance: editDistance(one, word) }))
  const [closest] = near.sort((a, b) => a.distance - b.distance)
  return closest && closest.distance <= 2 ? closest.one : undefined
}
