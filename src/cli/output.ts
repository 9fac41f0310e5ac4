import { styleText } from 'node:util'
import { ConnectorError } from '../domain/errors.js'

/** Results go to standard output, everything else to standard error. */

type Colour = Parameters<typeof styleText>[0]

export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`)
}

export function printJson(value: unknown): void {
  printLine(jsonText(value))
}

const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** JSON on one line, for readers and terminals that take more characters than a line feed for the end of a line. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, (at) => `\\u${at.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Coloured on a terminal, unless NO_COLOR or the terminal says otherwise; plain anywhere else. */
export function paint(colour: Colour, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY && stream.hasColors() ? styleText(colour, text) : text
}

/** Names come from the directory: nothing in them may move the cursor, colour the terminal or turn a line around. */
export function harmless(text: string): string {
  return text
    .replace(/\s*[\t\n\v\f\r\u0085\u2028\u2029]\s*/g, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\uFFFD')
}

/**
 * Keeps a reader who has seen enough (`| head`) from ending the process. The returned function resolves once everything
 * is written, with what went wrong otherwise: a full disk, for instance.
 */
export function watchOutput(): () => Promise<ConnectorError | null> {
  let failure: ConnectorError | null = null
  process.stdout.on('error', (error: Error) => (failure ??= writeFailure(error)))
  process.stderr.on('error', () => undefined)
  return async () => {
    await new Promise((resolve) => process.stdout.write('', resolve))
    return failure
  }
}

/** Null for a reader who has gone. */
export function writeFailure(cause: Error): ConnectorError | null {
  if ('code' in cause && cause.code === 'EPIPE') return null
  return new ConnectorError('output.failed', {
    message: `The result cannot be written: ${cause.message}`,
    remedy: 'Look at where standard output leads: is the disk full?',
    cause,
  })
}
