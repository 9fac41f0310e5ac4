import {
  countCauses,
  decisionOn,
  nameOfCause,
  stateOf,
  type CauseCount,
  type Hold,
  type HoldDecision,
  type HoldState,
} from '../domain/hold.js'
import type { Run } from '../domain/run.js'
import type { User } from '../domain/user.js'
import { toView, type UserView } from '../domain/view.js'
import type { ConnectionStore } from '../store/port.js'
import { walkRemovals } from '../store/walk.js'
import { FEWEST, Shared } from './shared.js'

/**
 * A hold as people and scripts see it. `count` and `causes` are about those nobody has decided over yet, `held` is how
 * many there were at first. `shared`: what most of those who wait have in common, in words.
 */
export interface HoldView extends Pick<Hold, 'id' | 'runId' | 'createdAt' | 'expiresAt'> {
  readonly state: HoldState
  readonly count: number
  readonly causes: readonly CauseCount[]
  readonly held: number
  readonly decisions: readonly HoldDecision[]
  readonly shared: readonly string[]
}

/** `users`: those nobody has decided over yet, in order of our id. */
export interface WholeHold extends HoldView {
  readonly users: readonly UserView[]
}

const BATCH = 500
const MOST = 10_000
const RUNS = 100

/** Newest first; only open ones unless `all`. */
export async function listHolds(
  store: ConnectionStore,
  { all, now }: { all: boolean; now: Date },
): Promise<HoldView[]> {
  const views: HoldView[] = []
  for (const hold of await store.holds.list({ all, limit: MOST })) {
    const view = await viewOf(store, hold, now)
    if (all || view.state === 'open') views.push(view)
  }
  return views
}

/** `onWaiting` is given those nobody has decided over yet, as they are read. */
export async function viewOf(
  store: ConnectionStore,
  hold: Hold,
  now: Date,
  onWaiting: (users: readonly User[]) => void = () => undefined,
): Promise<HoldView> {
  let causes: CauseCount[] = []
  let everybodys: CauseCount[] = []
  let count = 0
  let approved = 0
  const shared = new Shared()
  for await (const users of heldIn(store, hold)) {
    const waiting = users.filter((user) => decisionOn(hold, user) === null)
    causes = countCauses(causes, waiting)
    everybodys = countCauses(everybodys, users)
    count += waiting.length
    approved += users.filter((user) => decisionOn(hold, user)?.verdict === 'approve').length
    shared.add(waiting)
    onWaiting(waiting)
  }
  const { id, runId, createdAt, expiresAt, held, decisions } = hold
  const before = count < FEWEST ? null : await endBefore(store, hold)
  const state = stateOf(hold, { waiting: count, approved }, now)
  return {
    ...{ id, runId, createdAt, expiresAt, state, count, held, decisions, shared: shared.texts(before) },
    causes: causes.map((one) => ({ ...one, cause: nameOfCause(one, everybodys) })),
  }
}

/** When the last run before the one that held ended that had read all there was; null: there is none any more. */
async function endBefore({ runs }: ConnectionStore, { runId }: Hold): Promise<string | null> {
  let isBefore = false
  for (let cursor: string | undefined; ;) {
    const page = await runs.list({ limit: RUNS, ...(cursor === undefined ? {} : { cursor }) })
    for (const run of page.runs) {
      if (isBefore && hasReadAll(run)) return run.finishedAt
      isBefore ||= run.runId === runId
    }
    if (page.nextCursor === null) return null
    cursor = page.nextCursor
  }
}

function hasReadAll({ kind, outcome }: Run): boolean {
  const isRead = kind === 'initial' || kind === 'incremental' || kind === 'resync'
  return isRead && (outcome === 'succeeded' || outcome === 'succeeded-with-skips' || outcome === 'held')
}

export async function wholeView(store: ConnectionStore, hold: Hold, now: Date): Promise<WholeHold> {
  const users: UserView[] = []
  const view = await viewOf(store, hold, now, (waiting) => waiting.forEach((user) => users.push(toView(user))))
  return { ...view, users }
}

/** Everybody in it whom no run has dealt with, whether or not somebody has decided over them. */
export async function* heldIn(store: ConnectionStore, { id, ended }: Hold): AsyncGenerator<User[]> {
  if (ended === null) yield* walkRemovals(store, { state: 'held', hold: id, limit: BATCH })
}
