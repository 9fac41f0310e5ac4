import { ConnectorError } from '../../domain/errors.js'
import type { LogEntry, Run } from '../../domain/run.js'
import { wholeNumber } from '../choices.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { harmless, paint, printJson, printLine } from '../output.js'
import { describeRun } from '../run-summary.js'
import { withStore } from '../store.js'
import { table } from '../table.js'

export async function listRuns(global: GlobalOptions, options: Readonly<Record<string, unknown>>): Promise<number> {
  const limit = wholeNumber('--limit', options['limit'], { min: 1, max: 1000 })
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const { runs } = await store.runs.list({ limit })
      if (invocation.json) printJson({ runs })
      else if (runs.length === 0) printLine('No run yet. The first one: entra-connector sync')
      else
        printLine(
          table(
            ['Started', 'Run', 'Kind', 'Outcome', 'Seconds', 'Read', 'Changed', 'First logins', 'Skipped'],
            runs.map(row),
          ),
        )
      return 0
    }),
  )
}

function row({ startedAt, runId, kind, outcome, durationMs, users, signIns }: Run): (string | number | null)[] {
  const changed = users.created + users.updated + users.frozen + users.deactivated + users.reactivated
  const seconds = durationMs === null ? null : (durationMs / 1000).toFixed(1)
  return [
    startedAt.slice(0, 19),
    runId,
    kind,
    outcome ?? 'running',
    seconds,
    users.read,
    changed,
    signIns.firstLogins,
    users.skipped,
  ]
}

export async function showRun(global: GlobalOptions, id: string): Promise<number> {
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const run = await store.runs.get(id)
      if (!run) throw unknownRun(id)
      if (invocation.json) printJson(run)
      else for (const line of describeRun(run)) printLine(harmless(line))
      return 0
    }),
  )
}

export async function logOfRun(global: GlobalOptions, id: string): Promise<number> {
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      if (!(await store.runs.get(id))) throw unknownRun(id)
      const entries: LogEntry[] = []
      for await (const entry of store.runs.log(id)) {
        if (invocation.json) entries.push(entry)
        else printEntry(entry)
      }
      if (invocation.json) printJson({ entries })
      return 0
    }),
  )
}

function printEntry({ at, level, message, about, details }: LogEntry): void {
  const colour = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'dim'
  const facts = Object.entries(details ?? {})
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  printLine(
    `${at} ${paint(colour, level.padEnd(5))} ${harmless([message, about ?? '', ...facts].filter((part) => part !== '').join('  '))}`,
  )
}

function unknownRun(id: string): ConnectorError {
  return new ConnectorError('run.unknown', {
    message: `There is no run ${id}`,
    remedy: '"entra-connector runs list" shows the ids of the last ones.',
  })
}
