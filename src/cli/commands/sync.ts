import { openApp } from '../../app.js'
import type { UserChange } from '../../domain/user.js'
import { exitCodeOf } from '../../jobs/runner.js'
import { text } from '../choices.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { errorBlock, harmless, printJson, printLine } from '../output.js'
import { progressLine } from '../progress.js'
import { describeRun } from '../run-summary.js'
import { table } from '../table.js'

const SHOWN = 50

export async function sync(global: GlobalOptions, options: Readonly<Record<string, unknown>>): Promise<number> {
  const dryRun = options['dryRun'] === true
  const who = text(options['user'])
  return withInvocation(global, { needs: 'microsoft' }, async (invocation) => {
    const line = progressLine(process.stderr)
    const app = await openApp(invocation)
    const changes: UserChange[] = []
    let more = 0
    try {
      const result = await app.sync({
        trigger: 'manual',
        dryRun,
        full: options['full'] === true,
        signal: invocation.signal,
        ...(who === undefined ? {} : { who }),
        onProgress: (progress) => line.show(progress),
        onChanges: ({ users = [] }) => {
          if (!dryRun) return
          changes.push(...users.slice(0, SHOWN - changes.length))
          more += users.length
        },
      })
      line.clear()
      if (invocation.json) printJson(withoutSecrets(result.run, invocation.redact))
      else {
        if (changes.length > 0) printChanges(changes, more - changes.length)
        for (const text of describeRun(result.run)) printLine(harmless(invocation.redact(text)))
        if (result.error) process.stderr.write(`${errorBlock(result.error, invocation.redact).join('\n')}\n`)
      }
      return exitCodeOf(result)
    } finally {
      line.clear()
      await app.close()
    }
  })
}

function printChanges(changes: readonly UserChange[], more: number): void {
  const rows = changes.map(({ before, after }) => [
    after.displayName ?? after.userPrincipalName,
    after.userPrincipalName,
    before === null ? 'created' : whatChanged(before, after),
    after.account,
    after.status,
  ])
  printLine(table(['Name', 'User name', 'Would be', 'Account', 'Onboarding'], rows))
  if (more > 0) printLine(`… and ${more.toLocaleString('en')} more`)
  printLine()
}

function whatChanged(before: UserChange['after'], after: UserChange['after']): string {
  if (before.account !== after.account) return `${before.account} → ${after.account}`
  return before.status === after.status ? 'updated' : `${before.status} → ${after.status}`
}

/** The JSON document as a text with everything secret taken out, and back: one rule for every place. */
function withoutSecrets<T>(value: T, redact: (text: string) => string): T {
  return JSON.parse(redact(JSON.stringify(value))) as T
}
