import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOf, startCommand } from './command-process.js'
import { afterTheFirstRun, beforeTheFirstRun, COMPANY } from './company.js'
import { startSimulatorProcess, type SimulatorProcess } from './simulator-process.js'
import type { Snapshot } from './snapshot.js'
import { SCHEDULED, startTrial, type Kind, type Prepared, type Trial } from './trial.js'

/**
 * A tenant that does not change any more, and what an undisturbed run of each kind makes of it. Trials start from
 * copies of one prepared store. One trial at a time, because they count the tenant's requests.
 */
export interface Lane {
  readonly simulator: SimulatorProcess
  readonly undisturbed: Readonly<Record<Kind, Snapshot>>
  trial(kind: Kind): Promise<Trial>
  close(): Promise<void>
}

/** Opened at the same time, to be used at the same time. */
export function openLanes(count: number): Promise<Lane[]> {
  return Promise.all(Array.from({ length: count }, openLane))
}

/** Each lane takes the next of what is waiting. After a failure no more are begun. */
export async function inLanes<T>(
  lanes: readonly Lane[],
  waiting: readonly T[],
  job: (lane: Lane, next: T, at: number) => Promise<void>,
): Promise<void> {
  const left = [...waiting.entries()]
  const failures: unknown[] = []
  const work = async (lane: Lane): Promise<void> => {
    for (let next = left.shift(); next && failures.length === 0; next = left.shift())
      await job(lane, next[1], next[0]).catch((error: unknown) => failures.push(error))
  }
  await Promise.all(lanes.map(work))
  if (failures.length > 0) throw failures[0]
}

export async function openLane(): Promise<Lane> {
  const simulator = await startSimulatorProcess(COMPANY)
  const folder = await mkdtemp(join(tmpdir(), 'lane-'))
  const prepared = await prepare(simulator, folder)
  const trials: Promise<Trial>[] = []
  const trial = (kind: Kind): Promise<Trial> => {
    const started = startTrial(prepared, kind, `trial-${trials.length}`)
    trials.push(started)
    return started
  }
  const initial = await undisturbed(await trial('initial'))
  const incremental = await undisturbed(await trial('incremental'))
  const resync = await undisturbed(await trial('resync'))
  return {
    simulator,
    undisturbed: { initial, incremental, resync },
    trial,
    async close() {
      await Promise.all(trials.map(async (started) => (await started).remove()))
      await simulator.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function prepare(simulator: SimulatorProcess, folder: string): Promise<Prepared> {
  const storePath = join(folder, 'prepared.db')
  const { settings } = simulator
  await beforeTheFirstRun(simulator)
  const place = { folder, settings: { ...settings, STORE_URL: 'sqlite:prepared.db' } }
  const { runId, outcome, error } = runOf(await startCommand(place, SCHEDULED).ended)
  if (outcome !== 'succeeded') throw new Error(`The preparation ${outcome ?? 'did not end'}: ${error?.message ?? ''}`)
  const strangers = await afterTheFirstRun(simulator)
  return { folder, settings, storePath, runId, strangers }
}

async function undisturbed(trial: Trial): Promise<Snapshot> {
  const { code, stderr } = await trial.start().ended
  // The tenant has entries that cannot be read.
  if (code !== 3) throw new Error(`An undisturbed ${trial.kind} run ended with ${code ?? 'a signal'}:\n${stderr}`)
  const snapshot = await trial.snapshot()
  await trial.remove()
  return snapshot
}
