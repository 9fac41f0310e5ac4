import { EMAIL_KINDS, LANGUAGES, type EmailKind, type Language } from '../domain/ahead.js'
import { OUR_TEXTS, placeholdersOf, type TextsByLanguage } from './index.js'
import { PAGE_TEXTS, type EmailTexts, type PageText, type Texts } from './texts.js'

/** An organisation's own sentences: single ones replace ours. */

/** `path` leads into the file: `de.emails.invitation.before[1]`; it is empty for the file as a whole. */
export interface TextProblem {
  readonly path: string
  readonly message: string
}

export interface OwnTexts {
  /** Ours, with the own sentences that are in order. */
  readonly texts: TextsByLanguage
  readonly problems: readonly TextProblem[]
}

type Report = (path: string, message: string) => void
type Fields = Readonly<Record<string, unknown>>

const EMAIL_FIELDS = ['subject', 'greeting', 'greetingWithoutName', 'before', 'button', 'after'] as const
type EmailField = (typeof EMAIL_FIELDS)[number]

const NAMES = ['intranet', 'org', 'contact']

/** Takes the parsed JSON of `config/texts.json` and finds every problem. */
export function readTexts(json: unknown): OwnTexts {
  const problems: TextProblem[] = []
  const report: Report = (path, message) => problems.push({ path, message })
  const own = fieldsOf(json, '', LANGUAGES, report)
  const read = (language: Language): Texts =>
    own[language] === undefined
      ? OUR_TEXTS[language]
      : languageTexts(own[language], language, OUR_TEXTS[language], report)
  return { texts: { en: read('en'), de: read('de'), fr: read('fr'), it: read('it') }, problems }
}

function languageTexts(json: unknown, path: string, ours: Texts, report: Report): Texts {
  const { pages, emails } = fieldsOf(json, path, ['pages', 'emails'], report)
  const ownPages = pages === undefined ? {} : pageTexts(pages, `${path}.pages`, ours, report)
  const ownEmails = emails === undefined ? {} : fieldsOf(emails, `${path}.emails`, EMAIL_KINDS, report)
  const email = (kind: EmailKind): EmailTexts =>
    ownEmails[kind] === undefined
      ? ours.emails[kind]
      : emailTexts(ownEmails[kind], `${path}.emails.${kind}`, { kind, ours: ours.emails[kind] }, report)
  return {
    ...ours,
    pages: { ...ours.pages, ...ownPages },
    emails: {
      invitation: email('invitation'),
      reminder: email('reminder'),
      'password-reset': email('password-reset'),
    },
  }
}

function pageTexts(json: unknown, path: string, ours: Texts, report: Report): Partial<Record<PageText, string>> {
  const own = fieldsOf(json, path, PAGE_TEXTS, report)
  const given = PAGE_TEXTS.filter((key) => own[key] !== undefined)
  return Object.fromEntries(
    given.flatMap((key) => {
      const text = sentence(own[key], `${path}.${key}`, placeholdersOf(ours.pages[key]), report)
      return text === null ? [] : [[key, text]]
    }),
  )
}

/** The first name may be missing, so only the greeting that is for people with one knows it. */
function emailPlaceholders(kind: EmailKind, field: EmailField): string[] {
  if (field === 'greeting') return [...NAMES, 'firstName']
  if (field === 'before' || field === 'after') {
    return [...NAMES, 'userName', 'expires', 'sender', ...(kind === 'reminder' ? ['firstSent'] : [])]
  }
  return NAMES
}

function emailTexts(
  json: unknown,
  path: string,
  { kind, ours }: { kind: EmailKind; ours: EmailTexts },
  report: Report,
): EmailTexts {
  const own = fieldsOf(json, path, EMAIL_FIELDS, report)
  const line = (field: Exclude<EmailField, 'before' | 'after'>): string => {
    if (own[field] === undefined) return ours[field]
    return sentence(own[field], `${path}.${field}`, emailPlaceholders(kind, field), report) ?? ours[field]
  }
  const paragraphs = (field: 'before' | 'after'): readonly string[] => {
    const given = own[field]
    if (given === undefined) return ours[field]
    if (!Array.isArray(given)) {
      report(`${path}.${field}`, 'must be a list of paragraphs')
      return ours[field]
    }
    const known = emailPlaceholders(kind, field)
    const read = given.map((text: unknown, index) => sentence(text, `${path}.${field}[${index}]`, known, report))
    return read.every((text) => text !== null) ? read : ours[field]
  }
  return {
    subject: line('subject'),
    greeting: line('greeting'),
    greetingWithoutName: line('greetingWithoutName'),
    before: paragraphs('before'),
    button: line('button'),
    after: paragraphs('after'),
  }
}

/** Null after a problem was reported. */
function sentence(value: unknown, path: string, known: readonly string[], report: Report): string | null {
  const problem = problemWith(value, known)
  if (problem !== null) report(path, problem)
  return problem === null ? String(value) : null
}

function problemWith(value: unknown, known: readonly string[]): string | null {
  if (typeof value !== 'string') return 'must be a text'
  if (value.trim() === '') return 'must not be empty'
  if (/\p{Cc}/u.test(value)) return 'holds a line break or another control character'
  const unknown = placeholdersOf(value).find((name) => !known.includes(name))
  const possible = known.length === 0 ? 'none' : known.map((name) => `{${name}}`).join(', ')
  if (unknown !== undefined) return `has {${unknown}}, which is not known here; possible: ${possible}`
  return /[{}]/.test(value.replace(/\{[A-Za-z]+\}/g, '')) ? 'has a brace that belongs to no placeholder' : null
}

/** Empty after a problem with the whole was reported. */
function fieldsOf(json: unknown, path: string, known: readonly string[], report: Report): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    report(path, 'must be an object, written in braces')
    return {}
  }
  for (const key of Object.keys(json).filter((name) => !known.includes(name))) {
    const among = known.length > 10 ? '' : `; possible: ${known.join(', ')}`
    report(path === '' ? key : `${path}.${key}`, `is not known${among}`)
  }
  return json as Fields
}
