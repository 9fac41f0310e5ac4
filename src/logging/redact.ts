import { spellings } from './spellings.js'

/** Takes out of a text whatever must not be seen. Doing it twice changes nothing more. */
export type Redactor = (text: string) => string

export interface RedactOptions {
  readonly maskAddresses: boolean
}

export const REDACTED = '[redacted]'

type Rule = readonly [RegExp, string | ((...groups: string[]) => string)]

/*
 * Every pattern must take linear time whatever it meets: it starts at something fixed (or at the start of a run, by a
 * look-behind), and nothing has to match after an unbounded repetition except where two runs can't overlap.
 */

const KEY = '(?:password|passwd|passphrase|pwd|secret|token|assertion|api[_-]?key)'
const HEADER = '(?:authorization|cookie|x-api-key)'

const RULES: readonly Rule[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^"]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|(?=\\{0,15}")|$)/g, REDACTED],
  // Headers, to the end of the line or string.
  [new RegExp(`(${HEADER}\\s{0,4}[:=]\\s{0,4})(?![\\s:="\\\\])[^\\r\\n"\\\\]+`, 'gi'), `$1${REDACTED}`],
  [/\b(bearer\s{1,4})(?!realm|error|token\b|authentic|authoriz)[\w.~+/=-]+/gi, `$1${REDACTED}`],
  [/\b(basic\s{1,4})[\w.~+/=-]{16,}/gi, `$1${REDACTED}`],
  [/[\w.-]{20,}/g, withoutJwt],
  // Query strings and forms; `token=` covers $skiptoken and $deltatoken.
  [new RegExp(`(${KEY}(?:=|%3D))[^\\s&"'<>\\\\]+`, 'gi'), `$1${REDACTED}`],
  [/([?&](?:code|state|nonce|session_state|client_info|sig)=)[^\s&"'<>\\#]+/gi, `$1${REDACTED}`],
  [new RegExp(`(${KEY}'?\\s{0,4}:\\s{0,4}')(?:[^'\\\\]+|\\\\.)+`, 'gi'), `$1${REDACTED}`],
  // JSON, and JSON inside a JSON string, where every quote has backslashes before it.
  [new RegExp(`((?:${KEY}|${HEADER})"\\s{0,4}:\\s{0,4}")(?:[^"\\\\]+|\\\\.)+`, 'gi'), `$1${REDACTED}`],
  [
    new RegExp(
      `((?:${KEY}|${HEADER})\\\\{1,7}"\\s{0,4}:\\s{0,4}\\\\{1,7}")(?:[^"\\\\]+|\\\\+[^"\\\\]|\\\\{3,}")+`,
      'gi',
    ),
    `$1${REDACTED}`,
  ],
  [/(:(?:\\?\/){2}[^\s/?#:@"<>\\]{0,256}:)[^\s/?#"<>\\]*@/g, `$1${REDACTED}@`],
  [
    /((?:\/|%2F)(?:welcome|reset|[a-z]+-password|password-reset|console-link)(?:\/|%2F))[^\s/?#&"'<>\\]+/gi,
    `$1${REDACTED}`,
  ],
]

/** A JWT starts with `{"` in base64; the rest of the run goes with it. */
function withoutJwt(run: string): string {
  const start = run.indexOf('eyJ')
  return start === -1 || !run.includes('.', start) ? run : run.slice(0, start) + REDACTED
}

/** The look-behind lets a run of letters be looked at once only. */
const ADDRESS = /(?<![\p{L}\p{M}\p{N}!#$'*+^_~.-])([\p{L}\p{M}\p{N}!#$'*+^_~.-]+)(@|%40)(?=[\p{L}\p{N}])/gu

function mask(_: string, name: string, at: string): string {
  const [, before = '', first = ''] = /^([^\p{L}\p{N}]*)(.?)/u.exec(name) ?? []
  return `${before}${first}•••${at}`
}

function anyOf(secrets: readonly string[]): Rule[] {
  const all = [...new Set(secrets.flatMap(spellings))].sort((a, b) => b.length - a.length)
  if (all.length === 0) return []
  const escaped = all.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  return [[new RegExp(escaped.join('|'), 'g'), REDACTED]]
}

/**
 * `secrets` are texts to take out wherever they stand, in whatever spelling; shorter ones than 6 characters are left,
 * because they would take ordinary words with them. Known kinds of secrets go without being named: tokens, passwords
 * in addresses and forms, private keys, links that let somebody in.
 */
export function createRedactor(secrets: readonly string[], options: RedactOptions): Redactor {
  const redact = obeying([...anyOf(secrets), ...RULES])
  return options.maskAddresses ? (text) => redact(text).replace(ADDRESS, mask) : redact
}

/**
 * The same for what is told of people, of these secrets alone: whoever is called Bearer, or is in a group “Cookie: x”,
 * keeps their name. What it quotes of a server has to go through `createRedactor` before.
 */
export function createSecretRedactor(secrets: readonly string[]): Redactor {
  return obeying(anyOf(secrets))
}

function obeying(rules: readonly Rule[]): Redactor {
  return (text) => {
    let safe = text
    for (const [pattern, replacement] of rules) {
      safe = typeof replacement === 'string' ? safe.replace(pattern, replacement) : safe.replace(pattern, replacement)
    }
    return safe
  }
}

const SECRET_KEY = new RegExp(`${KEY}s?$|authorization$|cookie$|(?:next|delta)_?link$`, 'i')

/** Whether a field of this name holds a secret whatever its value looks like. */
export function isSecretName(name: string): boolean {
  return SECRET_KEY.test(name)
}
