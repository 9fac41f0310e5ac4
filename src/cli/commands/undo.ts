import { openApp, type UndoResult } from '../../app.js'
import { ConnectorError } from '../../domain/errors.js'
import { exitCodeOf } from '../../jobs/runner.js'
import { byWhom } from '../by-whom.js'
import { nameOf, type Options } from '../choices.js'
import { confirmedFor, hasTerminal } from '../confirm.js'
import { withInvocation, type GlobalOptions, type Invocation } from '../invocation.js'
import { hanging } from '../layout.js'
import { harmless, printJson, printLine } from '../output.js'
import { describeUndo, headlineOf } from '../undo-summary.js'

/** `undo RUN`: always looks first at what would come of it. */
export async function undo(global: GlobalOptions, options: Options, given: string): Promise<number> {
  const runId = nameOf('The id of the run', given).toLowerCase()
  const dryRun = options['dryRun'] === true
  const by = byWhom(options['by'])
  const isAgreed = dryRun || options['yes'] === true
  if (!isAgreed && !hasTerminal()) throw unasked(runId)
  return withInvocation(global, { needs: 'store', summarises: true }, async (invocation) => {
    const { progress, signal, json } = invocation
    const app = await openApp(invocation)
    try {
      const ask = async (preview: boolean): Promise<Undone> => {
        const onProgress = (at: Parameters<typeof progress.show>[0]): void => progress.show(at)
        const result = await app.undo({ runId, dryRun: preview, by, signal, onProgress })
        progress.clear()
        return doneBy(result)
      }
      if (!isAgreed) await agreed((await ask(true)).undone, invocation)
      const result = await ask(dryRun)
      if (json) printJson(result.undone)
      else for (const line of await describeUndo(result.undone, result.run, app.store)) printLine(line)
      return exitCodeOf(result)
    } finally {
      await app.close()
    }
  })
}

type Undone = UndoResult & { readonly undone: NonNullable<UndoResult['undone']> }

/** Throws what ended the run. */
function doneBy(result: UndoResult): Undone {
  const { undone, error } = result
  if (error) throw error
  if (!undone) throw new Error('The run has ended without an error and without an outcome')
  return { ...result, undone }
}

function unasked(runId: string): ConnectorError {
  return new ConnectorError('usage.invalid', {
    message: 'Without a terminal nobody can be asked, so an undo needs --yes',
    meanwhile: 'Nothing was changed.',
    remedy: `Look first: entra-connector undo ${runId} --dry-run. Then add --yes.`,
  })
}

/** Throws `run.interrupted` unless the answer is yes. Where nobody can be put back there is nothing to ask. */
async function agreed(undone: Undone['undone'], { signal }: Invocation): Promise<void> {
  const { restored } = undone
  if (restored === 0) return
  process.stderr.write(`${hanging('', harmless(headlineOf(undone, true)))}\n`)
  const people = `${restored.toLocaleString('en')} ${restored === 1 ? 'person' : 'people'}`
  if (await confirmedFor(restored, `Undo for ${people}?`, signal)) return
  throw new ConnectorError('run.interrupted', { message: 'Nobody was changed: you did not say yes' })
}
