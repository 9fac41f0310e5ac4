import { expect } from 'chai'
import type { Run } from '../../../src/domain/run.js'
import { PROFILE_FIELDS, type HistoryEntry, type User } from '../../../src/domain/user.js'
import { listHolds } from '../../../src/holds/view.js'
import { shown } from './rows.js'
import type { Settled, Snapshot, World } from './world.js'

/** What must hold whatever has happened. */

export async function checkAsModelled({
  model,
  ...world
}: {
  model: World['model']
  rows: () => ReturnType<World['rows']>
}) {
  const texts = (some: Awaited<ReturnType<World['rows']>>) =>
    [...some.values()].map((row) => JSON.stringify(shown(row))).sort()
  const rows = texts(await world.rows())
  const modelled = texts(model.rows)
  const only = (some: string[], others: string[]) => some.filter((text) => !others.includes(text)).join('\n')
  if (only(rows, modelled) !== '' || rows.length !== modelled.length)
    expect.fail(`In the store:\n${only(rows, modelled)}\nby the rules:\n${only(modelled, rows)}`)
}

export function checkCounts({ users: { read, ...others } }: Run): void {
  const sum = Object.values(others).reduce((a, b) => a + b, 0)
  expect(read, `read of ${JSON.stringify(others)}`).to.equal(sum)
}

/** Whoever waits does so in a hold that has not ended, and no hold without anybody goes on. */
export async function checkHolds({ store, now }: World): Promise<void> {
  for (const { count, causes } of await listHolds(store, { all: true, now: new Date(now) }))
    expect(
      causes.reduce((sum, one) => sum + one.count, 0),
      'sum of the causes',
    ).to.equal(count)
  const open = (await store.holds.list({ all: false, limit: 1000 })).map(({ id }) => id).sort()
  const held = await store.removals({ state: 'held', limit: 1000 })
  for (const { account, accountReason, removal } of held)
    if (account === 'inactive')
      expect(accountReason, `account of somebody held: ${removal?.cause.text}`).to.be.oneOf([
        'deactivated-by-admin',
        'no-seat',
      ])
  expect([...new Set(held.map(({ removal }) => removal?.hold ?? ''))].sort(), 'holds with people').to.deep.equal(open)
}

const ACCOUNTS: readonly unknown[] = ['active', 'frozen', 'inactive']

/** Each change follows from the one before, none stands there twice, and none is without proof. */
export async function checkHistories({ store }: World, people: Snapshot): Promise<void> {
  for (const user of people.values()) {
    const entries = await store.history(user.id)
    expect(
      entries.filter(({ from }) => from === null),
      'creations',
    ).to.have.length(1)
    let account: unknown = entries[0]?.evidence?.['account']
    for (const { from, to, evidence } of entries) {
      if (!ACCOUNTS.includes(to)) continue
      expect(from, `account before, ${JSON.stringify(entries)}`).to.equal(account)
      expect(to).not.to.equal(from)
      expect(evidence, 'evidence').to.have.property('proof')
      account = to
    }
    expect(account, `account by the history ${JSON.stringify(entries)}`).to.equal(user.account)
    checkNotDoubled(entries)
  }
}

function checkNotDoubled(entries: readonly HistoryEntry[]): void {
  const texts = entries.map((entry) => JSON.stringify(entry))
  expect(new Set(texts).size, `entries that stand there once: ${texts.join('\n')}`).to.equal(texts.length)
}

/** How many lost access in a run although nobody has approved of it. */
export async function removedWithoutAsking(
  { store }: World,
  { before, after, result, isExact }: Settled,
): Promise<number> {
  let count = 0
  for (const [id, user] of after) {
    const was = before.get(id)
    if (!was || was.account === 'inactive' || user.account !== 'inactive' || !isByDirectory(user)) continue
    const last = (await store.history(user.id)).findLast(({ to }) => to === 'inactive')
    if (isExact) expect(last?.evidence, 'evidence').to.include({ runId: result.run.runId })
    if (last?.evidence?.['approvedBy'] === undefined) count += 1
  }
  return count
}

function isByDirectory({ accountReason }: User): boolean {
  return ['disabled-in-entra', 'deleted-in-entra', 'out-of-scope'].includes(accountReason ?? '')
}

/** Nobody was written. */
export function checkNothingWritten({ before, after }: Settled): void {
  const revisions = (some: Snapshot) => [...some].map(([id, { revision }]) => `${id} ${revision}`).sort()
  expect(revisions(after), 'revisions after a run in which nothing had happened').to.deep.equal(revisions(before))
}

/** What undoing is to give back. */
export function facts(user: User): unknown {
  const profile = Object.fromEntries(PROFILE_FIELDS.map((field) => [field, user[field]]))
  return { ...profile, presence: user.presence, source: user.source, through: user.through }
}

export async function checkSeats({ store, settings }: World, before: Snapshot): Promise<void> {
  const { users } = await store.list({ limit: 1000 })
  const waiting = users.filter(({ accountReason }) => accountReason === 'no-seat').length
  if (settings.seats === null) return void expect(waiting, 'people without a seat').to.equal(0)
  const held = users.filter(({ account }) => account !== 'inactive').length
  const heldBefore = [...before.values()].filter(({ account }) => account !== 'inactive').length
  expect(held, 'seats').to.be.at.most(Math.max(settings.seats, heldBefore))
  if (waiting > 0) expect(held, 'seats').to.be.at.least(settings.seats)
}
