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
  happens('somebody disabled is deleted while a new rule takes disabled people out: they wait, frozen', [
    { do: 'enable', who: ADA, on: false },
    RUN,
    { do: 'limit', count: 0, percent: 0 },
    { do: 'delete', who: ADA },
    { do: 'disabled accounts', are: 'inactive' },
    RUN,
  ])
  happens(
    'the look-up of a new member of a group fails: the next run reads them',
    [
      { do: 'create', name: 'Zoë', department: 'Sales', groups: [] },
      RUN,
      { do: 'join', who: [4], group: 0 },
      { ...RUN, failing: [4] },
      RUN,
    ],
    { scope: 'groups' },
  )
  happens(
    'a removal by a rule is undone, and the members of a group change: who was to stay still stays',
    [
      RUN,
      { do: 'move', who: 0, department: 'Küche' },
      RUN,
      UNDO,
      { do: 'create', name: 'Zoë', department: 'Sales', groups: [1] },
      RUN,
      FULL,
    ],
    { scope: 'both' },
  )
  for (const unread of [
    { ...RUN, unreadable: 0 },
    { ...FULL, unreadable: 0 },
  ])
    happens(
      `people move while a group cannot be read, in a ${unread.full ? 'full pass' : 'round'}: the next run judges them`,
      [
        RUN,
        { do: 'move', who: 0, department: 'Küche' },
        { do: 'move', who: 3, department: 'Sales' },
        unread,
        RUN,
        { do: 'move', who: 0, department: 'Sales' },
        unread,
        RUN,
      ],
      { scope: 'both' },
    )
  for (const [what, department] of [
    ['and fits again: they stay', 'Sales'],
    ['and does not fit: they stay until it can be read', 'Küche'],
  ] as const)
    happens(
      `somebody is approved to go for a rule, a group cannot be read, ${what}`,
      [
        RUN,
        { do: 'limit', count: 0, percent: 0 },
        { do: 'move', who: 0, department: 'Küche' },
        RUN,
        { do: 'decide', verdict: 'approve', over: 'all', nth: 0 },
        { do: 'move', who: 0, department },
        { ...RUN, unreadable: 0 },
        { ...FULL, unreadable: 0 },
        RUN,
      ],
      { scope: 'both' },
    )
  happens(
    'somebody who waits because they left the scope is disabled: they are frozen meanwhile, and active again later',
    [
      RUN,
      { do: 'limit', count: 0, percent: 0 },
      { do: 'move', who: 0, department: 'Küche' },
      RUN,
      { do: 'enable', who: ADA, on: false },
      RUN,
      { do: 'enable', who: ADA, on: true },
      RUN,
    ],
    { scope: 'departments' },
  )
  happens('somebody was to stay, and an admin deactivates them for a while: they stay afterwards', [
    RUN,
    { do: 'delete', who: ADA },
    RUN,
    UNDO,
    { do: 'admin', who: 0, says: 'inactive' },
    FULL,
    { do: 'admin', who: 0, says: null },
    FULL,
  ])
  happens('the run is undone that took disabled people out by a new rule: they are frozen again, and stay so', [
    { do: 'enable', who: ADA, on: false },
    RUN,
    { do: 'disabled accounts', are: 'inactive' },
    RUN,
    UNDO,
    FULL,
  ])
  happens('a preview counts newcomers among those of whom only so many per cent may be removed', [
    { do: 'enable', who: [0, 1], on: false },
    RUN,
    { do: 'create', name: 'Zoë', department: 'Sales', groups: [] },
    { do: 'disabled accounts', are: 'inactive' },
    { do: 'limit', count: 0, percent: 40 },
    { ...RUN, after: 'preview' },
  ])
  happens('a removal is undone, done again by undoing that, and undone for good', [
    RUN,
    { do: 'delete', who: ADA },
    RUN,
    UNDO,
    UNDO,
    UNDO,
    FULL,
  ])
  happens('a run that held people is undone, and that is undone: they wait as before', [
    RUN,
    { do: 'limit', count: 0, percent: 0 },
    { do: 'disabled accounts', are: 'inactive' },
    { do: 'enable', who: ADA, on: false },
    RUN,
    UNDO,
    UNDO,
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
