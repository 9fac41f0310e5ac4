import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseSync } from '@photostructure/sqlite'
import { expect } from 'chai'
import { LEASE_MS } from '../../src/jobs/runner.js'
import type { Command } from '../../src/simulator/control.js'
import { runOf, type CommandProcess, type Ended } from './support/command-process.js'
import { openLane, type Lane } from './support/lane.js'
import { inFile } from './support/trial-store.js'
import { reach } from './support/moments.js'
import { SCHEDULED, type Kind, type Trial } from './support/trial.js'
import { expectUndisturbed } from './support/verdict.js'

type Match = NonNullable<Extract<Command, { op: 'fault' }>['match']>

const HELD_MS = 25_000

interface Paused {
  readonly trial: Trial
  readonly command: CommandProcess
}

describe('the lease', () => {
  let lane: Lane

  before('prepare a tenant and a store', async () => {
    lane = await openLane(inFile, 5)
  })
  after(() => lane.close())

  it('makes the second of two runs exit with 7 at once, and the first goes on undisturbed', async () => {
    const trial = await lane.trial('incremental')
    const first = await waitingIn(trial, { path: '/users/delta', nth: 5 })
    const second = await trial.start().ended
    expect(first.isOver(), 'the first is still on').to.equal(false)
    await letGo()
    expectRefused(second)
    expect((await first.ended).code).to.equal(3)
    await expectLikeUndisturbed(trial, { dead: [], runs: 1 })
  })

  it('lets one of five through that start at the same time on a store that is not there yet', async () => {
    const trial = await lane.trial('initial')
    await hold({ path: '/users/delta', nth: 2 })
    const commands = Array.from({ length: 5 }, () => trial.start())
    while (commands.filter((command) => command.isOver()).length < 4) await sleep(20)
    await letGo()
    const ended = await Promise.all(commands.map((command) => command.ended))
    expect(ended.map(({ code }) => code).sort()).to.deep.equal([3, 7, 7, 7, 7])
    for (const refused of ended.filter(({ code }) => code === 7)) expectRefused(refused)
    await expectLikeUndisturbed(trial, { dead: [], runs: 1 })
  })

  it('of a run that was suspended goes to another after its time, and the one that wakes up writes nothing more', async () => {
    const paused = [
      await pausedIn('initial', { path: '/users/delta', nth: 20 }),
      await pausedIn('incremental', { path: '/users/delta', nth: 10 }),
      await pausedIn('resync', { path: '/users/delta', nth: 30 }),
      await pausedIn('resync', { path: '/directory/deletedItems/', nth: 20 }),
      await pausedIn('initial', { path: '/auditLogs/signIns', nth: 2 }),
    ]
    await sleep(LEASE_MS + 500)
    for (const { trial, command } of paused) {
      const [run] = (await trial.left()).runs
      const next = await trial.start(SCHEDULED).ended
      expect(next.code, next.stderr.slice(-1500)).to.be.oneOf([0, 3])
      await expectNoWriteBy(command, trial)
      await expectLikeUndisturbed(trial, { dead: [run?.runId ?? ''], runs: 2 })
    }
  })

  async function expectLikeUndisturbed(trial: Trial, { dead, runs }: { dead: string[]; runs: number }): Promise<void> {
    const story = `${trial.kind}, ${trial.store.path}`
    await expectUndisturbed(trial, { expected: lane.undisturbed[trial.kind], dead, readOnce: true, story })
    expect((await trial.left()).runs, story).to.have.lengthOf(runs)
    await trial.remove()
  }

  /** One request is not answered before `letGo`, or before whoever asks would give up. */
  async function hold(match: Match): Promise<void> {
    await letGo()
    await lane.simulator.order({ op: 'fault', match, do: { kind: 'slow', delayMs: HELD_MS } })
  }
  const letGo = (): Promise<unknown> => lane.simulator.order({ op: 'clearFaults' })

  /** A run that waits for an answer and does nothing else meanwhile. */
  async function waitingIn(trial: Trial, match: Match): Promise<CommandProcess> {
    await hold(match)
    const command = trial.start()
    await reach({ after: 'fault', nth: 1, delayMs: 0 }, lane.simulator, command)
    // The page before the one waited for is being committed: whoever is stopped in there keeps the file locked.
    const before = match.path === '/users/delta' ? (match.nth ?? 1) - 1 : 0
    while (command.pagesCommitted() < before && !command.isOver()) await sleep(1)
    return command
  }

  async function pausedIn(kind: Kind, match: Match): Promise<Paused> {
    const trial = await lane.trial(kind)
    const command = await waitingIn(trial, match)
    command.child.kill('SIGSTOP')
    // Its process is there, so nobody may think it dead.
    expectRefused(await trial.start(SCHEDULED).ended)
    await letGo()
    return { trial, command }
  }
})

function expectRefused(ended: Ended): void {
  expect(ended.code, ended.stderr.slice(-1500)).to.equal(7)
  expect(JSON.parse(ended.stdout)).to.have.nested.property('error.code', 'lease.held')
}

/** SQLite counts the commits of others: https://www.sqlite.org/pragma.html#pragma_data_version */
async function expectNoWriteBy({ child, ended }: CommandProcess, { store }: Trial): Promise<void> {
  const db = new DatabaseSync(store.path)
  try {
    const commits = (): unknown => db.prepare('PRAGMA data_version').get()
    const before = commits()
    child.kill('SIGCONT')
    const woken = await ended
    expect(commits()).to.deep.equal(before)
    expect(woken.code, woken.stderr.slice(-1500)).to.equal(7)
    expect(runOf(woken).outcome).to.equal('failed')
    expect(runOf(woken).error?.code).to.equal('lease.lost')
  } finally {
    db.close()
  }
}
