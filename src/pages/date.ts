import type { Language } from '../domain/ahead.js'

/** British English has the day before the month, as the other languages have. */
const LOCALES: Record<Language, string> = { en: 'en-GB', de: 'de', fr: 'fr', it: 'it' }

interface Telling {
  readonly language: Language
  readonly timeZone: string | null
}

/** Day and time with the zone they are told in. `at` is ISO 8601 UTC; `timeZone` null means the machine's. */
export function dateOf(at: string | null, { language, timeZone }: Telling): string {
  if (at === null) return '–'
  const date = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const
  const time = { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const
  const zone = timeZone === null ? {} : { timeZone }
  return new Intl.DateTimeFormat(LOCALES[language], { ...date, ...time, ...zone }).format(new Date(at))
}
