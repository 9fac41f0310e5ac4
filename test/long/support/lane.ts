import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOf, startCommand } from './command-process.js'
import { afterTheFirstRun, beforeTheFirstRun, companyOf } from './company.js'
import { startSimulatorProcess, type SimulatorProcess } from './simulator-process.js'
import type { Snapshot } from './snapshot.js'
import type { FileStore, NewStore, TrialStore } from './trial-store.js'
import { SCHEDULED, startTrial, type Kind, type Prepared, type Trial } from './trial.js'

/**
 * A tenant that does not change any more, and what an undisturbed run of each kind makes of it. Trials start from
 * copies of one prepared store. One trial at a time, because they count the tenant's requests.
 */
export interface Lane<S extends TrialStore = FileStore> {
  readonly simulator: SimulatorProcess
  readonly undisturbed: Readonly<Record<Kind, Snapshot>>
  trial(kind: Kind): Promise<Trial<S>>
  close(): Promise<void>
}

/** Opened at the same time, to be used at the same time. `part`: as of `companyOf`. */
export function openLanes<S extends TrialStore>(
  count: number,
  newStore: NewStore<S>,
  part: number,
): Promise<Lane<S>[]> {
  return Promise.all(Array.from({ length: count }, () => openLane(newStore, part)))
}

/** Each lane takes the next of what is waiting. After a failure no more are begun. */
export async function inLanes<S extends TrialStore, T>(
  lanes: readonly Lane<S>[],
  waiting: readonly T[],
  job: (lane: Lane<S>, next: T, at: number) => Promise<void>,
): Promise<void> {
  const left = [...waiting.entries()]
  const failures: unknown[] = []
  const work = async (lane: Lane<S>): Promise<void> => {
    for (let next = left.shift(); next && failures.length === 0; next = left.shift())
      await job(lane, next[1], next[0]).catch((error: unknown) => failures.push(error))
  }
  await Promise.all(lanes.map(work))
  if (failures.length > 0) throw failures[0]
}

export async function openLane<S extends TrialStore>(newStore: NewStore<S>, part: number): Promise<Lane<S>> {
  const simulator = await startSimulatorProcess(companyOf(part))
  const folder = await mkdtemp(join(tmpdir(), 'lane-'))
  const prepared = await prepare(simulator, folder, { newStore, part })
  const trials: Promise<Trial<S>>[] = []
  const trial = (kind: Kind): Promise<Trial<S>> => {
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
      await prepared.store.remove()
      await simulator.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function prepare<S extends TrialStore>(
  simulator: SimulatorProcess,
  folder: string,
  { newStore, part }: { newStore: NewStore<S>; part: number },
): Promise<Prepared<S>> {
  const { settings } = simulator
  const store = await newStore(folder)
  await beforeTheFirstRun(simulator, part)
  const place = { folder, settings: { ...settings, STORE_URL: store.url } }
  const { runId, outcome, error } = runOf(await startCommand(place, SCHEDULED).ended)
  if (outcome !== 'succeeded') throw new Error(`The preparation ${outcome ?? 'did not end'}: ${error?.message ?? ''}`)
  await store.keep()
  const strangers = await afterTheFirstRun(simulator, part)
  return { folder, settings, newStore, store, runId, strangers }
}

async function undisturbed<S extends TrialStore>(trial: Trial<S>): Promise<Snapshot> {
  const { code, stderr } = await trial.start().ended
  // The tenant has entries that cannot be read.
  if (code !== 3) throw new Error(`An undisturbed ${trial.kind} run ended with ${code ?? 'a signal'}:\n${stderr}`)
  const snapshot = await trial.snapshot()
  await trial.remove()
  return snapshot
}
