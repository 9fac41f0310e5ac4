import { expect } from 'chai'
import fc from 'fast-check'
import { NEW_FEEDS } from '../../../src/domain/feed.js'
import { ACCOUNTS, PRESENCES, STATUSES, type User } from '../../../src/domain/user.js'
import type { Batch, Known, Tally } from '../../../src/store/port.js'
import { NOW } from '../../support/people.js'
import {
  aRun,
  begin,
  changed,
  created,
  entry,
  everything,
  objectId,
  parked,
  person,
  userId,
  type Open,
} from '../support.js'

const PEOPLE = 6
const OBJECT_IDS = Array.from({ length: PEOPLE + 1 }, (_, n) => objectId(n))

interface Step {
  readonly touched: readonly number[]
  readonly over: Pick<User, 'status' | 'account' | 'presence' | 'firstLoginAt'>
  readonly seen: { pass: number; page: number; numbers: readonly number[] } | null
  readonly sweep: number | null
  readonly resolved: readonly number[]
  readonly park: readonly number[]
  readonly unpark: readonly number[]
  readonly times: number
}

const who = fc.integer({ min: 1, max: PEOPLE })
const some = fc.uniqueArray(who, { maxLength: 4 })
const pass = fc.integer({ min: 1, max: 4 })

const step: fc.Arbitrary<Step> = fc.record({
  touched: some,
  over: fc.record({
    status: fc.constantFrom(...STATUSES),
    account: fc.constantFrom(...ACCOUNTS),
    presence: fc.constantFrom(...PRESENCES),
    firstLoginAt: fc.constantFrom(null, NOW),
  }),
  seen: fc.option(fc.record({ pass, page: fc.integer({ min: 1, max: 3 }), numbers: some })),
  sweep: fc.option(pass, { freq: 4 }),
  resolved: fc.uniqueArray(who, { maxLength: 1 }),
  park: some,
  unpark: fc.uniqueArray(who, { maxLength: 1 }),
  times: fc.integer({ min: 1, max: 3 }),
})

export function replays(open: Open): void {
  describe('batches committed again', () => {
    it('give the same store as those committed once, and people are counted right', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          const [once, often] = [await applied(open, steps, false), await applied(open, steps, true)]
          expect(often).to.deep.equal(once)
          expect(once.tally).to.have.deep.members(recount(once.users))
        }),
        { numRuns: 15 },
      )
    })
  })
}

async function applied(open: Open, steps: readonly Step[], again: boolean) {
  const opened = await open()
  try {
    const { store, commit } = await begin(opened.store)
    for (const [i, one] of steps.entries()) {
      const batch = batchOf(i, one, (await store.list({ limit: 100 })).users, await store.known(OBJECT_IDS))
      for (let time = 0; time < (again ? one.times : 1); time += 1) await commit(batch)
    }
    return (await everything(store, OBJECT_IDS)) as { users: User[]; tally: Tally[] }
  } finally {
    await opened.close()
  }
}

function batchOf(i: number, one: Step, have: readonly User[], known: Known): Partial<Batch> {
  const users = one.touched.map((n) => {
    const before = have.find(({ id }) => id === userId(n))
    const told = entry(`step ${i}`)
    return before ? changed(before, one.over, told) : created(person(n, one.over), told)
  })
  return {
    run: aRun({ runId: `run-${i % 3}`, kind: 'resync', durationMs: i }),
    users,
    feeds: { directory: { ...NEW_FEEDS.directory, deltaLink: `link ${i}` } },
    ...(one.seen ? { seen: { ...one.seen, entraObjectIds: one.seen.numbers.map(objectId) } } : {}),
    ...(one.sweep ? { sweep: { pass: one.sweep } } : {}),
    resolved: one.resolved.map(userId),
    park: one.park.map((n) => parked(n, new Date(Date.parse(NOW) + ((i * 7) % 5) * 1000).toISOString())),
    unpark: one.unpark.flatMap((n) => known.parked.get(objectId(n)) ?? []),
  }
}

function recount(users: readonly User[]): Tally[] {
  const counted = new Map<string, Tally>()
  for (const { status, account, firstLoginAt } of users) {
    const firstLogin = firstLoginAt === null ? 'pending' : 'completed'
    const key = `${status} ${account} ${firstLogin}`
    counted.set(key, { status, account, firstLogin, count: (counted.get(key)?.count ?? 0) + 1 })
  }
  return [...counted.values()]
}
