import { v7 as uuid } from 'uuid'
import { NEW_FEEDS } from '../../../src/domain/feed.js'
import type { DirectoryItem, DirectorySource } from '../../../src/domain/directory.js'
import type { Run, UserCounts } from '../../../src/domain/run.js'
import { runOnce, type RunResult } from '../../../src/jobs/runner.js'
import type { ConnectionStore } from '../../../src/store/port.js'
import { syncDirectory } from '../../../src/sync/run.js'
import { silent } from '../../support/log.js'
import { NOW } from '../../support/people.js'
import { PLAIN } from '../../support/sync-options.js'
import { all, begin, created, entry, objectId, parked, person } from '../support.js'
import type { ConnectorProcess } from './processes.js'
import { undoing } from './undoing.js'

/** A small company whose directory is read in a full pass of two pages, with something of everything. */

const CHANGED = 1
const UNCHANGED = 2
const DELETED = 3
const DISABLED = 4
const SIGNED_IN = 5
const NEW = 6

export async function moveIn(store: ConnectorProcess['store'], connection: string): Promise<void> {
  const { commit, fence, store: own } = await begin(store, connection)
  const people = [CHANGED, UNCHANGED, DELETED, DISABLED].map((n) =>
    created({ ...person(n), connection }, entry('here')),
  )
  const directory = { ...NEW_FEEDS.directory, select: 'all', passes: 1, completedAt: NOW }
  await commit({ users: people, park: [parked(SIGNED_IN, NOW)], feeds: { directory } })
  await commit({ run: (await own.runs.list({ limit: 1 })).runs.map((run) => ({ ...run, finishedAt: NOW }))[0]! })
  await own.lease.release(fence)
}

export const OBJECT_IDS = [CHANGED, UNCHANGED, DELETED, DISABLED, SIGNED_IN, NEW].map(objectId)

function item(n: number, jobTitle: string | null = null, accountEnabled = true): DirectoryItem {
  const { userPrincipalName, mail, displayName } = person(n)
  const profile = { userPrincipalName, mail, displayName, jobTitle }
  return { kind: 'patch', entraObjectId: objectId(n), profile, accountEnabled }
}

export const DIRECTORY: DirectorySource = {
  select: 'all',
  tenant: () => Promise.resolve(null),
  firstLink: () => 'first',
  count: () => Promise.resolve(null),
  lookUp: (id) => {
    if (id === objectId(DELETED)) return Promise.resolve({ found: 'soft-deleted' as const })
    throw new Error(`nobody asks for ${id}`)
  },
  page: (link) => {
    const unreadable: DirectoryItem = { kind: 'unreadable', entraObjectId: null, problem: 'no id' }
    if (link === 'first')
      return Promise.resolve({
        items: [item(CHANGED, 'Lead'), item(UNCHANGED), item(SIGNED_IN)],
        cursor: { kind: 'next' as const, link: 'second' },
      })
    const items = link === 'second' ? [item(DISABLED, null, false), item(NEW), unreadable] : []
    return Promise.resolve({ items, cursor: { kind: 'delta' as const, link: 'delta' } })
  },
}

/** As it is a moment later: nobody has changed after all, and who was new is not there any more. */
export const CHANGED_BACK: DirectorySource = {
  ...DIRECTORY,
  page: () =>
    Promise.resolve({
      items: [item(CHANGED), item(UNCHANGED), item(DELETED), item(DISABLED)],
      cursor: { kind: 'delta' as const, link: 'delta' },
    }),
}

/** Answers pages, and nobody who asks for somebody: they go on being asked for. */
export const TELLING_NOTHING: DirectorySource = {
  ...DIRECTORY,
  lookUp: () => Promise.reject(new Error('said nothing')),
}

/** Of those a page changes, the one who is written last. */
export const CHANGED_LAST = objectId(DISABLED)

/** One run of the real thing: lease, dead runs, pages, look-ups, the end. A process that is killed gives its error. */
export function syncOnce(
  { name, store }: ConnectorProcess,
  connection: string,
  now: () => Date,
  source = DIRECTORY,
): Promise<RunResult> {
  return runOnce({
    store: store.of(connection),
    trigger: 'manual',
    dryRun: false,
    holder: name,
    log: silent,
    now,
    signal: new AbortController().signal,
    graph: () => ({ requests: 0, throttled: 0, retried: 0 }),
    signIns: 'off',
    work: (writer) => syncDirectory({ ...PLAIN, writer, source, newId: () => uuid() }),
  })
}

/** The runs after the one that moved everybody in. */
function since(runs: readonly Run[]): string[] {
  return runs.map(({ runId }) => runId).filter((runId) => runId !== 'run-1')
}

/** What must be the same whoever was killed or held where, in whatever connection: people with their history, and what the runs did together. */
export async function outcome(store: ConnectionStore): Promise<unknown> {
  const { users } = await store.list({ limit: 100 })
  const { runs } = await store.runs.list({ limit: 100 })
  const people = await Promise.all(
    users.map(async ({ id, revision: _revision, connection: _connection, ...user }) => ({
      ...user,
      history: (await store.history(id)).map(({ at, from, to, cause }) => ({ at, from, to, cause })),
    })),
  )
  const sum = (count: (counts: UserCounts) => number) => runs.reduce((total, run) => total + count(run.users), 0)
  const lines = await Promise.all(runs.map((run) => all(store.runs.log(run.runId))))
  return {
    people: people.sort((a, b) => ((a.entraObjectId ?? '') < (b.entraObjectId ?? '') ? -1 : 1)),
    tally: (await store.tally()).map((group) => JSON.stringify(group)).sort(),
    undoing: (await undoing(store, since(runs))).map(({ id: _id, ...one }) => one),
    parked: await store.parked({ limit: 100 }),
    candidates: (await store.candidates({ limit: 100 })).length,
    deltaLink: (await store.feed('directory')).deltaLink,
    counts: {
      created: sum(({ created: n }) => n),
      updated: sum(({ updated: n }) => n),
      frozen: sum(({ frozen: n }) => n),
      deactivated: sum(({ deactivated: n }) => n),
      skipped: sum(({ skipped: n }) => n),
      firstLogins: runs.reduce((total, run) => total + run.signIns.firstLogins, 0),
    },
    readIsTheSum: runs.every(({ users: { read, ...rest } }) => read === Object.values(rest).reduce((a, b) => a + b, 0)),
    unfinished: runs.filter(({ finishedAt }) => finishedAt === null).length,
    skips: lines.flat().filter(({ level, message }) => level === 'warn' && message.includes('skipped')).length,
  }
}
