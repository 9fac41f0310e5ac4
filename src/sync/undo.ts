import { giveBack } from '../domain/change.js'
import { ConnectorError } from '../domain/errors.js'
import { NO_COUNTS, type Run } from '../domain/run.js'
import type { Scope } from '../domain/scope.js'
import type { HistoryEntry, User } from '../domain/user.js'
import type { Replaced } from '../store/port.js'
import type { RunWriter } from '../store/run-writer.js'
import { changeEach, type Changing } from './each.js'

/**
 * Puts back what a run changed, with people nobody has changed since. It is a run itself, and can be undone. Logins and
 * sent emails are facts and stay. A higher revision alone is no change: a store without transactions raises it when a
 * commit that was broken off is cleared away.
 */

export interface UndoOptions extends Changing {
  /** Whether somebody never loses access. */
  readonly protects: Scope['protects']
  /** How long what runs replaced is kept. */
  readonly keptMs: number
}

export interface Undone {
  restored: number
  refused: Refused[]
}

export interface Refused {
  readonly id: string
  readonly reason: string
}

const BATCH = 200

/** `undone` is filled batch by batch, so that it tells what was done also where the run ends early. */
export async function undoRun(
  options: UndoOptions,
  runId: string,
  undone: Undone = { restored: 0, refused: [] },
): Promise<Undone> {
  const { writer, keptMs } = options
  const run = await undoableRun(writer, runId, keptMs)
  if (run.outcome === null)
    throw new ConnectorError('run.not-undoable', {
      message: `Run ${runId} has not ended yet`,
      remedy: 'Wait for its end, then undo it.',
    })
  writer.run = { ...writer.run, kind: 'undo' }
  await writer.commit({})
  const replaced = await replacedBy(writer, runId)
  const ids = [...replaced.keys()].sort()
  const { refused } = undone
  for (let start = 0; start < ids.length; start += BATCH) {
    writer.throwIfStopped()
    const found = await writer.store.findAll(ids.slice(start, start + BATCH))
    const people = [...found.values()].flat()
    const mine: User[] = []
    for (const user of people) {
      const was = replaced.get(user.id)
      if (!was || (isNothing(was) && !isNotedBy(run, user))) continue
      const last = user.revision === was.revision ? undefined : (await writer.store.history(user.id)).at(-1)
      if (user.revision === was.revision || last?.evidence?.['runId'] === runId) mine.push(user)
      else if (!(await isGivenBack(writer, last, runId))) refused.push({ id: user.id, reason: reasonOf(last) })
    }
    const read = new Map(mine.map((user) => [user.id, user.revision]))
    const stay = new Set<string>()
    const changes = await changeEach(options, mine, (user, { evidence, ...context }) => {
      const { before = null } = replaced.get(user.id) ?? {}
      if (user.revision !== read.get(user.id)) return null
      const undone = { ...context, evidence: { ...evidence, undone: runId } }
      const step = giveBack(user, before, undone, isNotedBy(run, user))
      if (step?.user.account !== 'inactive' || user.account === 'inactive' || !options.protects(user)) return { step }
      stay.add(user.id)
      return null
    })
    undone.restored += changes.length
    const changed = new Set(changes.map(({ after }) => after.id))
    const others = await writer.store.findAll(mine.map(({ id }) => id).filter((id) => !changed.has(id)))
    for (const user of [...others.values()].flat()) {
      if (user.revision === read.get(user.id)) {
        if (stay.has(user.id)) refused.push({ id: user.id, reason: PROTECTED })
        continue
      }
      const last = (await writer.store.history(user.id)).at(-1)
      // Of a commit that lost a race, a store without transactions may have made a part.
      if (last?.evidence?.['runId'] === writer.run.runId) undone.restored += 1
      else refused.push({ id: user.id, reason: reasonOf(last) })
    }
    await countRefused(options, refused.length - writer.run.users.skipped)
    writer.progress({ phase: 'undoing', done: Math.min(start + BATCH, ids.length), total: ids.length })
  }
  return undone
}

/** Whether it has ended is not looked at. Throws `run.unknown` and `run.not-undoable`. */
export async function undoableRun(
  { store, now }: Pick<RunWriter, 'store' | 'now'>,
  runId: string,
  keptMs: number,
): Promise<Run> {
  const run = await store.runs.get(runId)
  if (!run)
    throw new ConnectorError('run.unknown', {
      message: `There is no run ${runId}`,
      remedy: '"entra-connector runs list" shows the ids of the last ones; older runs are dropped, see RUNS_KEPT_FOR.',
    })
  if (now().getTime() - Date.parse(run.startedAt) > keptMs) throw notKept(run)
  if (hasChanged(run) && !(await isKept(store, runId))) throw notKept(run)
  return run
}

async function isKept({ runs }: RunWriter['store'], runId: string): Promise<boolean> {
  for await (const some of runs.replaced(runId)) if (some.length > 0) return true
  return false
}

function hasChanged({ users }: Run): boolean {
  return users.created + users.updated + users.frozen + users.deactivated + users.reactivated > 0
}

/** Too old, or of before the store was copied. */
function notKept({ runId, startedAt }: Run): ConnectorError {
  return new ConnectorError('run.not-undoable', {
    message: `What run ${runId} replaced is not kept any more: it began at ${startedAt}`,
    meanwhile: 'Nothing was changed.',
    remedy: 'UNDO_KEPT_FOR says how long it is kept for later runs; it does not move with a copied store.',
  })
}

/** By our id: the last revision the run left, and the earliest values it replaced; `before` is null for those it created. */
async function replacedBy(writer: RunWriter, runId: string): Promise<Map<string, Replaced>> {
  const replaced = new Map<string, Replaced>()
  for await (const some of writer.store.runs.replaced(runId)) {
    writer.throwIfStopped()
    for (const { id, revision, before } of some) {
      const first = replaced.get(id)
      const merged = first ? (first.before === null ? null : { ...before, ...first.before }) : before
      replaced.set(id, { id, revision, before: merged })
    }
  }
  return replaced
}

function isNothing({ before }: Replaced): boolean {
  return before !== null && Object.keys(before).length === 0
}

/** A run that was stopped may have noted removals it did not settle. */
function isNotedBy({ startedAt, finishedAt }: Run, { removal }: User): boolean {
  if (removal?.state !== 'noted') return false
  return removal.at >= startedAt && (finishedAt === null || removal.at <= finishedAt)
}

/** By an undo of the same run that did not come to its end. */
async function isGivenBack({ store }: RunWriter, last: HistoryEntry | undefined, runId: string): Promise<boolean> {
  if (last?.evidence?.['undone'] !== runId) return false
  const undo = await store.runs.get(String(last.evidence['runId']))
  return undo?.outcome === 'failed' || undo?.outcome === 'interrupted'
}

const PROTECTED = 'is never removed, as the list in config/scope.json says'

function reasonOf(last: HistoryEntry | undefined): string {
  const by = last && last.cause !== 'run' ? ` by ${last.cause}` : last ? ' by a later run' : ''
  return `changed since${by}${last ? `, at ${last.at}` : ''}`
}

async function countRefused({ writer }: UndoOptions, skipped: number): Promise<void> {
  if (skipped > 0) await writer.commit({ counts: { ...NO_COUNTS, read: skipped, skipped } })
}
