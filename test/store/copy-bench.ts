import { join } from 'node:path'
import { NO_AHEAD } from '../../src/domain/ahead.js'
import { NEW_FEEDS } from '../../src/domain/feed.js'
import { copyStore, type CopyReport } from '../../src/store/copy.js'
import type { Store } from '../../src/store/port.js'
import { openSqlite } from '../../src/store/sqlite/open.js'
import { NOW } from '../support/people.js'
import {
  aHold,
  aRemoval,
  aRun,
  begin,
  changed,
  Clock,
  created,
  entry,
  everything,
  objectId,
  parked,
  people,
  person,
  tempFolder,
  userId,
} from './support.js'

export const ODD = "Contoso 'AG' ü/b"
export const LATER = '2026-11-21T08:00:00.000Z'
export const isDeadHere = (holder: string): boolean => holder === 'dead'

/** People of every kind, with what there is beside them. */
export async function moveIn(store: Store, connection: string, many = 4): Promise<void> {
  const { commit, fence, store: own } = await begin(store, connection)
  const here = (n: number, over = {}) => person(n, { connection, ...over })
  const decision = { state: 'frozen' as const, by: 'Ana', at: NOW }
  const password = { hash: '$argon2id$v=19$m=8', setAt: NOW }
  const told = { removal: aRemoval({ state: 'held', hold: 'hold-1' }), source: { 'a.b': 'ü' }, through: 'g' }
  const born = [
    here(1),
    here(2, { account: 'frozen', accountReason: 'frozen-by-admin', decision, seat: false, ...told }),
    here(3, { identity: 'ahead-id', status: 'onboarded', ahead: { ...NO_AHEAD, password } }),
    here(4, { displayName: 'Zoë 👩🏽‍🚀 \u0000 \u202e', entraObjectId: null, firstLoginAt: NOW, lastLoginAt: NOW }),
    ...people(20, 15 + many).map((user) => ({ ...user, connection })),
  ]
  const line = (n: number) => ({ at: NOW, level: 'warn' as const, message: `line ${n}`, details: { 10: n, 9: 'a' } })
  await commit({
    users: born.map((user) => created(user, entry(user.status, { evidence: { runId: 'run-1', 2: 'b', 1: null } }))),
    park: [parked(8, NOW, LATER), parked(9, NOW)],
    log: Array.from({ length: 130 }, (_, n) => line(n)),
    sweep: { pass: 1 },
    feeds: { directory: { ...NEW_FEEDS.directory, deltaLink: 'a link', passes: 1, completedAt: NOW, tenantId: 'a' } },
  })
  let user = here(1)
  for (let n = 0; n < 45; n += 1) {
    const change = changed(user, { jobTitle: `${n}` }, entry(`change ${n}`))
    await commit({ users: [change], resolved: [userId(1)] })
    user = change.after
  }
  await commit({ run: aRun({ connection, finishedAt: LATER, outcome: 'succeeded' }) })
  await commit({ run: aRun({ connection, runId: 'run-2', startedAt: LATER }), log: [line(0)] })
  await commit({ hold: aHold(1, { connection }), run: aRun({ connection, runId: 'run-2', startedAt: LATER }) })
  await own.holds.put(aHold(2, { connection, ended: 'expired' }))
  const token = { name: 'Ä', scope: 'intranet' as const, createdAt: NOW, revokedAt: null }
  await own.tokens.create({ ...token, id: 'token-1' }, 'hash 1')
  await own.tokens.create({ ...token, id: 'token-2' }, 'hash 2')
  await own.tokens.revoke('token-1', LATER)
  await own.write({ feeds: { bounces: { ...NEW_FEEDS.bounces, highestUid: 7 } } })
  const outage = { since: NOW, toldAt: NOW, reminders: 2, reason: null }
  await own.write({ feeds: { alerts: { outage, holds: ['hold-1'], owed: [] } } })
  await own.tickets.put('ticket', 1, LATER)
  await own.lease.release(fence)
}

export async function contents(store: Store): Promise<unknown> {
  const found: Record<string, unknown> = {}
  for (const name of await store.connections()) {
    const own = store.of(name)
    found[name] = [
      await everything(own, [8, 9].map(objectId)),
      await own.feed('bounces'),
      await own.tokens.list(),
      await own.tokens.find('hash 2'),
      (await own.byKey('name:person3@contoso.example')).map(({ id }) => id),
    ]
  }
  return found
}

/** The same store for a process that is killed when it is about to make a write, by its number from 1. */
export function killedAt(store: Store, n: number, onWrite: (count: number) => Promise<void> = () => Promise.resolve()) {
  let writes = 0
  const before = async <T>(work: () => Promise<T>): Promise<T> => {
    writes += 1
    if (writes >= n) throw new Error('killed')
    await onWrite(writes)
    return work()
  }
  const killable: Store = {
    ...store,
    of: (name) => {
      const own = store.of(name)
      const release = (fence: number) => (writes >= n ? Promise.resolve() : own.lease.release(fence))
      return { ...own, lease: { ...own.lease, release } }
    },
    archive: (name) => {
      const own = store.archive(name)
      return {
        read: (kind, wanted) => own.read(kind, wanted),
        put: (fence, kind, items) => before(() => own.put(fence, kind, items)),
        drop: (fence, kind, keys) => before(() => own.drop(fence, kind, keys)),
        putLog: (fence, runId, from, lines) => before(() => own.putLog(fence, runId, from, lines)),
        raiseFence: (fence, to) => before(() => own.raiseFence(fence, to)),
      }
    },
    origin: {
      ...store.origin,
      beginCopy: (mark, instead) => before(() => store.origin.beginCopy(mark, instead)),
      endCopy: (at) => before(() => store.origin.endCopy(at)),
    },
  }
  return { store: killable, writes: () => writes }
}

/** A source with two connections, and as many other stores as wanted; everything goes when it is closed. */
export class CopyBench {
  readonly clock = new Clock()
  readonly sourcePath: string
  readonly #folder = tempFolder()
  readonly #stores: Store[] = []
  #files = 0
  #ids = 0
  #source: Store | undefined

  private constructor() {
    this.sourcePath = this.newPath()
  }

  static async open(): Promise<CopyBench> {
    const bench = new CopyBench()
    bench.#source = await bench.sqlite(bench.sourcePath)
    for (const name of [ODD, 'default']) await moveIn(bench.source, name)
    return bench
  }

  get source(): Store {
    if (!this.#source) throw new Error('not open')
    return this.#source
  }

  newPath(): string {
    return join(this.#folder.path, `${(this.#files += 1)}.db`)
  }

  readonly newId = (): string => `store ${(this.#ids += 1)}`

  async sqlite(path = this.newPath()): Promise<Store> {
    return this.closing(await openSqlite(path, { now: this.clock.now, isDeadHere }))
  }

  closing(store: Store): Store {
    this.#stores.push(store)
    return store
  }

  copy(from: Store, to: Store, holder = 'a-copy'): Promise<CopyReport> {
    const { signal } = new AbortController()
    return copyStore({ from, to }, { holder, now: this.clock.now, newId: this.newId, signal })
  }

  async close(): Promise<void> {
    for (const store of this.#stores) await store.close()
    this.#folder.remove()
  }
}
