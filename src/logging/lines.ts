import type { LogLevelName } from '../config/config.js'
import type { Plain, PlainFields } from './plain.js'

/** What a log line says; everything in it is plain and redacted. */
export interface LogRecord {
  readonly time: string
  readonly level: LogLevelName
  readonly message: string
  readonly fields: PlainFields
}

const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

function code(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Without anything a terminal would act on: escapes, line breaks, changes of the writing direction. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character === '\n' ? '\\n' : character === '\t' ? '\\t' : code(character),
  )
}

/** One JSON object on one line: time, level and message, run and connection, then the rest. */
export function jsonLine({ time, level, message, fields }: LogRecord): string {
  const { runId, connection, ...rest } = fields
  const taken = ['time', 'level', 'message']
  const others = Object.entries(rest).map(([name, value]) => [taken.includes(name) ? `${name}_` : name, value])
  const line = { time, level, message, runId, connection, ...(Object.fromEntries(others) as object) }
  return JSON.stringify(line).replace(UNSAFE, code)
}

const COLOURS: Readonly<Record<LogLevelName, string>> = {
  error: '\u001b[31m',
  warn: '\u001b[33m',
  info: '\u001b[36m',
  debug: '\u001b[2m',
}
const DIM = '\u001b[2m'
const PLAIN = '\u001b[0m'

function painted(text: string, colour: string, colours: boolean): string {
  return colours && text !== '' ? `${colour}${text}${PLAIN}` : text
}

/** `2026-11-21 12:41:03Z  warn   message  name=value …`, stacks on lines of their own below. */
export function prettyLine(record: LogRecord, colours: boolean): string {
  const stacks: string[] = []
  const pairs = Object.entries(record.fields).flatMap(([name, value]) => pairsOf(name, value, stacks))
  const head = [
    painted(`${record.time.slice(0, 19).replace('T', ' ')}Z`, DIM, colours),
    painted(record.level.padEnd(5), COLOURS[record.level], colours),
    visible(record.message),
    painted(pairs.join(' '), DIM, colours),
  ]
  return [head.filter((text) => text !== '').join('  '), ...stacks.map((text) => `    ${visible(text)}`)].join('\n')
}

/** `error="what happened" error.code=x`: what is inside gets a dotted name, a message the name of what it belongs to. */
function pairsOf(name: string, value: Plain, stacks: string[]): string[] {
  if (value === null || (name === 'connection' && value === 'default')) return []
  if (typeof value !== 'object' || isList(value)) return [`${visible(name)}=${shown(value)}`]
  return Object.entries(value).flatMap(([inner, own]) => {
    if (inner !== 'stack' || typeof own !== 'string') {
      return pairsOf(inner === 'message' ? name : `${name}.${inner}`, own, stacks)
    }
    stacks.push(...own.split('\n'))
    return []
  })
}

function shown(value: Plain): string {
  if (typeof value !== 'string') return visible(JSON.stringify(value))
  const text = visible(value)
  return /^[^\s"=]+$/.test(text) ? text : `"${text}"`
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value)
}
