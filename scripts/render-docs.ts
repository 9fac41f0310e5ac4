import { EXAMPLES } from '../src/domain/properties.js'
import { EXIT_CODES } from '../src/domain/errors.js'
import type { Setting } from '../src/config/setting.js'
import { GROUPS } from '../src/config/settings.js'

/** What of the documents is made from the code: `.env.example` and the generated parts of the README. */

const HEAD = `# Settings of entra-connector. Copy this file to .env and fill in what you need: a setting behind a # stands at its
# default, or shows an example. This file is made by scripts/write-docs.ts.
#
# Variables of the process win over this file. An empty value counts as unset, a value that can't be read is an error.
# Values with spaces or # belong in single quotes. Durations are a whole number with s, m, h or d.`

function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines.splice(-1, 1, `${last} ${word}`)
    else lines.push(word)
  }
  return lines
}

function envLine(name: string, setting: Setting): string {
  const value = setting.example ?? setting.default ?? ''
  return value === '' ? `${name}=` : `# ${name}=${value}`
}

function envComment({ sentence, default: standard, example, otherwise }: Setting): string[] {
  const unseen = otherwise ?? (example === undefined ? undefined : standard)
  const text = unseen === undefined ? sentence : `${sentence} Default: ${unseen}`
  return wrapped(text.replaceAll('`', ''), 117).map((line) => `# ${line}`)
}

/** The text of `.env.example`. */
export function envExample(): string {
  const groups = GROUPS.map(({ title, settings }) => {
    const entries = Object.entries(settings).map(([name, setting]) =>
      [...envComment(setting), envLine(name, setting)].join('\n'),
    )
    return `# --- ${title} ---\n\n${entries.join('\n\n')}`
  })
  return `${[HEAD, ...groups].join('\n\n')}\n`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => {
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return lines.join('\n')
}

function defaultOf({ default: standard, otherwise }: Setting): string {
  return standard === undefined ? (otherwise ?? '–') : `\`${standard}\``
}

/** One row per setting. */
export function settingsTable(): string {
  const rows = GROUPS.flatMap(({ settings }) => Object.entries(settings))
  return table(
    ['name', 'default', 'meaning'],
    rows.map(([name, setting]) => [`\`${name}\``, defaultOf(setting), setting.sentence]),
  )
}

const MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  done: 'done',
  failed: 'failed',
  caller: 'what was asked for does not exist',
  usage: 'usage or settings',
  skipped: 'done, but some users were skipped',
  denied: 'Microsoft refused the sign-in or a permission',
  unavailable: 'unavailable for now (throttled, network, store, mail)',
  held: 'removals are held',
  lease: 'another run holds the lease',
  interrupted: 'interrupted, progress kept',
}

/** One row per exit code; several reasons may share one. */
export function exitCodesTable(): string {
  const codes = [...new Set(Object.values(EXIT_CODES))].sort((a, b) => a - b)
  const names = Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]
  const meaning = (code: number) => names.filter((name) => EXIT_CODES[name] === code).map((name) => MEANINGS[name])
  return table(
    ['exit code', 'meaning'],
    codes.map((code) => [String(code), meaning(code).join('; ')]),
  )
}

/** What rules and fields may name, a place and a part standing for all of them. */
export function propertiesList(): string {
  return wrapped(EXAMPLES.map((path) => `\`${path}\``).join(', ') + '.', 120).join('\n')
}

export const SECTIONS: Readonly<Record<string, () => string>> = {
  settings: settingsTable,
  'exit-codes': exitCodesTable,
  properties: propertiesList,
}

/** The text between `<!-- name -->` and `<!-- /name -->`; null when the marks are not there. */
export function sectionOf(document: string, name: string): string | null {
  const start = document.indexOf(`<!-- ${name} -->`)
  const end = document.indexOf(`<!-- /${name} -->`)
  return start === -1 || end < start ? null : document.slice(start + `<!-- ${name} -->`.length, end)
}

/** Throws when the marks are missing: a table nobody sees would stay stale for ever. */
export function withSection(document: string, name: string, body: string): string {
  const old = sectionOf(document, name)
  if (old === null) throw new Error(`The document has no marks <!-- ${name} --> and <!-- /${name} -->`)
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  return document.replace(`${open}${old}${close}`, () => `${open}\n\n${body.trim()}\n\n${close}`)
}
