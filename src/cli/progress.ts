import type { Progress } from '../store/run-writer.js'
import { seconds } from './run-summary.js'

/** One line that is written over, on a terminal only: what is being read, how fast, and how long it will take. */

const EVERY_MS = 200
const ESTIMATE_AFTER_MS = 10_000

const VERBS: Record<Progress['phase'], string> = {
  directory: 'Reading people',
  'look-ups': 'Looking people up',
  'sign-ins': 'Reading sign-ins',
}

export interface ProgressLine {
  show(progress: Progress): void
  /** Takes the line away, so that something else can be written. */
  clear(): void
}

export function progressLine(stream: NodeJS.WriteStream, now: () => number = Date.now): ProgressLine {
  let phase: Progress['phase'] | null = null
  let startedAt = 0
  let startedWith = 0
  let shownAt = 0
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined }
  return {
    show(progress) {
      const at = now()
      if (progress.phase !== phase) {
        phase = progress.phase
        startedAt = at
        startedWith = progress.done
      }
      if (at - shownAt < EVERY_MS) return
      shownAt = at
      stream.write(`\r\u001b[2K${sentence(progress, at - startedAt, progress.done - startedWith)}`)
    },
    clear() {
      if (phase !== null) stream.write('\r\u001b[2K')
      phase = null
      shownAt = 0
    },
  }
}

/** "Reading people: 31,200 of about 48,000 (1,240 a second), about 14 s left". Pure. */
export function sentence({ phase, done, total }: Progress, elapsedMs: number, doneMeanwhile: number): string {
  const rate = elapsedMs > 0 ? doneMeanwhile / (elapsedMs / 1000) : 0
  const of = total !== null && total >= done ? ` of about ${total.toLocaleString('en')}` : ''
  const speed = rate >= 1 ? ` (${Math.round(rate).toLocaleString('en')} a second)` : ''
  const leftMs = total !== null && rate > 0 && elapsedMs >= ESTIMATE_AFTER_MS ? ((total - done) / rate) * 1000 : 0
  const left = leftMs > 0 ? `, about ${seconds(Math.ceil(leftMs / 1000) * 1000)} left` : ''
  return `${VERBS[phase]}: ${done.toLocaleString('en')}${of}${speed}${left}`
}
