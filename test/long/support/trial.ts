import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startCommand, type CommandProcess } from './command-process.js'
import { readCourse, readSnapshot, type Course, type Snapshot } from './snapshot.js'
import type { FileStore, NewStore, TrialStore } from './trial-store.js'

export const KINDS = ['initial', 'incremental', 'resync'] as const
export type Kind = (typeof KINDS)[number]

/** What trials start from: settings of the tenant, and a store that has had its first run before much happened there. */
export interface Prepared<S extends TrialStore> {
  readonly folder: string
  readonly settings: Readonly<Record<string, string>>
  readonly newStore: NewStore<S>
  readonly store: S
  readonly runId: string
  /** Object ids to look for among parked sign-ins. */
  readonly strangers: readonly string[]
}

/** One store on its way through runs that are disturbed. */
export interface Trial<S extends TrialStore = FileStore> {
  readonly kind: Kind
  readonly store: S
  /** The command line of such a run. */
  readonly words: readonly string[]
  start(words?: readonly string[]): CommandProcess
  /** What has run since the preparation, as a killed process left it. */
  left(): Promise<Course>
  /** The run of the preparation is left out here too. */
  snapshot(): Promise<Snapshot>
  /** Ends what still runs, and takes everything away. */
  remove(): Promise<void>
}

/** What the schedule starts. */
export const SCHEDULED = ['sync', '--json']

export async function startTrial<S extends TrialStore>(
  prepared: Prepared<S>,
  kind: Kind,
  name: string,
): Promise<Trial<S>> {
  const folder = join(prepared.folder, name)
  await mkdir(folder)
  const store = await prepared.newStore(folder, kind === 'initial' ? undefined : prepared.store)
  const settings = { ...prepared.settings, STORE_URL: store.url }
  const words = kind === 'resync' ? [...SCHEDULED, '--full'] : SCHEDULED

  const since = <T extends Course>(course: T): T => {
    return { ...course, runs: course.runs.filter(({ runId }) => runId !== prepared.runId) }
  }
  const commands: CommandProcess[] = []
  return {
    kind,
    store,
    words,
    start(other = words) {
      const command = startCommand({ folder, settings }, other)
      commands.push(command)
      return command
    },
    left: async () => since(await store.look(readCourse)),
    snapshot: async () => since(await store.look((whole) => readSnapshot(whole, prepared.strangers, store.isWhole))),
    async remove() {
      for (const { child } of commands) child.kill('SIGKILL')
      await Promise.all(commands.map(({ ended }) => ended))
      await store.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
