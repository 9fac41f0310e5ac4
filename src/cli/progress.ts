import { Writable } from 'node:stream'
import type { LogStream } from '../logging/logger.js'
import type { Progress } from '../store/run-writer.js'
import { cut, lineWidth } from './layout.js'
import { seconds } from './run-summary.js'

/** One line that is written over, on a terminal only: what is being read, how fast, and how long it will take. */

const EVERY_MS = 200
const ESTIMATE_AFTER_MS = 10_000
const ERASE = '\r\u001b[2K'

const VERBS: Record<Progress['phase'], string> = {
  groups: 'Reading groups',
  directory: 'Reading people',
  'look-ups': 'Looking people up',
  removals: 'Settling removals',
  undoing: 'Putting people back',
  plan: 'Applying the plan',
  'sign-ins': 'Reading sign-ins',
  emails: 'Sending emails',
  copying: 'Copying people',
  comparing: 'Comparing people',
}

export interface ProgressLine {
  show(progress: Progress): void
  /** Takes the line away, so that something else can be written. */
  clear(): void
  /** Where logs go: none of their lines runs into this one. */
  readonly logs: LogStream
}

export function progressLine(stream: NodeJS.WriteStream, now: () => number = Date.now): ProgressLine {
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined, logs: stream }
  let phase: Progress['phase'] | null = null
  let startedAt = 0
  let startedWith = 0
  let shownAt = 0
  const clear = (): void => {
    if (shownAt > 0) stream.write(ERASE)
    shownAt = 0
  }
  return {
    clear,
    logs: above(stream, clear),
    show(progress) {
      const at = now()
      if (progress.phase !== phase) {
        phase = progress.phase
        startedAt = at
        startedWith = progress.done
      }
      if (at - shownAt < EVERY_MS) return
      shownAt = at
      const line = sentence(progress, at - startedAt, progress.done - startedWith)
      stream.write(ERASE + cut(line, lineWidth(stream) - 1))
    },
  }
}

/** Writes to the terminal, the line taken away first. */
function above(stream: NodeJS.WriteStream, clear: () => void): LogStream {
  const writable = new Writable({
    decodeStrings: false,
    write: (chunk: string | Uint8Array, _encoding, done) => {
      clear()
      stream.write(chunk, done)
    },
  })
  return Object.assign(writable, { isTTY: true, hasColors: () => stream.hasColors() })
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
