import { openApp, type UndoResult } from '../../app.js'
import { ConnectorError } from '../../domain/errors.js'
import { exitCodeOf } from '../../jobs/runner.js'
import { byWhom } from '../by-whom.js'
import { nameOf, type Options } from '../choices.js'
import { confirmedFor, hasTerminal } from '../confirm.js'
import { withInvocation, type GlobalOptions, type Invocation } from '../invocation.js'
import { hanging } from '../layout.js'
import { harmless, printJson, printLine } from '../output.js'
import { errorBlock, redacted } from '../problems.js'
import { runWithoutSecrets } from '../run-json.js'
import { describeUndo, headlineOf } from '../undo-summary.js'

/** `undo RUN`: always looks first at what would come of it. */
export async function undo(global: GlobalOptions, options: Options, given: string): Promise<number> {
  const runId = nameOf('The id of the run', given).toLowerCase()
  const dryRun = options['dryRun'] === true
  const by = byWhom(options['by'])
  const isAgreed = dryRun || options['yes'] === true
  if (!isAgreed && !hasTerminal()) throw unasked(runId)
  return withInvocation(global, { needs: 'store', summarises: true }, async (invocation) => {
    const { progress, signal } = invocation
    const app = await openApp(invocation)
    try {
      const ask = async (preview: boolean): Promise<UndoResult> => {
        const onProgress = (at: Parameters<typeof progress.show>[0]): void => progress.show(at)
        const result = await app.undo({ runId, dryRun: preview, by, signal, onProgress })
        progress.clear()
        return result
      }
      if (!isAgreed) await agreed(await ask(true), invocation)
      const result = await ask(dryRun)
      if (result.error) tellFailure(result, result.error, invocation)
      else if (invocation.json) printJson(result.undone)
      else for (const line of await describeUndo(result.undone, result.run, app.store)) printLine(line)
      return exitCodeOf(result)
    } finally {
      await app.close()
    }
  })
}

/** With what was put back before: that stays. */
function tellFailure({ run, undone }: UndoResult, error: ConnectorError, invocation: Invocation): void {
  const { json, redact } = invocation
  if (json) {
    printJson({ ...runWithoutSecrets(run, invocation), ...undone })
    return
  }
  if (undone.restored > 0) printLine(hanging('', harmless(headlineOf(undone, run.dryRun))))
  process.stderr.write(errorBlock(redacted(error, redact)))
}

function unasked(runId: string): ConnectorError {
  return new ConnectorError('usage.invalid', {
    message: 'Without a terminal nobody can be asked, so an undo needs --yes',
    meanwhile: 'Nothing was changed.',
    remedy: `Look first: entra-connector undo ${runId} --dry-run. Then add --yes.`,
  })
}

/**
 * Throws what ended the preview, and `run.interrupted` unless the answer is yes. Where nobody can be put back there is
 * nothing to ask.
 */
async function agreed({ undone, error }: UndoResult, { signal }: Invocation): Promise<void> {
  if (error) throw error
  const { restored } = undone
  if (restored === 0) return
  process.stderr.write(`${hanging('', harmless(headlineOf(undone, true)))}\n`)
  const people = `${restored.toLocaleString('en')} ${restored === 1 ? 'person' : 'people'}`
  if (await confirmedFor(restored, `Undo for ${people}?`, signal)) return
  throw new ConnectorError('run.interrupted', { message: 'Nobody was changed: you did not say yes' })
}
