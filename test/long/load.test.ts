import { expect } from 'chai'
import { NO_COUNTS, type Run, type UserCounts } from '../../src/domain/run.js'
import { runOf, type Ended } from './support/command-process.js'
import { countsDuring, exported, exportsDuring, listsDuring } from './support/readers.js'
import { openTown, PAGE_SIZE, type Town } from './support/town.js'

const FEW = 20_000
const MANY = 100_000
/** A collector that is in no hurry lets garbage lie. Kept short, it shows what a run really needs. */
const SHORT_HEAP = { NODE_OPTIONS: '--max-old-space-size=64' }
const GARBAGE_MB = 100
const LIVE_MB = 30

interface Peaks {
  readonly first: number
  readonly resync: number
}

describe(`a tenant of ${MANY} people`, () => {
  let town: Town
  let few: Peaks
  let fewInShortHeap: Peaks
  let first: Ended

  before(`measure one of ${FEW}, and make one of ${MANY}`, async () => {
    const village = await openTown(FEW)
    few = await peaksOf(village, FEW, { STORE_URL: 'sqlite:measured.db' })
    fewInShortHeap = await peaksOf(village, FEW, { STORE_URL: 'sqlite:short-heap.db', ...SHORT_HEAP })
    await village.close()
    town = await openTown(MANY)
  })
  after(() => town.close())

  it('is read by a first run while others list, export and count whole pages without an error', async function () {
    const run = town.start(['sync', '--json'])
    const [exports, lists, counts] = await Promise.all([
      exportsDuring(run, town),
      listsDuring(run, town),
      countsDuring(run, town),
    ])
    first = await run.ended
    expectCounts(first, 'initial', { read: MANY, created: MANY })
    const seen = [...exports, ...counts]
    expect(seen.filter(isHalfPage)).to.deep.equal([])
    expect(counts.some(isUnderWay), 'counted in the middle of the run').to.equal(true)
    expect(exports.some(isUnderWay), 'exported in the middle of the run').to.equal(true)
    expect(lists, 'listed in the middle of the run').to.be.greaterThan(0)
    tell(this, `${exports.length} exports, ${lists} lists, ${counts.length} counts, ${seconds(first)}`)
  })

  it('is exported whole, each person once', async () => {
    const ids = (await exported(town)).map(({ entraObjectId }) => entraObjectId)
    expect(ids).to.have.lengthOf(MANY)
    expect(new Set(ids).size).to.equal(MANY)
  })

  it('is compared by a resync that changes nobody, in as much memory as a small one', async function () {
    const ended = await town.start(['sync', '--json', '--full']).ended
    expectCounts(ended, 'resync', { read: MANY, unchanged: MANY })
    tell(this, seconds(ended))
    expectBounded(this, { is: ended.peakMb ?? 0, few: few.resync, within: GARBAGE_MB })
  })

  it('takes a first run no more memory than a small one', function () {
    expectBounded(this, { is: first.peakMb ?? 0, few: few.first, within: GARBAGE_MB })
  })

  it('fits into the short heap that a small one fits into', async function () {
    const peaks = await peaksOf(town, MANY, { STORE_URL: 'sqlite:short-heap.db', ...SHORT_HEAP })
    expectBounded(this, { is: peaks.first, few: fewInShortHeap.first, within: LIVE_MB })
    expectBounded(this, { is: peaks.resync, few: fewInShortHeap.resync, within: LIVE_MB })
  })

  it('costs an incremental run what has changed', async function () {
    const changed = Number(await town.simulator.order({ op: 'churn', percent: 1, seed: 2 }))
    expect(changed).to.be.within(MANY * 0.008, MANY * 0.012)
    const ended = await town.start(['sync', '--json']).ended
    expectCounts(ended, 'incremental', { read: changed, updated: changed })
    // And one for the sign-ins.
    expect(runOf(ended).graph.requests).to.equal(Math.ceil(changed / PAGE_SIZE) + 1)
    tell(this, `${changed} in ${seconds(ended)}`)
  })
})

/** Of a first run and a resync into a store of their own. */
async function peaksOf(town: Town, people: number, settings: Readonly<Record<string, string>>): Promise<Peaks> {
  const first = await town.start(['sync', '--json'], settings).ended
  expectCounts(first, 'initial', { read: people, created: people })
  const resync = await town.start(['sync', '--json', '--full'], settings).ended
  expectCounts(resync, 'resync', { read: people, unchanged: people })
  return { first: first.peakMb ?? 0, resync: resync.peakMb ?? 0 }
}

function expectCounts(ended: Ended, kind: Run['kind'], counts: Partial<UserCounts>): void {
  expect(ended.code, ended.stderr.slice(-2000)).to.equal(0)
  const run = runOf(ended)
  expect(run).to.include({ kind, outcome: 'succeeded' })
  expect(run.users).to.deep.equal({ ...NO_COUNTS, ...counts })
}

/** A page is committed whole or not at all; the last one of the tenant is smaller. */
function isHalfPage(count: number): boolean {
  return count % PAGE_SIZE !== 0 && count !== MANY
}

function isUnderWay(count: number): boolean {
  return count > 0 && count < MANY
}

interface Bound {
  readonly is: number
  readonly few: number
  readonly within: number
}

function expectBounded(context: Mocha.Context, { is, few, within }: Bound): void {
  tell(context, `peak ${Math.round(is)} MB, ${Math.round(few)} MB at ${FEW} people`)
  expect(is).to.be.greaterThan(0)
  expect(is).to.be.lessThan(few + within)
}

function seconds(ended: Ended): string {
  return `${((runOf(ended).durationMs ?? 0) / 1000).toFixed(1)} s`
}

/** Figures stand in the title, where the reporter shows them. */
function tell({ test }: Mocha.Context, figures: string): void {
  if (test) test.title += ` (${figures})`
}
