import { expect } from 'chai'
import type { Run } from '../../src/domain/run.js'
import { runOf } from './support/command-process.js'
import { inLanes, openLanes, type Lane } from './support/lane.js'
import { moments, strike, type Moment } from './support/moments.js'
import { checkIntegrity } from './support/snapshot.js'
import { KINDS, SCHEDULED, type Kind } from './support/trial.js'
import { expectUndisturbed } from './support/verdict.js'

const ENOUGH = 50
/** Requests of an undisturbed run; a few less do no harm, because moments need not reach the very last one. */
const PAGES: Readonly<Record<Kind, number>> = { initial: 51, incremental: 29, resync: 51 }
const LOOK_UPS = 180
const SIGN_IN_PAGES = 2

/** Moments in which a run is killed, one after the other: the second kill meets the run after the first. */
type Kills = readonly Moment[]

describe('a process killed with SIGKILL', () => {
  let lanes: readonly Lane[] = []
  /** Runs that were killed between their beginning and their end. */
  const killed: Record<Kind, Set<string>> = { initial: new Set(), incremental: new Set(), resync: new Set() }

  before('prepare tenants and stores', async () => {
    lanes = await openLanes(2)
  })
  after(() => Promise.all(lanes.map((lane) => lane.close())))

  for (const kind of KINDS)
    describe(`loses and doubles nothing in ${kind === 'resync' ? 'a resync' : `an ${kind} run`}`, () => {
      const pages = PAGES[kind]
      const seed = KINDS.indexOf(kind) + 1

      it('while it starts', () =>
        once([
          ...moments('start', { count: 3, last: 0, delayMs: [50, 500], seed }),
          ...moments('POST token', { count: 4, last: 1, delayMs: [0, 50], seed }),
        ]))

      it('while it reads pages', () =>
        once(moments('GET users/delta', { count: kind === 'resync' ? 20 : 38, last: pages, delayMs: [0, 20], seed })))

      if (kind === 'resync')
        it('while it looks people up', () =>
          once(moments('GET users/{id}', { count: 18, last: LOOK_UPS, delayMs: [0, 20], seed })))

      it('while it reads sign-ins', () =>
        once(moments('GET auditLogs/signIns', { count: 8, last: SIGN_IN_PAGES, delayMs: [0, 50], seed })))

      it('when the runs after it are killed too', async () => {
        const first = moments('GET users/delta', { count: 6, last: pages / 2, delayMs: [0, 20], seed: seed + 10 })
        const second = moments('GET users/delta', { count: 6, last: pages / 3, delayMs: [0, 20], seed: seed + 20 })
        const third = moments('GET auditLogs/signIns', { count: 6, last: SIGN_IN_PAGES, delayMs: [0, 50], seed })
        const kills = first.map((moment, at) => [
          moment,
          ...second.slice(at, at + 1),
          ...third.slice(at, at + (at % 2)),
        ])
        await inLanes(lanes, kills, (lane, moments, at) => survive(lane, kind, { kills: moments, again: at % 2 === 0 }))
      })

      it(`at ${ENOUGH} moments or more`, function () {
        expect(killed[kind].size).to.be.at.least(ENOUGH)
        if (this.test) this.test.title += ` (${killed[kind].size})`
      })

      function once(each: readonly Moment[]): Promise<void> {
        return inLanes(lanes, each, (lane, kill, at) => survive(lane, kind, { kills: [kill], again: at % 3 === 0 }))
      }
    })

  it('is in "runs list" as what it was from its first moment on, and as interrupted once another has run', async () => {
    const lane = lanes[0]!
    const trial = await lane.trial('initial')
    const listed = async (): Promise<unknown[]> => {
      const { stdout } = await trial.start(['runs', 'list', '--json']).ended
      return (JSON.parse(stdout) as { runs: Run[] }).runs.map(({ kind, outcome }) => [kind, outcome])
    }
    await lane.simulator.order({ op: 'fault', match: { path: '/users/delta' }, do: 'hang' })
    const command = trial.start()
    await strike({ after: 'fault', nth: 1, delayMs: 0 }, { ...lane, command, signal: 'SIGKILL' })
    await lane.simulator.order({ op: 'clearFaults' })
    expect(await listed()).to.deep.equal([['initial', null]])
    await trial.start(SCHEDULED).ended
    expect(await listed()).to.deep.equal([
      ['initial', 'succeeded-with-skips'],
      ['initial', 'interrupted'],
    ])
    await trial.remove()
  })

  /** `again`: the run afterwards is ordered as the killed one was, else it is what a schedule would start. */
  async function survive(lane: Lane, kind: Kind, { kills, again }: { kills: Kills; again: boolean }): Promise<void> {
    const { simulator } = lane
    const trial = await lane.trial(kind)
    const next = again ? trial.words : SCHEDULED
    const story = `${kind}${again ? ', ordered again' : ''}, killed at ${JSON.stringify(kills)}`
    const dead = new Set<string>()
    let passes = 0
    for (const [nth, moment] of kills.entries()) {
      await simulator.order({ op: 'clearRequests' })
      const command = trial.start(nth === 0 ? trial.words : next)
      if (!(await strike(moment, { simulator, command, signal: 'SIGKILL' }))) break
      expect(checkIntegrity(await trial.copy()), story).to.equal('ok')
      const left = await trial.left()
      for (const { runId, outcome } of left.runs) if (outcome === null) dead.add(runId)
      passes = left.passes
    }
    for (const runId of dead) killed[kind].add(runId)

    const ended = await trial.start(next).ended
    expect(ended.code, `${story}\n${ended.stdout}\n${ended.stderr.slice(-1500)}`).to.be.oneOf([0, 3])
    expect(runOf(ended).error, story).to.equal(null)
    // A full pass that is ordered anew, or was killed before its first page, reads people once more and changes nothing.
    const expected = lane.undisturbed[kind]
    const readOnce = kind !== 'resync' || (!again && passes === expected.passes)
    await expectUndisturbed(trial, { expected, dead: [...dead], readOnce, story })
    await trial.remove()
  }
})
