import { openApp, type SyncRequest } from '../../app.js'
import { ConnectorError } from '../../domain/errors.js'
import type { Run } from '../../domain/run.js'
import { PROFILE_FIELDS, type UserChange } from '../../domain/user.js'
import { exitCodeOf, type RunResult } from '../../jobs/runner.js'
import type { Log } from '../../logging/log.js'
import { nameOf, text, type Options } from '../choices.js'
import { labelOf } from '../../domain/history-words.js'
import { withInvocation, type GlobalOptions, type Invocation } from '../invocation.js'
import { hanging, table, type Column } from '../layout.js'
import { harmless, printJson, printLine } from '../output.js'
import { errorBlock, redacted } from '../problems.js'
import { describeRun } from '../run-summary.js'

const SHOWN = 50

export async function sync(global: GlobalOptions, options: Options): Promise<number> {
  const dryRun = options['dryRun'] === true
  const full = options['full'] === true
  const user = text(options['user'])
  const who = user === undefined ? undefined : nameOf('--user', user)
  if (full && who !== undefined) throw contradiction()
  return withInvocation(global, { needs: 'microsoft', summarises: true }, async (invocation) => {
    const { progress, signal } = invocation
    const planned: UserChange[] = []
    let more = 0
    const onChanges: SyncRequest['onChanges'] = ({ users = [] }) => {
      const room = SHOWN - planned.length
      planned.push(...users.slice(0, room))
      more += Math.max(0, users.length - room)
    }
    const app = await openApp({ ...invocation, log: logFor(invocation) })
    try {
      const result = await app.sync({
        trigger: 'manual',
        dryRun,
        full,
        signal,
        ...(who === undefined ? {} : { who }),
        ...(dryRun ? { onChanges } : {}),
        onProgress: (at) => progress.show(at),
      })
      progress.clear()
      if (invocation.json) printJson(withoutSecrets(result.run, invocation))
      else printResult(result, { planned, more }, invocation)
      return exitCodeOf(result)
    } finally {
      await app.close()
    }
  })
}

function contradiction(): ConnectorError {
  return new ConnectorError('usage.invalid', {
    message: '--full and --user contradict each other: one reads everybody, the other one person',
    remedy: 'Leave one of them away.',
  })
}

/** On a terminal what ended a run is told below it; the run's own log has it either way. */
function logFor({ config, json, log }: Invocation): Log {
  if (json || config.log.file !== null || !process.stderr.isTTY) return log
  const lowered = (to: Log): Log => ({
    ...to,
    error: (message, fields) => to.debug(message, fields),
    child: (fields) => lowered(to.child(fields)),
  })
  return lowered(log)
}

interface Planned {
  readonly planned: readonly UserChange[]
  readonly more: number
}

function printResult({ run, error }: RunResult, { planned, more }: Planned, { config, redact }: Invocation): void {
  if (planned.length > 0) {
    printLine(table(COLUMNS, planned.map(row)))
    if (more > 0) printLine(`… and ${more.toLocaleString('en')} more`)
    printLine()
  }
  const { emailEnabled } = config.connection
  for (const line of describeRun(run, { emailEnabled })) printLine(hanging('', harmless(redact(line))))
  if (error) process.stderr.write(errorBlock(redacted(error, redact)))
}

const COLUMNS: readonly Column[] = [
  { title: 'Name', narrow: 'cut' },
  { title: 'User name', narrow: 'cut' },
  { title: 'Would be', narrow: 'cut' },
]

function row({ before, after }: UserChange): (string | null)[] {
  return [after.displayName, after.userPrincipalName, before === null ? created(after) : changed(before, after)]
}

function created({ account, status }: UserChange['after']): string {
  const parts = [account === 'active' ? null : account, status === 'never-logged-in' ? null : status]
  return ['created', ...parts.filter((part) => part !== null)].join(', ')
}

function changed(before: UserChange['after'], after: UserChange['after']): string {
  const states = (['account', 'status'] as const).filter((field) => before[field] !== after[field])
  if (states.length > 0) return states.map((field) => `${before[field]} → ${after[field]}`).join(', ')
  const fields = PROFILE_FIELDS.filter((field) => before[field] !== after[field]).map(labelOf)
  return fields.length === 0 ? 'updated' : `updated: ${fields.join(', ')}`
}

/** Free text in a run may quote Microsoft. */
function withoutSecrets(run: Run, { redact }: Invocation): Run {
  const clean = (words: string | null): string | null => (words === null ? null : redact(words))
  const { error, signIns, bounces } = run
  return {
    ...run,
    signIns: { ...signIns, reason: clean(signIns.reason) },
    bounces: { ...bounces, reason: clean(bounces.reason) },
    error: error && { ...error, message: redact(error.message), remedy: clean(error.remedy) },
  }
}
