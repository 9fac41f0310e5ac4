import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOf, startCommand, type CommandProcess } from './command-process.js'
import { afterTheFirstRun, beforeTheFirstRun, COMPANY } from './company.js'
import { startSimulatorProcess, type SimulatorProcess } from './simulator-process.js'
import { readSnapshot, type Snapshot } from './snapshot.js'

export const KINDS = ['initial', 'incremental', 'resync'] as const
export type Kind = (typeof KINDS)[number]

/**
 * A tenant, a store prepared by a first run, and what an undisturbed run of each kind makes of it. Trials start from
 * copies; the tenant does not change any more. One trial at a time, because they count the tenant's requests.
 */
export interface Lane {
  readonly simulator: SimulatorProcess
  readonly undisturbed: Readonly<Record<Kind, Snapshot>>
  trial(kind: Kind): Promise<Trial>
  close(): Promise<void>
}

/** One store on its way through runs that are disturbed. */
export interface Trial {
  readonly kind: Kind
  readonly storePath: string
  /** The command line of such a run. */
  readonly words: readonly string[]
  start(words?: readonly string[]): CommandProcess
  /** The store as it lies there, looked at in a copy, because opening it mends it. */
  copy(): Promise<string>
  /** The runs of the preparation are left out. */
  snapshot(path?: string): Promise<Snapshot>
  remove(): Promise<void>
}

export async function openLane(): Promise<Lane> {
  const simulator = await startSimulatorProcess(COMPANY)
  const folder = await mkdtemp(join(tmpdir(), 'lane-'))
  const prepared = join(folder, 'prepared.db')
  await beforeTheFirstRun(simulator)
  const settings = { ...simulator.settings, STORE_URL: `sqlite:${prepared}` }
  const first = runOf(await startCommand({ folder, settings }, ['sync', '--json']).ended)
  if (first.outcome !== 'succeeded') throw new Error(`The preparation failed: ${JSON.stringify(first)}`)
  const strangers = await afterTheFirstRun(simulator)
  let trials = 0

  async function trial(kind: Kind): Promise<Trial> {
    const own = join(folder, `trial-${(trials += 1)}`)
    const storePath = join(own, 'connector.db')
    const known = kind === 'initial' ? [] : [first.runId]
    const words = ['sync', '--json', ...(kind === 'resync' ? ['--full'] : [])]
    await mkdir(own)
    if (kind !== 'initial') await copyFile(prepared, storePath)
    return {
      kind,
      storePath,
      words,
      start: (other = words) =>
        startCommand({ folder: own, settings: { ...settings, STORE_URL: 'sqlite:connector.db' } }, other),
      async copy() {
        const path = join(own, 'copy.db')
        for (const part of ['', '-wal']) {
          await rm(path + part, { force: true })
          await copyFile(storePath + part, path + part).catch(unlessMissing)
        }
        return path
      },
      async snapshot(path = storePath) {
        const snapshot = await readSnapshot(path, strangers)
        return { ...snapshot, runs: snapshot.runs.filter(({ runId }) => !known.includes(runId)) }
      },
      remove: () => rm(own, { recursive: true, force: true }),
    }
  }

  async function undisturbed(kind: Kind): Promise<Snapshot> {
    const quiet = await trial(kind)
    const ended = await quiet.start().ended
    if (ended.code !== 3) throw new Error(`An undisturbed ${kind} run ended with ${ended.code}:\n${ended.stderr}`)
    const snapshot = await quiet.snapshot()
    await quiet.remove()
    return snapshot
  }

  const [initial, incremental, resync] = [await undisturbed('initial'), await undisturbed('incremental'), await undisturbed('resync')]
  return {
    simulator,
    undisturbed: { initial, incremental, resync },
    trial,
    async close() {
      await simulator.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
}
