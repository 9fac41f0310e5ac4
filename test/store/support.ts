import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConnectorError } from '../../src/domain/errors.js'
import type { Hold } from '../../src/domain/hold.js'
import { NO_COUNTS, type Run } from '../../src/domain/run.js'
import type { HistoryEntry, Removal, User, UserChange } from '../../src/domain/user.js'
import type { Batch, ConnectionStore, ParkedSignIns, Store } from '../../src/store/port.js'
import { aUser, NOW } from '../support/people.js'

/** An empty store, and the same one opened again as another process would. */
export interface Opened {
  readonly store: Store
  readonly clock: Clock
  again(): Promise<Store>
  /** Closes everything that was opened, and removes it. */
  close(): Promise<void>
}
export type Open = () => Promise<Opened>

export class Clock {
  constructor(private ms = Date.parse(NOW)) {}
  readonly now = (): Date => new Date(this.ms)
  advance(ms: number): void {
    this.ms += ms
  }
}

/** A folder of its own for one test. */
export function tempFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'connector-store-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export const objectId = (n: number): string => `${String(n).padStart(8, '0')}-0b1f-4c55-8d0e-3f6b2a7c9101`
export const userId = (n: number): string => `0193a000-0000-7000-8000-${String(n).padStart(12, '0')}`

export function person(n: number, over: Partial<User> = {}): User {
  const upn = `person${n}@contoso.example`
  return aUser({
    id: userId(n),
    entraObjectId: objectId(n),
    userPrincipalName: upn,
    mail: upn,
    displayName: `Person ${n}`,
    ...over,
  })
}

export function people(from: number, to: number): User[] {
  return Array.from({ length: to - from + 1 }, (_, i) => person(from + i))
}

export function entry(to: string, over: Partial<HistoryEntry> = {}): HistoryEntry {
  return { at: NOW, from: null, to, cause: 'run', evidence: { runId: 'run-1' }, ...over }
}

export function created(after: User, ...entries: HistoryEntry[]): UserChange {
  return { before: null, after, entries }
}

export function changed(before: User, over: Partial<User>, ...entries: HistoryEntry[]): UserChange {
  return { before, after: { ...before, ...over, revision: before.revision + 1 }, entries }
}

export function parked(n: number, ...times: string[]): ParkedSignIns {
  const login = (at: string) => ({ at, source: 'sign-in-log' as const, correlationId: `correlation-${at}` })
  const sorted = [...times].sort()
  return { entraObjectId: objectId(n), first: login(sorted[0] ?? NOW), last: login(sorted.at(-1) ?? NOW) }
}

export function aRun(over: Partial<Run> = {}): Run {
  return {
    runId: 'run-1',
    connection: 'default',
    kind: 'incremental',
    trigger: 'manual',
    dryRun: false,
    outcome: null,
    startedAt: NOW,
    finishedAt: null,
    durationMs: null,
    users: { ...NO_COUNTS },
    signIns: { outcome: 'off', read: 0, firstLogins: 0, reason: null },
    emails: { sent: 0, failed: 0, owed: 0 },
    bounces: { outcome: 'off', read: 0, failed: 0, reason: null },
    graph: { requests: 0, throttled: 0, retried: 0 },
    error: null,
    ...over,
  }
}

export function aRemoval(over: Partial<Removal> = {}): Removal {
  const cause = { about: 'deleted', text: 'deleted in Entra' }
  return { presence: 'soft-deleted', state: 'noted', cause, proof: 'tombstone', at: NOW, hold: null, ...over }
}

export function aHold(n: number, over: Partial<Hold> = {}): Hold {
  const at = (days: number) => new Date(Date.parse(NOW) + days * 24 * 60 * 60 * 1000).toISOString()
  const times = { createdAt: at(n), expiresAt: at(n + 7) }
  const id = `hold-${n}`
  return {
    id,
    connection: 'default',
    runId: 'run-1',
    ...times,
    held: 3,
    decisions: [],
    ended: null,
    revision: 1,
    ...over,
  }
}

export interface Writing {
  readonly store: ConnectionStore
  readonly fence: number
  /** With the fence and a run, unless the batch names others. */
  commit(batch: Partial<Batch>): Promise<{ lost: string[] }>
  /** Creates people; nobody may be lost. */
  create(...users: User[]): Promise<void>
}

/** Takes the lease of a connection. */
export async function begin(store: Store, connection = 'default'): Promise<Writing> {
  const own = store.of(connection)
  const lease = await own.lease.take('a-holder', 60_000)
  if (!lease.taken) throw new Error(`the lease is held by ${lease.holder}`)
  const { fence } = lease
  const commit = (batch: Partial<Batch>) => own.commit({ fence, run: aRun({ connection }), ...batch })
  return {
    store: own,
    fence,
    commit,
    async create(...users) {
      expect(await commit({ users: users.map((user) => created(user, entry(user.status))) })).to.deep.equal({
        lost: [],
      })
    },
  }
}

/** An empty store for each test of a suite, closed after it. */
export function eachOpened(open: Open): Opened {
  let opened: Opened
  beforeEach(async () => {
    opened = await open()
  })
  afterEach(() => opened.close())
  return {
    get store() {
      return opened.store
    },
    get clock() {
      return opened.clock
    },
    again: () => opened.again(),
    close: () => opened.close(),
  }
}

/** Its lease, taken before each test. */
export function eachWriting(opened: Opened): Writing {
  let writing: Writing
  beforeEach(async () => {
    writing = await begin(opened.store)
  })
  return {
    get store() {
      return writing.store
    },
    get fence() {
      return writing.fence
    },
    commit: (batch) => writing.commit(batch),
    create: (...users) => writing.create(...users),
  }
}

/** The error a promise is refused with. */
export async function refusal(promise: Promise<unknown>): Promise<ConnectorError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ConnectorError) return error
    throw error
  }
  throw new Error('expected an error, and there was none')
}

export const ids = (users: Iterable<User>): string[] => [...users].map(({ id }) => id)

/** Everything that can be read of a connection. */
export async function everything(store: ConnectionStore, objectIds: readonly string[]): Promise<unknown> {
  const { users } = await store.list({ limit: 100_000 })
  const { runs } = await store.runs.list({ limit: 1000 })
  return {
    users,
    history: await Promise.all(users.map(({ id }) => store.history(id))),
    tally: (await store.tally()).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    candidates: ids(await store.candidates({ limit: 100_000 })),
    parked: [...(await store.known(objectIds)).parked.values()].sort((a, b) =>
      a.entraObjectId < b.entraObjectId ? -1 : 1,
    ),
    directory: await store.feed('directory'),
    signIns: await store.feed('sign-ins'),
    holds: await store.holds.list({ all: true, limit: 1000 }),
    runs,
    log: await Promise.all(runs.map(({ runId }) => all(store.runs.log(runId)))),
  }
}

export async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const value of values) list.push(value)
  return list
}
