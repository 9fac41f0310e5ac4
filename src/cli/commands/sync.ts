import { openApp, type App, type SyncRequest } from '../../app.js'
import type { Config } from '../../config/config.js'
import { ConnectorError, toConnectorError } from '../../domain/errors.js'
import type { Run } from '../../domain/run.js'
import { exitCodeOf, toRunError, type RunResult } from '../../jobs/runner.js'
import type { Log } from '../../logging/log.js'
import { PlanShown } from '../../sync/shown-plan.js'
import { nameOf, text, type Options } from '../choices.js'
import { withInvocation, type GlobalOptions, type Invocation } from '../invocation.js'
import { hanging } from '../layout.js'
import { harmless, printJson, printLine } from '../output.js'
import { openPlan, type ReadPlan } from '../plan-reader.js'
import { openPlanFile, type PlanFile } from '../plan-writer.js'
import { PlannedPeople } from '../planned-people.js'
import { errorBlock, redacted } from '../problems.js'
import { readOnly } from '../read-only.js'
import { runWithoutSecrets } from '../run-json.js'
import { count, describeRun } from '../run-summary.js'

/** What was asked for. */
interface Wanted extends Pick<SyncRequest, 'dryRun' | 'full' | 'who'> {
  /** Where the plan of a dry run goes, which plan is to be applied. */
  readonly out: string | null
  readonly apply: string | null
}

export async function sync(global: GlobalOptions, options: Options): Promise<number> {
  const wanted = wantedOf(options)
  const { out, apply, dryRun } = wanted
  return withInvocation(global, { needs: 'microsoft', summarises: true }, async (invocation) => {
    const plan = apply === null ? null : await openPlan(apply)
    const file = out === null ? null : await openPlanFile(out)
    const runIn = async (config: Config): Promise<number> => {
      const app = await openApp({ ...invocation, config, log: logFor(invocation) })
      try {
        return await run(app, wanted, { plan, file }, invocation)
      } finally {
        await app.close()
      }
    }
    try {
      return await (dryRun ? readOnly(invocation.config, runIn) : runIn(invocation.config))
    } finally {
      await file?.close()
      await plan?.close()
    }
  })
}

interface Files {
  readonly plan: ReadPlan | null
  readonly file: PlanFile | null
}

async function run(app: App, wanted: Wanted, { plan, file }: Files, invocation: Invocation): Promise<number> {
  const { progress, signal, json, log } = invocation
  const { dryRun, full, who, out } = wanted
  const people = new PlannedPeople()
  const shown = new PlanShown()
  const onChanges: SyncRequest['onChanges'] = ({ users = [] }) => {
    if (!json) people.add(users)
    if (file) shown.add(users)
  }
  const done = await app.sync({
    trigger: 'manual',
    dryRun,
    full,
    signal,
    ...(who === undefined ? {} : { who }),
    ...(plan ? { plan } : {}),
    ...(dryRun ? { onChanges } : {}),
    onProgress: (at) => progress.show(at),
  })
  progress.clear()
  const kept = file && done.whole ? await writePlan(app, shown, file, done.run, signal) : null
  const result = kept instanceof ConnectorError ? failedBy(kept, done) : done
  const written = typeof kept === 'number' ? kept : null
  if (json && out !== null && written === null) log.warn('No plan has been written', { file: out })
  if (json) printJson(runWithoutSecrets(result.run, invocation))
  else printResult(result, { people: people.lines(), written, out }, invocation)
  return exitCodeOf(result)
}

/** Gives how many changes it has, or why it could not be written: the run is told of all the same. */
async function writePlan(
  app: App,
  shown: PlanShown,
  file: PlanFile,
  { connection, kind, startedAt }: Run,
  signal: AbortSignal,
): Promise<number | ConnectorError> {
  try {
    const tenantId = await app.tenant(signal)
    return await file.write({ connection, tenantId, kind, createdAt: startedAt }, shown.changes())
  } catch (thrown) {
    return toConnectorError(thrown, 'writing the plan')
  }
}

function failedBy(error: ConnectorError, { run, whole }: RunResult): RunResult {
  return { run: { ...run, outcome: 'failed', error: toRunError(error) }, error, whole }
}

function wantedOf(options: Options): Wanted {
  const given = (name: string, option: string): string | null => {
    const value = text(options[name])
    return value === undefined ? null : nameOf(option, value)
  }
  const [who, out, apply] = [given('user', '--user'), given('out', '--out'), given('apply', '--apply')]
  const dryRun = options['dryRun'] === true
  const full = options['full'] === true
  if (full && who !== null)
    throw contradiction('--full and --user contradict each other: one reads everybody, the other one person')
  if (apply !== null && (full || dryRun || who !== null || out !== null)) throw contradiction(APPLIES)
  if (out !== null && !dryRun)
    throw contradiction('--out writes the plan of a preview', 'Add --dry-run, or leave --out away.')
  return { dryRun, full, out, apply, ...(who === null ? {} : { who }) }
}

const APPLIES = '--apply does exactly what the plan says: --full, --user, --dry-run and --out contradict it'

function contradiction(message: string, remedy = 'Leave one of them away.'): ConnectorError {
  return new ConnectorError('usage.invalid', { message, remedy })
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

interface Told {
  readonly people: readonly string[]
  /** How many changes the plan has. */
  readonly written: number | null
  readonly out: string | null
}

function printResult({ run, error }: RunResult, { people, written, out }: Told, { config, redact }: Invocation): void {
  for (const line of people) printLine(line)
  if (people.length > 0) printLine()
  const { emailEnabled } = config.connection
  for (const line of describeRun(run, { emailEnabled })) printLine(hanging('', harmless(redact(line))))
  if (written === null && out !== null) printLine(hanging('', harmless(`No plan has been written to ${out}.`)))
  if (written !== null && out !== null) {
    const apply = `entra-connector sync --apply ${out}`
    printLine(hanging('', harmless(`The plan with ${count(written, 'change')} is in ${out}. To apply it: ${apply}`)))
  }
  if (error) process.stderr.write(errorBlock(redacted(error, redact)))
}
