import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { ConnectorError } from '../domain/errors.js'

/** Lists of people as they come from spreadsheets, scripts and editors of every system. */

/**
 * The first column of every line: of a plain list, or of a CSV with or without a header. Blank lines and lines that
 * begin with # are left out. `-` reads standard input. Throws `usage.invalid`.
 */
export async function namesInFile(file: string): Promise<string[]> {
  return namesIn(decoded(await bytesOf(file), titleOf(file)), titleOf(file))
}

function titleOf(file: string): string {
  return file === '-' ? 'Standard input' : file
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return file === '-' ? await buffer(process.stdin) : await readFile(file)
  } catch (cause) {
    throw new ConnectorError('usage.invalid', {
      message: `${titleOf(file)} cannot be read: ${reasonOf(cause)}`,
      remedy: 'Give a file with one id or user name a line, or - for standard input.',
      cause,
    })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'we are not allowed to',
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause))
}

/** UTF-8, UTF-16 with a mark or beginning with a Latin letter, and what older spreadsheets write on Windows. */
export function decoded(bytes: Uint8Array, title: string): string {
  const [first = 1, second = 1] = bytes
  const little = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0)
  const big = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0)
  const text = new TextDecoder(little ? 'utf-16le' : big ? 'utf-16be' : isUtf8(bytes) ? 'utf-8' : 'windows-1252')
  const words = text.decode(bytes)
  if (!words.includes('\0')) return words
  throw new ConnectorError('usage.invalid', {
    message: `${title} is not a text`,
    remedy: 'Save it as text or CSV, one id or user name a line: a workbook cannot be read.',
  })
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

const COMMENT = / *#[^\r\n]*/y
const QUOTED = / *"([^"]*(?:""[^"]*)*)" *(?=[,;\t\r\n]|$)/y
const OPEN_QUOTE = / *"/y
const PLAIN = /[^,;\t\r\n]*/y
const LINE_END = /\r\n|\r|\n/y

/** Separated by commas, semicolons or tabs; a quoted value may hold separators and line ends. */
export function namesIn(text: string, title: string): string[] {
  const names: string[] = []
  let at = 0
  let line = 1
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (!found) return null
    at = pattern.lastIndex
    line += found[0].match(/\r\n|\r|\n/g)?.length ?? 0
    return found
  }
  const value = (): string => {
    const quoted = take(QUOTED)
    if (quoted) return (quoted[1] ?? '').replaceAll('""', '"').trim()
    if (take(OPEN_QUOTE)) throw unreadable(title, line, 'a quotation mark is out of place')
    return take(PLAIN)?.[0].trim() ?? ''
  }
  let mayBeHeader = true
  while (at < text.length) {
    const start = line
    if (!take(COMMENT)) {
      const name = value()
      let others = ''
      while (at < text.length && /[,;\t]/.test(text.charAt(at))) {
        at += 1
        others += value()
      }
      if (name === '' && others !== '') throw unreadable(title, start, 'the first column is empty')
      if (name !== '' && !(mayBeHeader && isHeader(name))) names.push(name)
      if (name !== '') mayBeHeader &&= /^version:/i.test(name)
    }
    take(LINE_END)
  }
  return names
}

const HEADERS = /^(id|upn|users?|user ?names?|login|e ?mail|mail|name|benutzer|benutzername|benutzerprinzipalname)$/

/** Titles as our export, Entra's downloads and its templates for bulk operations have them. */
function isHeader(name: string): boolean {
  const words = name.toLowerCase().replaceAll(/[-_]/g, ' ')
  return !name.includes('@') && (HEADERS.test(words) || /user ?principal ?name|object ?id|^version:/.test(words))
}

function unreadable(title: string, line: number, why: string): ConnectorError {
  return new ConnectorError('usage.invalid', {
    message: `${title}, line ${line}: ${why}`,
    remedy: 'Nobody was asked for. Correct the line: one id or user name a line, or in the first column of a CSV.',
  })
}
