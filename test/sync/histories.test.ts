import fc from 'fast-check'
import { join } from 'node:path'
import { openSqlite } from '../../src/store/sqlite/open.js'
import { tempFolder } from '../store/support.js'
import { aHistory } from './histories/commands.js'
import { play } from './histories/play.js'
import { dyingBetweenCommits, type Machine } from './histories/process.js'

describe('a history of runs, kills, holds, approvals and undos', function () {
  this.timeout(120_000)
  let folder: ReturnType<typeof tempFolder>
  let machine: Machine
  let histories = 0

  before(() => {
    folder = tempFolder()
    const path = join(folder.path, 'connector.db')
    machine = {
      open: async (onWrite) =>
        dyingBetweenCommits(await openSqlite(path, { now: () => new Date(), isDeadHere: () => true }), onWrite),
      close: () => Promise.resolve(),
    }
  })
  after(() => folder.remove())

  it('leaves everybody as the rules say, at every step', async () => {
    const numRuns = Number(process.env['HISTORIES'] ?? 60)
    await fc.assert(
      fc.asyncProperty(aHistory(30), async (history) => {
        await play(history, machine, `history-${(histories += 1)}`)
      }),
      { numRuns, ...(process.env['SEED'] ? { seed: Number(process.env['SEED']) } : {}) },
    )
  })
})
