import { expect } from 'chai'
import type { Run } from '../../../src/domain/run.js'
import { runOf } from './command-process.js'
import { inLanes, openLanes, type Lane } from './lane.js'
import { moments, strike, type Moment } from './moments.js'
import { KINDS, SCHEDULED, type Kind } from './trial.js'
import type { NewStore, TrialStore } from './trial-store.js'
import { expectUndisturbed } from './verdict.js'

/** Requests of an undisturbed run; a few less do no harm, because moments need not reach the very last one. */
const PAGES: Readonly<Record<Kind, number>> = { initial: 51, incremental: 29, resync: 51 }
const LOOK_UPS = 180
const SIGN_IN_PAGES = 2

/** Moments in which a run is killed, one after the other: the second kill meets the run after the first. */
type Kills = readonly Moment[]

/** How often it is killed in a run of each kind, by what it is doing. */
export interface KillCounts {
  readonly start: number
  readonly token: number
  readonly page: number
  /** A resync looks people up as well. */
  readonly resyncPage: number
  readonly lookUp: number
  readonly signIns: number
  /** Runs after which the next ones are killed too, an even number. */
  readonly again: number
  /** So many of them at least are killed between their beginning and their end. */
  readonly enough: number
}

export interface KilledStore<S extends TrialStore> {
  readonly newStore: NewStore<S>
  readonly counts: KillCounts
  /** As of `companyOf`. */
  readonly part: number
}

/** The tests of a process killed with SIGKILL, wherever it keeps its people. */
export function describeKills<S extends TrialStore>({ newStore, counts, part }: KilledStore<S>): void {
  let lanes: readonly Lane<S>[] = []
  /** Runs that were killed between their beginning and their end. */
  const killed: Record<Kind, Set<string>> = { initial: new Set(), incremental: new Set(), resync: new Set() }

  before('prepare tenants and stores', async () => {
    lanes = await openLanes(2, newStore, part)
  })
  after(() => Promise.all(lanes.map((lane) => lane.close())))

  for (const kind of KINDS)
    describe(`loses and doubles nothing in ${kind === 'resync' ? 'a resync' : `an ${kind} run`}`, () => {
      const pages = PAGES[kind]
      const seed = KINDS.indexOf(kind) + 1

      it('while it starts', () =>
        once([
          ...moments('start', { count: counts.start, last: 0, delayMs: [50, 500], seed }),
          ...moments('POST token', { count: counts.token, last: 1, delayMs: [0, 50], seed }),
        ]))

      it('while it reads pages', () =>
        once(
          moments('GET users/delta', {
            count: kind === 'resync' ? counts.resyncPage : counts.page,
            last: pages,
            delayMs: [0, 20],
            seed,
          }),
        ))

      if (kind === 'resync')
        it('while it looks people up', () =>
          once(moments('GET users/{id}', { count: counts.lookUp, last: LOOK_UPS / part, delayMs: [0, 20], seed })))

      it('while it reads sign-ins', () =>
        once(moments('GET auditLogs/signIns', { count: counts.signIns, last: SIGN_IN_PAGES, delayMs: [0, 50], seed })))

      it('when the runs after it are killed too', async () => {
        const first = moments('GET users/delta', {
          count: counts.again,
          last: pages / 2,
          delayMs: [0, 20],
          seed: seed + 10,
        })
        const second = moments('GET users/delta', {
          count: counts.again,
          last: pages / 3,
          delayMs: [0, 20],
          seed: seed + 20,
        })
        const third = moments('GET auditLogs/signIns', {
          count: counts.again,
          last: SIGN_IN_PAGES,
          delayMs: [0, 50],
          seed,
        })
        const kills = first.map((moment, at) => [
          moment,
          ...second.slice(at, at + 1),
          ...third.slice(at, at + (at % 2)),
        ])
        await inLanes(lanes, kills, (lane, moments, at) => survive(lane, kind, { kills: moments, again: at % 2 === 0 }))
      })

      it(`at ${counts.enough} moments or more`, function () {
        expect(killed[kind].size).to.be.at.least(counts.enough)
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
  async function survive(lane: Lane<S>, kind: Kind, { kills, again }: { kills: Kills; again: boolean }): Promise<void> {
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
      expect(await trial.store.integrity(), story).to.equal('ok')
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
    const readOnce = trial.store.isWhole && (kind !== 'resync' || (!again && passes === expected.passes))
    await expectUndisturbed(trial, { expected, dead: [...dead], readOnce, story })
    await trial.remove()
  }
}
