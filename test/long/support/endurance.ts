import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect, isDeepStrictEqual } from 'node:util'
import type { Run } from '../../../src/domain/run.js'
import { PROFILE_FIELDS, type User } from '../../../src/domain/user.js'
import { randomFrom } from '../../../src/simulator/random.js'
import type { ConnectionStore } from '../../../src/store/port.js'
import { each } from '../../support/command.js'
import { disturb, type Disturbed } from './killing.js'
import { storeOutcome, type StoreOutcome } from './store-outcome.js'
import { live } from './tenant-life.js'
import { never, openTenTenants, syncWell, type SharedTenant, type TenTenants } from './ten-tenants.js'

/*
 * Processes that share a store of ten connections, killed and suspended at random while the tenants change and people
 * are moved to ahead login. Beside them one process that nobody disturbs keeps a store of its own of the same tenants.
 */

const DISTURBED_MS = 120_000
/** How long the last runs may take on a machine that has much else to do. */
const REST_MS = 180_000

/** Gives what happened, in words for the test's title. */
export async function endure(processes: number, seed: number): Promise<string> {
  const ten = await openTenTenants()
  try {
    const told: Disturbed = { said: '', kills: 0, wakes: 0 }
    await disturbed(ten, { processes, seed, told })
    expect(Math.min(told.kills, told.wakes), 'they were killed and suspended').to.be.greaterThan(processes)
    await each(ten.tenants, 4, atRest)
    const ends: End[] = []
    for (const tenant of ten.tenants) ends.push(await expectAsUndisturbed(tenant))
    const sum = (count: keyof End): number => ends.reduce((total, end) => total + end[count], 0)
    const said = told.said + ten.log.map(({ message }) => message).join('\n')
    expect(sum('sentAgain'), 'emails sent again').to.be.at.most(said.split('may go out a second time').length - 1)
    expect(sum('ticksTwice'), 'ticks that led to two runs').to.equal(0)
    const { kills, wakes } = told
    return `${sum('runs')} runs, ${kills} kills, ${wakes} suspensions, ${sum('emails')} emails, seed ${seed}; ${sum('sentAgain')} emails sent again`
  } finally {
    await ten.close()
  }
}

interface Ordered {
  readonly processes: number
  readonly seed: number
  readonly told: Disturbed
}

async function disturbed(ten: TenTenants, { processes, seed, told }: Ordered): Promise<void> {
  const over = new AbortController()
  const places = Array.from({ length: processes }, (_, n) =>
    disturb(ten, told, randomFrom(seed * 100 + n), over.signal),
  )
  const lives = ten.tenants.map((tenant, n) => live(tenant, randomFrom(seed * 1000 + n), DISTURBED_MS))
  const disturbances = Promise.all(places)
  // One that fails long before the others is told of when all are over.
  disturbances.catch(() => undefined)
  await Promise.all(lives).finally(() => {
    over.abort()
  })
  await disturbances
}

/**
 * One undisturbed process: it ends the pass that was interrupted, which shows the tenant as it was when the pass began,
 * then reads what has happened since, and sends what is still owed.
 */
async function atRest({ name, last, desk }: SharedTenant): Promise<void> {
  const until = performance.now() + REST_MS
  for (let runs = 1; ; runs += 1) {
    const failed = await syncWell(last).catch((error: unknown) => error)
    if (!failed && runs > 1 && (await last.store.owed()) === 0) return
    if (performance.now() > until) throw new Error(`${name} does not come to rest`, { cause: failed })
    if (runs > 1) await sleep(1_000)
    await sendNow(desk)
  }
}

/** A mail server may have been too slow for who was suspended; nobody waits ten minutes for the next try. */
async function sendNow(desk: SharedTenant['desk']): Promise<void> {
  const waiting = await desk.store.due(LATER, 100)
  const ids = waiting.map(({ id }) => id)
  if (ids.length > 0) await desk.ask('send-invitation', ids, { dryRun: false, by: 'Mia', signal: never })
}

const LATER = '2999-01-01T00:00:00.000Z'

interface End {
  readonly runs: number
  readonly emails: number
  readonly sentAgain: number
  readonly ticksTwice: number
}

async function expectAsUndisturbed({ name, desk, undisturbed, sink }: SharedTenant): Promise<End> {
  const [actual, expected] = [await storeOutcome(desk.store), await storeOutcome(undisturbed.store)]
  expect(actual.broken, `${name}: histories go on where they ended`).to.deep.equal([])
  expect(different(records(actual), records(expected)), `${name}: people`).to.deep.equal([])
  expect(actual.parked, name).to.deep.equal(expected.parked)
  expect([actual.unfinishedRuns, actual.candidates], name).to.deep.equal([0, 0])
  expect(actual.counts, `${name}: each change counted once`).to.deep.include(written(actual))

  const moved = Object.values(actual.people).filter(([{ identity }]) => identity === 'ahead-id')
  expect(moved.length, name).to.be.greaterThan(0)
  for (const [{ status }, history] of moved) {
    const entries = history.map(({ to }) => to)
    expect(status, name).to.equal('pending')
    for (const once of ['migrating', 'pending'])
      expect(
        entries.filter((to) => to === once),
        `${name}: entries of ${once}`,
      ).to.have.length(1)
  }
  const times = [...sink.byMessageId().values()]
  expect(times, `${name}: an email for each who was moved`).to.have.length(moved.length)
  const scheduled = await scheduledRuns(desk.store)
  const ticks = scheduled.flatMap((run) => (run.tick && !isMadeUpFor(run) ? [run.tick] : []))
  return {
    runs: scheduled.length,
    emails: times.length,
    sentAgain: times.reduce((sum, sent) => sum + sent - 1, 0),
    ticksTwice: ticks.length - new Set(ticks).size,
  }
}

/** Another run for the same tick is as it should be: this one was cut short, or the store was away. */
function isMadeUpFor({ outcome, error }: Run): boolean {
  return outcome === 'interrupted' || error?.code === 'store.unreachable' || error?.code === 'store.locked'
}

async function scheduledRuns({ runs }: ConnectionStore): Promise<Run[]> {
  const all = (await runs.list({ limit: 1000 })).runs
  return all.filter(({ trigger }) => trigger === 'schedule')
}

type Records = Readonly<Record<string, Partial<User>>>

/**
 * People without what differs between two stores that went there in other steps: what changed about somebody just before
 * they were deleted is known only to whoever has read it in time, because Microsoft tells nothing of the deleted.
 */
function records({ people }: StoreOutcome): Records {
  return Object.fromEntries(
    Object.entries(people).map(([id, [{ ahead: _ahead, ...user }]]) => {
      const untold = user.presence === 'soft-deleted' ? PROFILE_FIELDS.map((field) => [field, null]) : []
      return [id, { ...user, ...Object.fromEntries(untold) }]
    }),
  )
}

/** Whose record says something else, in words for a failed test. */
function different(actual: Records, expected: Records): string[] {
  const ids = [...new Set([...Object.keys(actual), ...Object.keys(expected)])]
  return ids.flatMap((id) => {
    const is: Record<string, unknown> = { ...actual[id] }
    const should: Record<string, unknown> = { ...expected[id] }
    return Object.keys({ ...is, ...should })
      .filter((field) => !isDeepStrictEqual(is[field], should[field]))
      .map((field) => `${id}: ${field} is ${inspect(is[field])}, not ${inspect(should[field])}`)
  })
}

/** What the histories say that runs have done. */
function written({ people }: StoreOutcome): Record<string, number> {
  const all = Object.values(people)
  const entries = all.flatMap(([, history]) => history)
  const became = (account: string): number => entries.filter(({ from, to }) => from !== null && to === account).length
  return {
    created: all.length,
    frozen: became('frozen'),
    deactivated: became('inactive'),
    reactivated: became('active'),
    firstLogins: all.filter(([{ firstLoginAt }]) => firstLoginAt !== null).length,
  }
}
