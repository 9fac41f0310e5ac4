import { copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startCommand, type CommandProcess } from './command-process.js'
import { readCourse, readSnapshot, type Course, type Snapshot } from './snapshot.js'

export const KINDS = ['initial', 'incremental', 'resync'] as const
export type Kind = (typeof KINDS)[number]

/** What trials start from: settings of the tenant, and a store that has had its first run before much happened there. */
export interface Prepared {
  readonly folder: string
  readonly settings: Readonly<Record<string, string>>
  readonly storePath: string
  readonly runId: string
  /** Object ids to look for among parked sign-ins. */
  readonly strangers: readonly string[]
}

/** One store on its way through runs that are disturbed. */
export interface Trial {
  readonly kind: Kind
  readonly storePath: string
  /** The command line of such a run. */
  readonly words: readonly string[]
  start(words?: readonly string[]): CommandProcess
  /** A copy of the store as it lies there: opening a store mends it. */
  copy(): Promise<string>
  /** What has run since the preparation, as a killed process left it. */
  left(): Promise<Course>
  /** The run of the preparation is left out here too. */
  snapshot(): Promise<Snapshot>
  /** Ends what still runs, and takes everything away. */
  remove(): Promise<void>
}

/** What the schedule starts. */
export const SCHEDULED = ['sync', '--json']

export async function startTrial(prepared: Prepared, kind: Kind, name: string): Promise<Trial> {
  const folder = join(prepared.folder, name)
  const storePath = join(folder, 'connector.db')
  const settings = { ...prepared.settings, STORE_URL: 'sqlite:connector.db' }
  const words = kind === 'resync' ? [...SCHEDULED, '--full'] : SCHEDULED
  await mkdir(folder)
  if (kind !== 'initial') await copyFile(prepared.storePath, storePath)

  const copy = (): Promise<string> => copyStore(storePath, join(folder, 'copy.db'))
  const since = <T extends Course>(course: T): T => {
    return { ...course, runs: course.runs.filter(({ runId }) => runId !== prepared.runId) }
  }
  const commands: CommandProcess[] = []
  return {
    kind,
    storePath,
    words,
    start(other = words) {
      const command = startCommand({ folder, settings }, other)
      commands.push(command)
      return command
    },
    copy,
    left: async () => since(await readCourse(await copy())),
    snapshot: async () => since(await readSnapshot(storePath, prepared.strangers)),
    async remove() {
      for (const { child } of commands) child.kill('SIGKILL')
      await Promise.all(commands.map(({ ended }) => ended))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The file and its log. A process killed early has left none, and then there is no copy either. */
async function copyStore(from: string, to: string): Promise<string> {
  for (const part of ['', '-wal']) {
    await rm(to + part, { force: true })
    await copyFile(from + part, to + part).catch(unlessMissing)
  }
  return to
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
}
