import { styleText } from 'node:util'
import type { SettingsProblem } from '../config/config.js'
import { EXIT_CODES, type ConnectorError } from '../domain/errors.js'

/** Results go to standard output, everything else to standard error. */

type Redact = (text: string) => string
type Colour = Parameters<typeof styleText>[0]

export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`)
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Coloured on a terminal, unless NO_COLOR or the terminal says otherwise; plain anywhere else. */
export function paint(colour: Colour, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY && stream.hasColors() ? styleText(colour, text) : text
}

/** Names come from the directory: nothing in them may move the cursor or colour the terminal. */
export function harmless(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\uFFFD')
}

/** Headline, what is safe meanwhile, what to do, details: the same words everywhere. */
export function printError(error: ConnectorError, { json, redact }: { json: boolean; redact: Redact }): void {
  const { code, details } = error
  const message = redact(error.message)
  const remedy = error.remedy === null ? null : redact(error.remedy)
  if (json) {
    printJson({ error: { code, message, remedy, requestId: details.requestId ?? null } })
    return
  }
  process.stderr.write(`${errorBlock(error, redact).join('\n')}\n`)
}

export function errorBlock(error: ConnectorError, redact: Redact): string[] {
  const { meanwhile, remedy, details, code } = error
  const lines = [paint('red', harmless(redact(error.message)), process.stderr)]
  if (meanwhile) lines.push(`  ${meanwhile}`)
  if (remedy) lines.push(`  What to do: ${harmless(redact(remedy))}`)
  const facts = [
    details.code ?? code,
    details.status === undefined ? '' : `HTTP ${details.status}`,
    details.requestId ? `request ${details.requestId}` : '',
    details.correlationId ? `correlation ${details.correlationId}` : '',
    details.at ?? '',
  ].filter((fact) => fact !== '')
  const words = details.words ? `: ${harmless(redact(details.words))}` : ''
  lines.push(paint('dim', `  Details: ${facts.join(' · ')}${words}`, process.stderr))
  return lines
}

/** Returns the exit code, so that nobody can print problems and end well. */
export function printProblems(problems: readonly SettingsProblem[], json: boolean): number {
  if (json) {
    const message = problems.map((problem) => problem.message).join(' ')
    const remedy = [...new Set(problems.map((problem) => problem.remedy))].join(' ')
    printJson({ error: { code: 'settings.invalid', message, remedy, requestId: null } })
    return EXIT_CODES.usage
  }
  const title = problems.length === 1 ? 'A setting needs attention:' : `${problems.length} settings need attention:`
  process.stderr.write(`${paint('red', title, process.stderr)}\n`)
  for (const { message, remedy } of problems) process.stderr.write(`  ${harmless(message)}\n    ${harmless(remedy)}\n`)
  return EXIT_CODES.usage
}
