import { LANGUAGES, type Language } from '../domain/ahead.js'
import { languageOf } from '../texts/index.js'

/** Which language a page is in. Pure. */

/** A language somebody picked on a page; `by` is the id of the person, when a session knew them. */
export interface Choice {
  readonly language: Language
  readonly by: string | null
}

export interface Wishes {
  readonly person: { readonly id: string; readonly preferredLanguage: string | null } | null
  readonly choice: Choice | null
  /** The `Accept-Language` header. */
  readonly accepted: string | undefined
  readonly otherwise: Language
}

/** The person's own language, unless they picked another one themselves; then any choice, the browser's, the default. */
export function pageLanguage({ person, choice, accepted, otherwise }: Wishes): Language {
  const others = choice?.language ?? acceptedLanguage(accepted, otherwise)
  if (!person || choice?.by === person.id) return others
  return languageOf(person.preferredLanguage, others)
}

const LONGEST_HEADER = 500

/** The one with the highest weight among those we speak; the first of equals. */
function acceptedLanguage(header = '', otherwise: Language): Language {
  const ranges = header.slice(0, LONGEST_HEADER).split(',').map(readRange)
  const rising = ranges.filter(({ weight }) => weight > 0).reverse()
  rising.sort((a, b) => a.weight - b.weight)
  return rising.reduce((sofar, { tag }) => languageOf(tag, sofar), otherwise)
}

function readRange(range: string): { tag: string; weight: number } {
  const [tag = '', ...parameters] = range.split(';')
  const weight = parameters.map((parameter) => /^\s*q\s*=\s*([\d.]+)\s*$/i.exec(parameter)?.[1]).find(Boolean)
  return { tag, weight: weight === undefined ? 1 : Number(weight) || 0 }
}

/** In a cookie: `de`, or `de.` and the id of the person who picked it. */
export function writeChoice({ language, by }: Choice): string {
  return by === null ? language : `${language}.${by}`
}

export function readChoice(cookie: string | null): Choice | null {
  const [, tag, by = null] = /^([a-z]{2})(?:\.([0-9a-f-]{36}))?$/.exec(cookie ?? '') ?? []
  const language = pickedLanguage(tag)
  return language && { language, by }
}

/** One of ours, or null. */
export function pickedLanguage(tag: unknown): Language | null {
  return LANGUAGES.find((language) => language === tag) ?? null
}
