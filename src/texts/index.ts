import { LANGUAGES, type Language } from '../domain/ahead.js'
import { GERMAN } from './de.js'
import { ENGLISH } from './en.js'
import { FRENCH } from './fr.js'
import { ITALIAN } from './it.js'
import type { PageText, Texts } from './texts.js'

/** What employees read, by language: ours, or ours with an organisation's own sentences in it. */
export type TextsByLanguage = Readonly<Record<Language, Texts>>

export const OUR_TEXTS: TextsByLanguage = { en: ENGLISH, de: GERMAN, fr: FRENCH, it: ITALIAN }

export function textsFor(language: Language, texts: TextsByLanguage = OUR_TEXTS): Texts {
  return texts[language]
}

/** `de-CH` is German. What is unknown or not there gives `fallback`. */
export function languageOf(preferredLanguage: string | null, fallback: Language): Language {
  const spoken = preferredLanguage?.trim().toLowerCase().split(/[-_]/)[0]
  return LANGUAGES.find((language) => language === spoken) ?? fallback
}

/** The values of the placeholders that are the same for everybody. */
export interface Names {
  readonly intranet: string
  readonly org: string
  readonly contact: string
}

/** What the settings call things; where they are silent, the words of the language. */
export function namesOf(
  { unset }: Texts,
  intranet: { readonly name: string | null; readonly organisation: string | null; readonly contact: string | null },
): Names {
  return {
    intranet: intranet.name ?? unset.intranet,
    org: intranet.organisation ?? unset.organisation,
    contact: intranet.contact ?? unset.contact,
  }
}

export type Values = Readonly<Record<string, string | number>>

/** A piece of a sentence: `name` is the placeholder a value came from, null for the sentence's own words. */
export interface Piece {
  readonly text: string
  readonly name: string | null
}

const PLACEHOLDER = /\{([A-Za-z]+)\}/g

/** The placeholders of a text, each once, as they are named in `Values`. */
export function placeholdersOf(text: string): string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map(([, name = '']) => keyOf(name)))]
}

/**
 * A sentence with its values, in pieces. `{Contact}` is `contact` at the beginning of a sentence. Throws when a value is
 * missing: that is a bug, because texts are checked before they are used.
 */
export function piecesOf(text: string, values: Values): Piece[] {
  return text.split(/(\{[A-Za-z]+\})/).flatMap((part): Piece[] => {
    const name = /^\{([A-Za-z]+)\}$/.exec(part)?.[1]
    if (name === undefined) return part === '' ? [] : [{ text: part, name: null }]
    const value = Object.hasOwn(values, keyOf(name)) ? values[keyOf(name)] : undefined
    if (value === undefined) throw new Error(`no value for {${name}} in “${text}”`)
    return [{ text: name === keyOf(name) ? String(value) : capitalised(String(value)), name: keyOf(name) }]
  })
}

/** A sentence with its values. Throws like `piecesOf`. */
export function fill(text: string, values: Values): string {
  return piecesOf(text, values)
    .map((piece) => piece.text)
    .join('')
}

type Counted = Extract<PageText, `${string}One`> extends `${infer Key}One` ? Key : never

/** The sentence for `n` things, filled: French says "0 minute", the others "0 minutes". */
export function counted({ language, pages }: Texts, key: Counted, n: number): string {
  const single = new Intl.PluralRules(language).select(n) === 'one'
  return fill(single ? pages[`${key}One`] : pages[key], { n })
}

function keyOf(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

/** An address stays as it is. */
function capitalised(value: string): string {
  return /[@/]/.test(value) ? value : value.charAt(0).toUpperCase() + value.slice(1)
}
