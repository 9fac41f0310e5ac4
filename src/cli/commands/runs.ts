import { ConnectorError } from '../../domain/errors.js'
import type { LogEntry, Run } from '../../domain/run.js'
import { howMany, nameOf, type Options } from '../choices.js'
import { minute } from '../../domain/history-words.js'
import { withInvocation, type GlobalOptions, type Invocation } from '../invocation.js'
import { hanging, table, type Cell, type Column } from '../layout.js'
import { harmless, paint, printJson, printLine } from '../output.js'
import { describeRun } from '../run-summary.js'
import { withStore } from '../store.js'

export async function listRuns(global: GlobalOptions, options: Options): Promise<number> {
  const limit = howMany('--limit', options['limit'])
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const { runs } = await store.runs.list({ limit })
      if (invocation.json) printJson({ runs: runs.map(contracted) })
      else if (runs.length === 0) printLine('No run yet. The first one: entra-connector sync')
      else printLine(table(COLUMNS, runs.map(row)))
      return 0
    }),
  )
}

/** As scripts are promised it: for which tick it was is the schedule's own business. */
function contracted({ tick: _tick, ...run }: Run): Omit<Run, 'tick'> {
  return run
}

const COLUMNS: readonly Column[] = [
  { title: 'Started (UTC)' },
  { title: 'Run' },
  { title: 'Outcome' },
  { title: 'Changed', right: true },
  { title: 'Kind', narrow: 'extra' },
  { title: 'Read', right: true, narrow: 'extra' },
  { title: 'First logins', right: true, narrow: 'extra' },
  { title: 'Skipped', right: true, narrow: 'extra' },
  { title: 'Held', right: true, narrow: 'extra' },
  { title: 'Seconds', right: true, narrow: 'extra' },
]

function row({ startedAt, runId, kind, outcome, durationMs, users, signIns }: Run): Cell[] {
  const changed = users.created + users.updated + users.frozen + users.deactivated + users.reactivated
  return [
    minute(startedAt),
    runId,
    outcome === null ? 'is on' : outcome === 'succeeded-with-skips' ? 'with skips' : outcome,
    changed.toLocaleString('en'),
    kind,
    users.read.toLocaleString('en'),
    signIns.firstLogins.toLocaleString('en'),
    users.skipped.toLocaleString('en'),
    users.held.toLocaleString('en'),
    durationMs === null ? null : (durationMs / 1000).toFixed(1),
  ]
}

export async function showRun(global: GlobalOptions, given: string): Promise<number> {
  const id = nameOf('The id', given)
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const run = await store.runs.get(id.toLowerCase())
      if (!run) throw unknownRun(id, invocation)
      if (invocation.json) printJson(contracted(run))
      else printRun(run)
      return 0
    }),
  )
}

function printRun(run: Run): void {
  const { startedAt, finishedAt, trigger, graph, error } = run
  for (const line of describeRun(run)) printLine(hanging('', harmless(line)))
  printLine(
    `Started by ${TRIGGERS[trigger]} at ${minute(startedAt)} UTC${finishedAt ? `, ended at ${minute(finishedAt)}` : ''}.`,
  )
  const { requests, throttled, retried } = graph
  printLine(`Asked Microsoft ${requests} times, throttled ${throttled} times, tried again ${retried} times.`)
  if (!error) return
  printLine(hanging('Why: ', `${harmless(error.message)}.`))
  if (error.remedy !== null) printLine(hanging('What to do: ', harmless(error.remedy)))
  printLine(paint('dim', `Details: ${error.code}${error.requestId === null ? '' : ` · request ${error.requestId}`}`))
}

const TRIGGERS: Record<Run['trigger'], string> = {
  manual: 'a command',
  schedule: 'the schedule',
  notification: 'a notification',
}

export async function logOfRun(global: GlobalOptions, given: string): Promise<number> {
  const id = nameOf('The id', given)
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const runId = id.toLowerCase()
      if (!(await store.runs.get(runId))) throw unknownRun(id, invocation)
      const entries: WholeEntry[] = []
      for await (const entry of store.runs.log(runId)) {
        invocation.signal.throwIfAborted()
        if (invocation.json) entries.push(whole(entry))
        else printEntry(entry)
      }
      if (invocation.json) printJson({ entries })
      return 0
    }),
  )
}

interface WholeEntry extends Pick<LogEntry, 'at' | 'level' | 'message'> {
  readonly about: string | null
  readonly details: Readonly<Record<string, unknown>> | null
}

/** Absent values are null, as everywhere in JSON. */
function whole({ at, level, message, about, details }: LogEntry): WholeEntry {
  return { at, level, message, about: about ?? null, details: details ?? null }
}

const COLOURS = { error: 'red', warn: 'yellow', info: 'cyan', debug: 'dim' } as const

function printEntry({ at, level, message, about, details = {} }: LogEntry): void {
  const start = `${at.slice(0, 10)} ${at.slice(11, 19)}  `
  const indent = ' '.repeat(start.length + 7)
  printLine(`${start}${paint(COLOURS[level], level.padEnd(5))}  ${hanging(indent, harmless(message)).trimStart()}`)
  const facts = Object.entries(details).flatMap(([name, value]) =>
    value === null || value === undefined
      ? []
      : [`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`],
  )
  const more = [...(about === undefined ? [] : [about]), ...facts].join(' · ')
  if (more !== '') printLine(paint('dim', hanging(indent, harmless(more))))
}

const DAY_MS = 24 * 60 * 60_000

function unknownRun(id: string, { config }: Invocation): ConnectorError {
  const days = Math.round(config.kept.runsMs / DAY_MS)
  return new ConnectorError('run.unknown', {
    message: `There is no run ${id}`,
    remedy: `"entra-connector runs list" shows the ids of the last ones; older runs are dropped after ${days}d, RUNS_KEPT_FOR.`,
  })
}
