import { v7 as uuid } from 'uuid'
import type { Config } from './config/config.js'
import type { ChangeContext } from './domain/change.js'
import type { ConnectorError } from './domain/errors.js'
import type { Run, Trigger } from './domain/run.js'
import { protectionOf } from './domain/scope.js'
import type { MicrosoftConnection } from './graph/connect.js'
import { runOnce, type RunRequest, type RunResult } from './jobs/runner.js'
import type { MicrosoftParts } from './microsoft.js'
import { openPost } from './post.js'
import { applyParked } from './signins/parked.js'
import { readSignIns } from './signins/run.js'
import { holderName } from './store/holder.js'
import type { ConnectionStore } from './store/port.js'
import { previewOf } from './store/preview.js'
import { prune, type KeptFor } from './store/prune.js'
import type { Progress, RunPart, RunWriter } from './store/run-writer.js'
import { seatsLeft } from './store/seats.js'
import { applyPlan } from './sync/apply-plan.js'
import { whoIsMeantBy } from './sync/never-removed.js'
import { syncDirectory } from './sync/run.js'
import type { ShownChange, ShownPlan } from './sync/shown-plan.js'
import { syncPerson } from './sync/single.js'
import { undoableRun, undoRun, type Undone } from './sync/undo.js'
import type { SyncOptions } from './sync/work.js'

/** The runs there are of one connection: who does what in which order. */

export interface SyncRequest extends Watching {
  readonly trigger: Trigger
  /** As in `RunRequest`. */
  readonly claim?: () => Promise<string | null>
  readonly full: boolean
  /** One person only: our id, an Entra object id or a UPN. */
  readonly who?: string
  /** Exactly this, and nothing that has happened since. */
  readonly plan?: { readonly shown: ShownPlan; readonly changes: AsyncIterable<ShownChange> }
}

export interface UndoRequest extends Watching {
  readonly runId: string
  /** The name of the person who asks. */
  readonly by: string
}

interface Watching {
  readonly dryRun: boolean
  readonly signal: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  readonly onChanges?: (part: RunPart) => void
}

export interface UndoResult extends RunResult {
  /** What was done, also where the run ended early. */
  readonly undone: Undone
}

export type RunParts = MicrosoftParts & { readonly store: ConnectionStore }

/** The directory, then the sign-in log, then what is owed. One person, or a plan, is the directory alone. */
export async function runSync(
  parts: RunParts,
  microsoft: MicrosoftConnection,
  request: SyncRequest,
): Promise<RunResult> {
  const { who, plan } = request
  const wantsSignIns = microsoft.signIns !== null && who === undefined && plan === undefined
  return runOnce({
    ...(await frame(parts, request)),
    trigger: request.trigger,
    claim: request.claim,
    graph: (): Run['graph'] => microsoft.counters(),
    signIns: wantsSignIns ? 'failed' : 'off',
    work: async (writer) => {
      const options = syncOptions(parts, microsoft, writer, request.full)
      if (who !== undefined) {
        await syncPerson(options, who)
        return null
      }
      if (plan) return applyPlan(options, plan.shown, plan.changes)
      const groups = await syncDirectory(options)
      const signIns = microsoft.signIns ? await readSignIns(writer, microsoft.signIns) : null
      await applyParked(writer)
      const mail = await runPost(parts, microsoft, writer)
      await prune(writer, keptFor(parts.config))
      return groups ?? signIns ?? mail
    },
  })
}

/** Asks nothing of Microsoft. There is no run where the one to be undone cannot be. */
export async function runUndo(parts: RunParts, request: UndoRequest): Promise<UndoResult> {
  const { rules, scope, undoKeptMs } = parts.config.connection
  const undone: Undone = { restored: 0, refused: [] }
  const result = await runOnce({
    ...(await frame(parts, request)),
    trigger: 'manual',
    // With the lease ours, a run without an end is one whose process died.
    claim: async () => {
      await undoableRun(parts, request.runId, undoKeptMs)
      return null
    },
    graph: () => ({ requests: 0, throttled: 0, retried: 0 }),
    signIns: 'off',
    work: async (writer) => {
      const { store } = writer
      const seats = { left: await seatsLeft(store, rules) }
      const protects = protectionOf(scope, await whoIsMeantBy(store, scope, await store.feed('directory')))
      const context = (): ChangeContext => ({
        now: writer.now().toISOString(),
        cause: request.by,
        evidence: { runId: writer.run.runId },
        connection: store.connection,
        rules,
        newId: () => uuid(),
        seats: { ...seats },
      })
      const options = { writer, context, seats, protects, keptMs: undoKeptMs }
      await undoRun(options, request.runId, undone)
      return null
    },
  })
  return { ...result, undone }
}

/** A run that can be undone is never dropped before. */
function keptFor({ kept, connection }: Config): KeptFor {
  const replacedMs = connection.undoKeptMs
  return { ...kept, runsMs: Math.max(kept.runsMs, replacedMs), replacedMs }
}

type Frame = Omit<RunRequest, 'trigger' | 'graph' | 'signIns' | 'work'>

async function frame({ store, log, now }: RunParts, request: Watching): Promise<Frame> {
  const { dryRun, signal, onProgress, onChanges } = request
  const preview = dryRun ? await previewOf(store) : store
  return { store: preview, log, now, holder: holderName(), dryRun, signal, onProgress, onChanges }
}

function syncOptions(
  { config }: RunParts,
  { directory, groups }: MicrosoftConnection,
  writer: RunWriter,
  full: boolean,
): SyncOptions {
  const { rules, scope, mapping, removalLimit, holdsExpireMs, reconcileMs } = config.connection
  const newId = (): string => uuid()
  const settings = { rules, scope, mapping, removalLimit, holdsExpireMs, reconcileMs }
  return { writer, source: directory, groups, newId, full, ...settings }
}

/**
 * The last part of a run: what is owed goes out, what came back is read. A dry run only says how many are owed. Throws
 * `run.interrupted` when the run is to stop and some of it is left.
 */
async function runPost(
  parts: RunParts,
  microsoft: MicrosoftConnection,
  writer: RunWriter,
): Promise<ConnectorError | null> {
  const post = openPost({ ...parts, microsoft: () => microsoft })
  try {
    if (writer.run.dryRun) {
      const reason = parts.config.bounces ? 'A preview reads no delivery reports' : null
      const bounces = { ...writer.run.bounces, reason }
      writer.run = { ...writer.run, bounces, emails: { sent: 0, failed: 0, owed: await parts.store.owed() } }
      return null
    }
    const onSent = (done: number): void => writer.progress({ phase: 'emails', done, total: null })
    const { mail, stopped, ...emails } = await post.deliver({
      signal: writer.signal,
      onSent,
      patient: writer.run.trigger === 'schedule',
    })
    writer.run = { ...writer.run, emails }
    if (stopped) writer.throwIfStopped('What is owed stays so; the next run sends it. Everything else was done.')
    writer.run = { ...writer.run, bounces: await post.readBounces(writer.signal) }
    return mail
  } finally {
    await post.close()
  }
}
