import { toConnectorError } from '../domain/errors.js'
import type { RunWriter } from './run-writer.js'

/** Null: for ever. */
export interface KeptFor {
  readonly runsMs: number
  readonly replacedMs: number
  readonly historyMs: number | null
}

const BATCH = 500
/** What a run leaves over, the next one drops. */
const BATCHES = 20

/** Drops what is older than it is kept, a little at the end of each run. A failure is told and harms nothing. */
export async function prune(writer: RunWriter, kept: KeptFor): Promise<void> {
  if (writer.run.dryRun) return
  const before = (ms: number): string => new Date(writer.now().getTime() - ms).toISOString()
  const ages = {
    runs: before(kept.runsMs),
    replaced: before(kept.replacedMs),
    history: kept.historyMs === null ? null : before(kept.historyMs),
  }
  let dropped = 0
  try {
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const some = await writer.prune(ages, BATCH)
      dropped += some
      if (some === 0 || writer.signal.aborted) break
    }
    if (dropped > 0)
      writer.note({ level: 'debug', message: 'What is not kept any longer was dropped', details: { dropped } })
  } catch (thrown) {
    const error = toConnectorError(thrown, 'dropping what is not kept any longer')
    if (error.kind === 'lease') throw error
    writer.note({ level: 'warn', message: error.message, details: { code: error.code, remedy: error.remedy } })
  }
}
