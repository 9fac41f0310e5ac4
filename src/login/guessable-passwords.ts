import type * as CommonLanguage from '@zxcvbn-ts/language-common'
import { createRequire } from 'node:module'

/**
 * What attackers try first: the 49,000 passwords found most often, and what people make of them when twelve characters
 * are asked for: digits around a word, the same thing twice, a row of keys.
 */

/** Words of the languages we speak that English lists lack: the seasons, months and greetings people put digits behind. */
const MORE_WORDS =
  'kennwort passwort willkommen begrüssung fruehling frühling herbst jänner februar märz maerz april juni juli august ' +
  'september oktober november dezember montag dienstag mittwoch donnerstag freitag samstag sonntag ' +
  'motdepasse bienvenue printemps été ete automne hiver janvier février fevrier mars avril mai juin juillet août aout ' +
  'septembre octobre novembre décembre decembre lundi mardi mercredi jeudi vendredi samedi dimanche ' +
  'parolachiave parola benvenuto benvenuti primavera estate autunno inverno gennaio febbraio marzo aprile maggio giugno ' +
  'luglio agosto settembre ottobre novembre dicembre lunedì martedì mercoledì giovedì venerdì sabato domenica ' +
  'monday tuesday wednesday thursday friday saturday sunday january february march july october december ' +
  'qwertz qwertzuiop azertyuiop intranet arbeit firma schweiz svizzera suisse deutschland italia france'

const SEQUENCES = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'qsdfghjklm',
  'zxcvbnm',
  'yxcvbnm',
  'wxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik',
  '!@#$%^&*()',
  '!"§$%&/()=',
]

/** A password this varied, runs counted as one character, is no row of keys. */
const VARIED = 8
const FEWEST_SIGNS = 5
const SHORTEST_RUN = 3
const SHORTEST_UNIT = 5

const LOOKALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

/** `password` may be of any length. */
export function isCommon(password: string): boolean {
  const text = password.toLowerCase().normalize('NFC')
  return isNumber(text) || isMonotonous(text) || coresOf(text).some(isKnown)
}

/** Dates, numbers and telephone numbers, however they are written. */
function isNumber(text: string): boolean {
  return /^[\p{N}\s.,:;/+()_-]*$/u.test(text)
}

function isMonotonous(text: string): boolean {
  if (new Set(text).size < FEWEST_SIGNS || variety(text) < VARIED) return true
  const unit = repeatedUnit(text)
  return unit !== null && Array.from(unit).length < SHORTEST_UNIT
}

/** What is left without the digits and the punctuation people put around a word, or between its letters. */
function coresOf(text: string): string[] {
  const joined = text.replace(/[^\p{L}\p{N}]+/gu, '')
  return [text, joined].flatMap((whole) => {
    const end = whole.replace(/^[^\p{L}]+/u, '')
    return [whole, end].flatMap((one) => [one, one.replace(/[^\p{L}]+$/u, '')])
  })
}

/** A word, perhaps without its accents, written with lookalikes, or several times. */
function isKnown(core: string): boolean {
  const known = knownWords()
  const plain = core.normalize('NFD').replace(/\p{M}/gu, '')
  const meant = plain.replace(/[0134571@$!]/g, (sign) => LOOKALIKES[sign] ?? '')
  return [core, plain, meant].some((one) => {
    const word = repeatedUnit(one) ?? one
    return [one, word, word.replace(/\P{L}+$/u, '')].some((part) => known.has(part))
  })
}

/** `abcabcabc` is `abc` repeated; null where nothing is. */
function repeatedUnit(text: string): string | null {
  const again = (text + text).indexOf(text, 1)
  return again < text.length ? text.slice(0, again) : null
}

/** How many characters there are when a repeated one and a run of the alphabet or the keyboard count once. */
function variety(text: string): number {
  const signs = Array.from(text)
  let count = 0
  for (let at = 0; at < signs.length;) {
    const length = Math.max(...STEPS.map((step) => runLength(signs, at, step)))
    count += 1
    at += length >= SHORTEST_RUN ? length : 1
  }
  return count
}

type Step = (before: string, after: string) => boolean

const FORWARD = new Set(
  SEQUENCES.flatMap((row) => Array.from({ length: row.length - 1 }, (_, at) => row.slice(at, at + 2))),
)
const STEPS: readonly Step[] = [
  (before, after) => before === after,
  (before, after) => FORWARD.has(before + after),
  (before, after) => FORWARD.has(after + before),
]

function runLength(signs: readonly string[], start: number, step: Step): number {
  let end = start + 1
  while (end < signs.length && step(signs[end - 1] ?? '', signs[end] ?? '')) end += 1
  return end - start
}

let loaded: ReadonlySet<string> | null = null

/** Read when the first password is looked at: most commands never do. */
function knownWords(): ReadonlySet<string> {
  if (loaded) return loaded
  const { dictionary } = createRequire(import.meta.url)('@zxcvbn-ts/language-common') as typeof CommonLanguage
  const more = [...dictionary.diceware, ...MORE_WORDS.normalize('NFC').split(' ')]
  return (loaded = new Set([...dictionary.passwords, ...more]))
}
