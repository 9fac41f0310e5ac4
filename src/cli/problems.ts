import type { SettingsProblem } from '../config/config.js'
import { settingsError } from '../config/problems.js'
import { ConnectorError, EXIT_CODES, toConnectorError } from '../domain/errors.js'
import type { Redactor } from '../logging/redact.js'
import { hanging, lineWidth } from './layout.js'
import { harmless, paint, printJson } from './output.js'

/** How a command that cannot do its work says so: in the same words everywhere. */

/** Thrown when settings stand in the way: every problem at once. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'

  constructor(
    readonly problems: readonly SettingsProblem[],
    readonly warnings: readonly SettingsProblem[] = [],
  ) {
    super(problems.map(({ message }) => message).join(' '))
  }
}

/** The one place where errors end: prints what was thrown and gives the exit code. */
export function report(thrown: unknown, json: boolean): number {
  if (thrown instanceof SettingsError) return reportSettings(thrown.problems, json)
  const error = toConnectorError(thrown, 'running the command')
  if (json && error.code !== 'output.failed') printErrorDocument(error)
  else process.stderr.write(errorBlock(error))
  return error.exitCode
}

/** The same error with nothing in it that must not be seen. */
export function redacted(error: ConnectorError, redact: Redactor): ConnectorError {
  const { code, message, meanwhile, remedy, retryAt } = error
  const details = Object.fromEntries(
    Object.entries(error.details).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
  )
  return new ConnectorError(code, {
    message: redact(message),
    details,
    ...(meanwhile === null ? {} : { meanwhile: redact(meanwhile) }),
    ...(remedy === null ? {} : { remedy: redact(remedy) }),
    ...(retryAt === null ? {} : { retryAt }),
  })
}

function printErrorDocument({ code, message, remedy, details }: ConnectorError): void {
  printJson({ error: { code, message, remedy, requestId: details.requestId ?? null } })
}

/** Headline, what is safe meanwhile, what to do, details. */
export function errorBlock(error: ConnectorError, stream = process.stderr): string {
  const { message, meanwhile, remedy } = error
  const width = lineWidth(stream)
  const lines = [paint('red', hanging('', harmless(message), width), stream)]
  if (meanwhile) lines.push(hanging('  ', harmless(meanwhile), width))
  if (remedy) lines.push(hanging('  What to do: ', harmless(remedy), width))
  const details = detailsOf(error)
  if (details !== null) lines.push(paint('dim', hanging('  Details: ', harmless(details), width), stream))
  return `${lines.join('\n')}\n`
}

/** Null where there is nothing that support could use. */
function detailsOf({ kind, code, details }: ConnectorError): string | null {
  const facts = [
    details.code ?? code,
    details.status === undefined ? '' : `HTTP ${details.status}`,
    details.requestId ? `request ${details.requestId}` : '',
    details.correlationId ? `correlation ${details.correlationId}` : '',
    details.at ?? '',
  ].filter((fact) => fact !== '')
  const ordinary = kind === 'usage' || kind === 'caller' || kind === 'interrupted'
  if (ordinary && facts.length === 1 && details.code === undefined) return null
  return `${facts.join(' · ')}${details.words ? `: ${details.words}` : ''}`
}

function reportSettings(problems: readonly SettingsProblem[], json: boolean): number {
  if (json) {
    printErrorDocument(settingsError(problems))
    return EXIT_CODES.usage
  }
  const width = lineWidth(process.stderr)
  const title = problems.length === 1 ? 'A setting needs attention:' : `${problems.length} settings need attention:`
  const lines = problems.flatMap(({ message, remedy }) => [
    hanging('  ', harmless(message), width),
    hanging('    ', harmless(remedy), width),
  ])
  process.stderr.write(`${[paint('red', title, process.stderr), ...lines].join('\n')}\n`)
  return EXIT_CODES.usage
}
