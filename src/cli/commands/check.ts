import { check as runChecks } from '../../app.js'
import type { ConnectionSettings, SettingsProblem } from '../../config/config.js'
import { ConnectorError, EXIT_CODES } from '../../domain/errors.js'
import { failed, firstOf, ok, warning, type Check, type CheckReport } from '../../jobs/checks.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { hanging } from '../layout.js'
import { harmless, paint, printJson, printLine } from '../output.js'
import { SettingsError } from '../problems.js'

/** Everything a run needs, one line each. Settings that cannot be used are lines too. */
export async function check({ json, connection }: GlobalOptions): Promise<number> {
  const { checks, exitCode } = await look({ json, connection })
  if (json) printJson({ ok: checks.every(({ status }) => status !== 'failed'), checks })
  else print(checks)
  return exitCode
}

async function look(global: GlobalOptions): Promise<CheckReport> {
  let checks: readonly Check[] = []
  let settings: readonly Check[] = [ok('settings', 'All settings can be read')]
  const onWarnings = (warnings: readonly SettingsProblem[]): void => {
    if (warnings.length > 0) settings = warnings.map(({ message, remedy }) => warning('settings', message, remedy))
  }
  try {
    const options = { needs: 'microsoft', forAll: true, onWarnings } as const
    const exitCode = await withInvocation(global, options, async (invocation) => {
      const { connections, log, redact, signal } = invocation
      const reports = await Promise.all(connections.map((one) => runChecks({ ...one, log }, signal)))
      checks = reports.flatMap((report, index) =>
        report.checks.map((one) => redacted(named(one, connections, index), redact)),
      )
      return firstOf(reports.map((report) => report.exitCode))
    })
    return { checks: [...settings, ...checks], exitCode }
  } catch (thrown) {
    return { checks: inSettings(thrown), exitCode: EXIT_CODES.usage }
  }
}

/** Throws again what is not about settings. */
function inSettings(thrown: unknown): Check[] {
  if (thrown instanceof ConnectorError && thrown.code === 'settings.invalid')
    return [failed('settings', thrown.message, thrown.remedy ?? 'See .env.example.')]
  if (!(thrown instanceof SettingsError)) throw thrown
  return [
    ...thrown.problems.map(({ message, remedy }) => failed('settings', message, remedy)),
    ...thrown.warnings.map(({ message, remedy }) => warning('settings', message, remedy)),
  ]
}

/** Where there is one connection only, nobody need be told which. */
function named(one: Check, connections: readonly ConnectionSettings[], index: number): Check {
  const connection = connections[index]?.config.connection.name
  return connections.length === 1 || connection === undefined ? one : { ...one, connection }
}

function redacted(one: Check, redact: (text: string) => string): Check {
  return { ...one, message: redact(one.message), remedy: one.remedy === null ? null : redact(one.remedy) }
}

const COLOURS = { ok: 'green', warning: 'yellow', failed: 'red' } as const

function print(checks: readonly Check[]): void {
  let about: string | undefined
  for (const { name, status, message, remedy, connection } of checks) {
    if (connection !== about) printLine(`\n${paint('bold', `Connection ${connection ?? ''}`)}`)
    about = connection
    const start = `${paint(COLOURS[status], status.padEnd(7))}  ${name.padEnd(11)}  `
    const indent = ' '.repeat(22)
    printLine(start + hanging(indent, harmless(message)).trimStart())
    if (remedy) printLine(paint('dim', hanging(indent, harmless(remedy))))
  }
  const failures = checks.filter(({ status }) => status === 'failed').length
  const warnings = checks.filter(({ status }) => status === 'warning').length
  printLine()
  if (failures > 0) printLine(`${failures} failed${warnings > 0 ? `, ${warnings} to look at` : ''}.`)
  else printLine(warnings > 0 ? `It works; ${warnings} to look at.` : 'Everything works.')
}
