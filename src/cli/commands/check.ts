import { check as runCheck } from '../../app.js'
import { readConfig, environment } from '../../config/read.js'
import type { Check } from '../../jobs/checks.js'
import { EXIT_CODES } from '../../domain/errors.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { harmless, paint, printJson, printLine } from '../output.js'

const MARKS = { ok: ['green', '✔ ok     '], warning: ['yellow', '▲ warning'], failed: ['red', '✖ failed '] } as const

export async function check(global: GlobalOptions): Promise<number> {
  const cwd = process.cwd()
  const read = readConfig({ env: environment(cwd), cwd, tty: false, needs: 'microsoft' })
  if (!read.ok) {
    const checks = read.problems.map(({ message, remedy }): Check => ({
      name: 'settings',
      status: 'failed',
      message,
      remedy,
    }))
    print(checks, global.json)
    return EXIT_CODES.usage
  }
  return withInvocation(global, { needs: 'microsoft' }, async (invocation) => {
    const settings = read.warnings.map(({ message, remedy }): Check => ({
      name: 'settings',
      status: 'warning',
      message,
      remedy,
    }))
    if (settings.length === 0)
      settings.push({ name: 'settings', status: 'ok', message: 'All settings can be read', remedy: null })
    const report = await runCheck(invocation, invocation.signal)
    print(
      [...settings, ...report.checks].map((line) => redacted(line, invocation.redact)),
      invocation.json,
    )
    return report.exitCode
  })
}

function print(checks: readonly Check[], json: boolean): void {
  if (json) {
    printJson({ ok: checks.every(({ status }) => status !== 'failed'), checks })
    return
  }
  for (const { name, status, message, remedy } of checks) {
    const [colour, mark] = MARKS[status]
    printLine(`${paint(colour, mark)} ${name.padEnd(16)} ${harmless(message)}`)
    if (remedy) printLine(`${' '.repeat(27)}${harmless(remedy)}`)
  }
}

function redacted(line: Check, redact: (text: string) => string): Check {
  return { ...line, message: redact(line.message), remedy: line.remedy === null ? null : redact(line.remedy) }
}
