import type { Command, History, RunCommand } from './histories/commands.js'
import { play } from './histories/play.js'
import { sqliteMachine, type Machine } from './histories/process.js'

/** Histories that once went wrong, in words. What is expected of them is what the model says. */

const RUN: RunCommand = { do: 'run', full: false, failing: [], unreadable: null, killedAt: null }
const FULL: RunCommand = { ...RUN, full: true }
const UNDO: Command = { do: 'undo', ago: 0 }
const ADA = [0]

describe('a history in which', () => {
  let machine: Machine
  let histories = 0
  before(() => void (machine = sqliteMachine()))
  after(() => machine.close())

  const happens = (what: string, commands: readonly Command[], over: Partial<History> = {}): void => {
    it(what, async () => {
      const history = { scope: 'everyone' as const, seats: false, people: 4, commands, ...over }
      await play(history, machine, `history-${(histories += 1)}`)
    })
  }

  happens(
    'somebody is deleted who then is in no group either: they were deleted',
    [RUN, { do: 'delete', who: ADA }, RUN],
    { scope: 'groups' },
  )
  happens('a removal is undone, done again by undoing that, and undone for good', [
    RUN,
    { do: 'delete', who: ADA },
    RUN,
    UNDO,
    UNDO,
    UNDO,
    FULL,
  ])
  happens('the run is undone that acted on a rejection: who was to stay still stays', [
    RUN,
    { do: 'limit', count: 0, percent: 0 },
    { do: 'delete', who: ADA },
    RUN,
    { do: 'decide', verdict: 'reject', over: 'all', nth: 0 },
    RUN,
    UNDO,
    { do: 'limit', count: 4, percent: 40 },
    FULL,
  ])
})
