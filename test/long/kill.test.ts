import { expect } from 'chai'
import { runOf } from './support/command-process.js'
import { KINDS, openLane, type Kind, type Lane, type Trial } from './support/lane.js'
import { moments, strike, type Moment } from './support/moments.js'
import { checkIntegrity, differences, total, type Snapshot } from './support/snapshot.js'

const LANES = 2
const ENOUGH = 50

/** Moments in which a run is killed, one after the other: the second kill meets the run after the first. */
type Kills = readonly Moment[]

describe('a process killed with SIGKILL', () => {
  const lanes: Lane[] = []
  const during: Record<Kind, number> = { initial: 0, incremental: 0, resync: 0 }

  before('prepare tenants and stores', async () => {
    lanes.push(...(await Promise.all(Array.from({ length: LANES }, openLane))))
  })
  after(() => Promise.all(lanes.map((lane) => lane.close())))

  for (const kind of KINDS)
    describe(`in the middle of an ${kind} run`.replace('an r', 'a r'), () => {
      const pages = kind === 'incremental' ? 28 : 50
      const seed = KINDS.indexOf(kind) + 1

      it('loses and doubles nothing while it starts', () =>
        allOf(kind, [
          ...moments('start', { count: 3, last: 0, delayMs: [50, 500], seed }),
          ...moments('POST token', { count: 5, last: 1, delayMs: [0, 50], seed }),
        ]))

      it('loses and doubles nothing while it reads pages', () =>
        allOf(kind, moments('GET users/delta', { count: kind === 'resync' ? 24 : 42, last: pages, delayMs: [0, 25], seed })))

      if (kind === 'resync')
        it('loses and doubles nothing while it looks people up', () =>
          allOf(kind, moments('GET users/{id}', { count: 22, last: 180, delayMs: [0, 25], seed })))

      it('loses and doubles nothing while it reads sign-ins', () =>
        allOf(kind, moments('GET auditLogs/signIns', { count: 12, last: 2, delayMs: [0, 60], seed })))

      it('loses and doubles nothing when the runs after it are killed too', async () => {
        const first = moments('GET users/delta', { count: 8, last: pages / 2, delayMs: [0, 25], seed: seed + 10 })
        const second = moments('GET users/delta', { count: 8, last: pages / 3, delayMs: [0, 25], seed: seed + 20 })
        const third = moments('GET auditLogs/signIns', { count: 8, last: 2, delayMs: [0, 60], seed: seed + 30 })
        await inLanes(
          first.map((moment, at) => [moment, second[at], at % 2 ? third[at] : undefined].filter((one) => one !== undefined)),
          (lane, kills, at) => survive(lane, kind, { kills, again: at % 2 === 0 }),
        )
      })

      it(`was on at ${ENOUGH} moments or more`, () => {
        expect(during[kind]).to.be.at.least(ENOUGH)
      })
    })

  async function allOf(kind: Kind, single: readonly Moment[]): Promise<void> {
    await inLanes(
      single.map((moment) => [moment]),
      (lane, kills, at) => survive(lane, kind, { kills, again: at % 3 === 0 }),
    )
  }

  async function inLanes(trials: readonly Kills[], job: (lane: Lane, kills: Kills, at: number) => Promise<void>): Promise<void> {
    const waiting = [...trials.entries()]
    const work = async (lane: Lane): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await job(lane, next[1], next[0])
    }
    await Promise.all(lanes.map(work))
  }

  /** `again`: the run afterwards is ordered as the killed one was, else it is what the schedule would start. */
  async function survive(lane: Lane, kind: Kind, { kills, again }: { kills: Kills; again: boolean }): Promise<void> {
    const trial = await lane.trial(kind)
    const story = `${kind}${again ? ', ordered again' : ''}, killed at ${JSON.stringify(kills)}`
    let left: Snapshot | null = null
    for (const moment of kills) {
      await lane.simulator.order({ op: 'clearRequests' })
      const command = trial.start(left && !again ? ['sync', '--json'] : trial.words)
      if (!(await strike(moment, { simulator: lane.simulator, command, signal: 'SIGKILL' }))) break
      left = await lookAt(trial, story)
      during[kind] += left.runs.filter(({ outcome }) => outcome === null).length
    }
    const ended = await trial.start(again ? trial.words : ['sync', '--json']).ended
    expect(ended.code, `${story}\n${ended.stdout}\n${ended.stderr.slice(-1500)}`).to.be.oneOf([0, 3])
    expect(runOf(ended).error, story).to.equal(null)
    await compare(trial, { expected: lane.undisturbed[kind], left, again, story })
    await trial.remove()
  }
})

async function lookAt(trial: Trial, story: string): Promise<Snapshot> {
  const copy = await trial.copy()
  expect(checkIntegrity(copy), story).to.equal('ok')
  return trial.snapshot(copy)
}

interface Comparison {
  readonly expected: Snapshot
  readonly left: Snapshot | null
  readonly again: boolean
  readonly story: string
}

async function compare(trial: Trial, { expected, left, again, story }: Comparison): Promise<void> {
  const actual = await trial.snapshot()
  expect(checkIntegrity(trial.storePath), story).to.equal('ok')
  expect(differences(actual.people, expected.people), `people: ${story}`).to.deep.equal([])
  expect(differences(actual.parked, expected.parked), `parked: ${story}`).to.deep.equal([])
  expect(actual.isIdle, story).to.deep.equal({ pass: true, window: true, candidates: true })
  expect(actual.isTallied, story).to.equal(true)

  const dead = left?.runs.filter(({ outcome }) => outcome === null).map(({ runId }) => runId) ?? []
  const ended = new Map(actual.runs.map(({ runId, outcome }) => [runId, outcome]))
  for (const runId of dead) expect(ended.get(runId), story).to.equal('interrupted')
  expect([...ended.values()], story).not.to.include(null)

  const counted = total(actual.runs)
  const { users, firstLogins } = total(expected.runs)
  expect(counted.firstLogins, story).to.equal(firstLogins)
  // A full pass that was ordered anew, or given up before its first page, reads people once more and changes nothing.
  const readOnce = trial.kind !== 'resync' || (!again && left !== null && left.passes === expected.passes)
  const { read: _read, unchanged: _unchanged, skipped: _skipped, ...changed } = users
  expect(counted.users, story).to.deep.include(readOnce ? users : changed)
  if (readOnce) expect(actual.said, story).to.deep.equal(expected.said)
}
