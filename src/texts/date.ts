import type { Language } from '../domain/ahead.js'

/** British English has the day before the month, as the other three languages. */
const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', de: 'de', fr: 'fr', it: 'it' }

/** With weekday, time and time zone. `timeZone` is a name of the IANA list; null: the machine's. */
export function dateIn(language: Language, at: Date, timeZone: string | null): string {
  return new Intl.DateTimeFormat(LOCALES[language], {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone: timeZone ?? undefined,
  }).format(at)
}
