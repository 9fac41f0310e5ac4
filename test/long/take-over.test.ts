import { expect } from 'chai'
import type { Run } from '../../src/domain/run.js'
import { openStore } from '../../src/store/open.js'
import { aCompany, everyone, type Company } from '../cli/company.js'
import { until, type Env, type Running } from '../support/command.js'
import { TEST_MONGO_URL, testDatabase, WITHOUT_SERVER } from '../support/mongo.js'
import { clockAheadBy } from './support/wrong-clock.js'

/** Nobody's next tick comes in time to help. */
const NEXT_YEAR = '0 0 1 1 *'
const PEOPLE = 60

async function onCompany(env: Env, test: (company: Company) => Promise<void>): Promise<void> {
  const company = await aCompany(
    { PORT: '0', LOG_FORMAT: 'json', GIVE_UP_AFTER: '60s', ...env },
    { users: PEOPLE, pageSize: 5 },
  )
  try {
    await test(company)
  } finally {
    await company.close()
  }
}

async function inFile(test: (company: Company) => Promise<void>, env: Env = {}): Promise<void> {
  await onCompany({ SYNC_SCHEDULE: NEXT_YEAR, ...env }, test)
}

async function inDatabase(test: (company: Company, url: string) => Promise<void>, env: Env = {}): Promise<void> {
  const database = await testDatabase()
  try {
    await inFile((company) => test(company, database.url), { STORE_URL: database.url, ...env })
  } finally {
    await database.drop()
  }
}

/** Oldest first. */
async function runsOf(company: Company): Promise<Run[]> {
  const { json } = await company.run(['runs', 'list', '--limit', '100', '--json'])
  return (json['runs'] as Run[]).reverse()
}

/** Shortly before whoever asks would give up. */
const LONG_MS = 25_000

/** A process in the middle of its first run: after some pages it waits for each answer, until faults are cleared. */
async function inTheMiddle(company: Company): Promise<Running> {
  const { simulator } = company
  const path = '/users/delta'
  simulator.faults.add({ match: { path, nth: 5 }, times: Infinity, do: { kind: 'slow', delayMs: LONG_MS } })
  const serve = company.start(['serve'])
  await until(() => simulator.faults.hits > 0, serve)
  return serve
}

async function stop(serve: Running): Promise<string> {
  serve.send('SIGTERM')
  const { code, stderr } = await serve.ended
  expect(code, stderr).to.equal(0)
  return stderr
}

async function expectOneTakeOver(company: Company): Promise<void> {
  const runs = await runsOf(company)
  expect(runs.map(({ outcome, trigger }) => [outcome, trigger])).to.deep.equal([
    ['interrupted', 'schedule'],
    ['succeeded', 'schedule'],
  ])
  expect(await everyone(company)).to.have.length(PEOPLE)
}

/** The other one goes on with a run whose process is killed, and nobody does after that. */
async function killed(company: Company): Promise<void> {
  const first = await inTheMiddle(company)
  const second = company.start(['serve'])
  await second.says(/we stand by/)
  first.send('SIGKILL')
  company.simulator.faults.clear()
  await second.says(/Run finished/)
  const third = company.start(['serve'])
  await third.says(/Listening/)
  await stop(third)
  expect(await stop(second)).not.to.match(/"level":"error"/)
  await expectOneTakeOver(company)
}

/** A process that starts goes on with what the one before it has left. */
async function restarted(company: Company): Promise<void> {
  const first = await inTheMiddle(company)
  first.send('SIGKILL')
  await first.ended
  company.simulator.faults.clear()
  const second = company.start(['serve'])
  await second.says(/Run finished/)
  await stop(second)
  await expectOneTakeOver(company)
}

/** Nobody can know that a suspended process will wake up: its lease runs out, and when it wakes up it is left nothing. */
async function suspended(company: Company, later: Env = {}): Promise<void> {
  const first = await inTheMiddle(company)
  const second = company.start(['serve'], later)
  await second.says(/we stand by/)
  first.send('SIGSTOP')
  company.simulator.faults.clear()
  await second.says(/Run finished/)
  first.send('SIGCONT')
  await first.says(/Another process has taken this connection over/)
  await stop(first)
  await stop(second)
  await expectOneTakeOver(company)
}

const EVERY_OTHER_SECOND = { SYNC_SCHEDULE: '*/2 * * * * *' }
const TWO_TICKS_MS = 4_000
const MINUTES_MS = 4 * 60_000

/** Three whose clocks are some ticks apart: each tick comes three times, and has one run. */
async function apart(company: Company, storeUrl: string): Promise<void> {
  const clocks = [0, TWO_TICKS_MS, -TWO_TICKS_MS]
  const all = clocks.map((ms) => company.start(['serve'], ms === 0 ? {} : clockAheadBy(ms)))
  await Promise.race(all.map((serve) => serve.says(/(Run finished[^]*){4}/)))
  for (const serve of all) expect(await stop(serve)).not.to.match(/"level":"error"|taken this connection over/)
  const store = await openStore({ kind: 'mongodb' }, { now: () => new Date(), url: storeUrl })
  const { runs } = await store.of('default').runs.list({ limit: 100 })
  await store.close()
  const ticks = runs.flatMap(({ tick, outcome }) => (tick && outcome === 'succeeded' ? [tick] : []))
  expect(ticks.length).to.be.greaterThan(2)
  expect([...new Set(ticks)]).to.deep.equal(ticks)
}

const onMongo = (): Promise<void>[] => [
  inDatabase((company) => killed(company)),
  inDatabase((company) => suspended(company, clockAheadBy(MINUTES_MS))),
  inDatabase(apart, EVERY_OTHER_SECOND),
]

describe('several processes that serve one connection', () => {
  const where = TEST_MONGO_URL === null ? `SQLite; MongoDB ${WITHOUT_SERVER}` : 'SQLite and MongoDB'
  // At the same time: most of it is waiting.
  it(`take over in the middle of a run, however far the next tick and however wrong the clocks (${where})`, () =>
    Promise.all([
      inFile(killed),
      inFile(restarted),
      inFile((company) => suspended(company)),
      ...(TEST_MONGO_URL === null ? [] : onMongo()),
    ])).timeout(400_000)
})
