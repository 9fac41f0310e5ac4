import { ConnectorError, MEANWHILE } from '../domain/errors.js'
import { NO_COUNTS, type LogEntry, type LogLevel, type Run, type UserCounts } from '../domain/run.js'
import type { Log } from '../logging/log.js'
import type { Ages, Batch, ConnectionStore } from './port.js'

/**
 * One run's way of writing: adds the fence, the run record and the log lines to every batch, so that what was changed,
 * what was counted and what was said are committed together or not at all.
 */

export interface RunPart extends Omit<Batch, 'fence' | 'run' | 'log'> {
  readonly counts?: Readonly<UserCounts>
  readonly signIns?: { readonly read?: number; readonly firstLogins?: number }
  /** Lines that only become true with this batch. */
  readonly notes?: readonly Note[]
}

export interface Note {
  readonly level: LogLevel
  readonly message: string
  readonly about?: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** How far a long reading has come; `total` is an estimate, null when nobody knows. */
export interface Progress {
  readonly phase:
    | 'groups'
    | 'directory'
    | 'look-ups'
    | 'removals'
    | 'undoing'
    | 'plan'
    | 'sign-ins'
    | 'emails'
    | 'copying'
    | 'comparing'
  readonly done: number
  readonly total: number | null
}

export interface RunWriterOptions {
  readonly store: ConnectionStore
  readonly run: Run
  readonly fence: number
  readonly log: Log
  readonly now: () => Date
  readonly signal: AbortSignal
  /** Counters of the requests made so far. */
  readonly graph: () => Run['graph']
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Called with every change once it is committed; a dry run shows them. */
  readonly onChanges?: ((part: RunPart) => void) | undefined
}

export class RunWriter {
  readonly store: ConnectionStore
  readonly now: () => Date
  readonly signal: AbortSignal
  run: Run
  private readonly options: RunWriterOptions
  private pending: LogEntry[] = []

  constructor(options: RunWriterOptions) {
    this.options = options
    this.store = options.store
    this.now = options.now
    this.signal = options.signal
    this.run = options.run
  }

  /** Throws `run.interrupted` when the run is to stop; `meanwhile` says what of it stays. */
  throwIfStopped(meanwhile: string = this.run.kind === 'undo' ? MEANWHILE.undo : MEANWHILE.progress): void {
    if (this.signal.aborted) throw new ConnectorError('run.interrupted', { message: 'The run was stopped', meanwhile })
  }

  progress(progress: Progress): void {
    this.options.onProgress?.(progress)
  }

  /** Said at once, stored with the next batch. */
  note(note: Note): void {
    this.say(note)
    if (note.level !== 'debug') this.pending.push(this.entry(note))
  }

  /** Counts and notes take effect only when nobody's change was lost. Throws what the store throws. */
  async commit(part: RunPart): Promise<{ lost: string[] }> {
    const { counts, signIns, notes, ...batch } = part
    const run: Run = {
      ...this.run,
      users: add(this.run.users, counts ?? NO_COUNTS),
      signIns: {
        ...this.run.signIns,
        read: this.run.signIns.read + (signIns?.read ?? 0),
        firstLogins: this.run.signIns.firstLogins + (signIns?.firstLogins ?? 0),
      },
      graph: this.options.graph(),
    }
    const kept = (notes ?? []).filter((note) => note.level !== 'debug').map((note) => this.entry(note))
    const log = [...this.pending, ...kept]
    const { lost } = await this.store.commit({ ...batch, fence: this.options.fence, run, log })
    if (lost.length > 0) return { lost }
    this.run = run
    this.pending = []
    for (const note of notes ?? []) this.say(note)
    this.options.onChanges?.(part)
    return { lost }
  }

  /** See `RunStore.prune`. */
  prune(ages: Ages, limit: number): Promise<number> {
    return this.store.runs.prune(this.options.fence, ages, limit)
  }

  private say({ level, message, about, details }: Note): void {
    this.options.log[level](message, { ...(about === undefined ? {} : { about }), ...details })
  }

  private entry({ level, message, about, details }: Note): LogEntry {
    const at = this.now().toISOString()
    return { at, level, message, ...(about === undefined ? {} : { about }), ...(details ? { details } : {}) }
  }
}

export function add(a: Readonly<UserCounts>, b: Readonly<UserCounts>): UserCounts {
  const sum = { ...a }
  for (const key of Object.keys(sum) as (keyof UserCounts)[]) sum[key] += b[key]
  return sum
}
