import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCommand, type CommandProcess } from './command-process.js'
import { startSimulatorProcess, type SimulatorProcess } from './simulator-process.js'

/** As large as Graph's pages get. */
export const PAGE_SIZE = 999

/** A large tenant whose pages are ready-made, and a store that is not there yet. */
export interface Town {
  readonly simulator: SimulatorProcess
  readonly storePath: string
  /** `over`: settings in place of the usual ones. */
  start(words: readonly string[], over?: Readonly<Record<string, string>>): CommandProcess
  close(): Promise<void>
}

export async function openTown(users: number): Promise<Town> {
  const simulator = await startSimulatorProcess({ users, pageSize: PAGE_SIZE, seed: 7 })
  const folder = await mkdtemp(join(tmpdir(), 'town-'))
  const settings = { ...simulator.settings, STORE_URL: 'sqlite:connector.db', LOG_LEVEL: 'info' }
  return {
    simulator,
    storePath: join(folder, 'connector.db'),
    start: (words, over) => startCommand({ folder, settings: { ...settings, ...over } }, words),
    async close() {
      await simulator.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
