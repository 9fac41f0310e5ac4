import fc from 'fast-check'
import { aHistory } from './commands.js'
import { play } from './play.js'
import type { Machine } from './process.js'

/** Always the same ones, so that a change is judged by them and not by chance; HISTORIES_SEED=n plays others. */
const SEED = Number(process.env['HISTORIES_SEED'] ?? 20_261_121)

/** Plays histories of at most so many commands. A failure prints its seed, and the shortest history that fails too. */
export async function playMany(machine: Machine, numRuns: number, length: number): Promise<void> {
  let played = 0
  try {
    await fc.assert(
      fc.asyncProperty(aHistory(length), async (history) => {
        await play(history, machine, `history-${(played += 1)}`)
      }),
      { numRuns, seed: SEED },
    )
  } finally {
    await machine.close()
  }
}
