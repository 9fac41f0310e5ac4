import { create, say, type ChangeContext, type Statement, type Step } from '../domain/change.js'
import type { DirectoryItem } from '../domain/directory.js'
import { ConnectorError } from '../domain/errors.js'
import { NO_COUNTS, type UserCounts } from '../domain/run.js'
import type { User, UserChange } from '../domain/user.js'
import { LOST_RACES, overtaken, READ_AGAIN } from '../store/races.js'
import type { Note } from '../store/run-writer.js'
import { describe } from './describe.js'
import { lookUpAll } from './look-ups.js'
import { tellRenamed } from './never-removed.js'
import { toChange } from './plan.js'
import { beginAs, openWith } from './run.js'
import { settleRemovals, finishSettling } from './settle.js'
import type { ShownChange, ShownPlan } from './shown-plan.js'
import type { SyncOptions, Work } from './work.js'

/**
 * Applies a plan exactly as it was shown: no pages are read, removals are confirmed by a look-up, and people who have
 * changed since, or would become something else today, are skipped. What the plan does not say comes with the next run.
 */

const BATCH = 200

/** Throws `usage.invalid` for a plan of another tenant or connection, before anything is written. */
export async function applyPlan(
  options: SyncOptions,
  plan: ShownPlan,
  changes: AsyncIterable<ShownChange>,
): Promise<ConnectorError | null> {
  const { writer } = options
  await beginAs(writer, plan.kind)
  const work = await openWith(options, ({ tenantId }) => checkPlan(options, plan, tenantId))
  await finishSettling(work)
  let some: ShownChange[] = []
  let done = 0
  let removals = 0
  const applySome = async (): Promise<void> => {
    await applyBatch(work, some)
    done += some.length
    some = []
    writer.progress({ phase: 'plan', done, total: null })
  }
  for await (const change of changes) {
    some.push(change)
    if (change.change === 'removed') removals += 1
    if (some.length === BATCH) await applySome()
  }
  if (some.length > 0) await applySome()
  await tellRenamed(work)
  // Whoever could not be confirmed now counts all the same: the plan was to remove them all.
  await settleRemovals(work, removals)
  return work.members.error
}

function checkPlan({ writer }: SyncOptions, plan: ShownPlan, tenantId: string | null): void {
  const { connection } = writer.store
  if (plan.tenantId !== null && tenantId !== null && plan.tenantId !== tenantId)
    throw new ConnectorError('usage.invalid', {
      message: `The plan is for tenant ${plan.tenantId}, and this connection reads tenant ${tenantId}`,
      meanwhile: 'Nothing was written.',
      remedy: 'Apply it where it was made, or make a new one: entra-connector sync --dry-run --out plan.json',
    })
  if (plan.connection !== connection)
    throw new ConnectorError('usage.invalid', {
      message: `The plan is for connection ${plan.connection}, not for ${connection}`,
      meanwhile: 'Nothing was written.',
      remedy: `Name the connection it was made for: --connection ${plan.connection}`,
    })
}

interface Planned {
  readonly shown: ShownChange
  /** Null where it cannot be applied, with the reason. */
  readonly change: UserChange | null
  readonly problem: string
}

async function applyBatch(work: Work, some: readonly ShownChange[]): Promise<void> {
  const { writer } = work
  const removed = some.filter(({ change }) => change === 'removed').map(({ entraObjectId }) => entraObjectId)
  const answers = await lookUpAll(work, removed)
  let left = some
  const skipped: Planned[] = []
  for (let attempt = 1; attempt <= LOST_RACES; attempt += 1) {
    const { users } = await writer.store.known(left.map(({ entraObjectId }) => entraObjectId))
    const context = planContext(work)
    const planned = left.flatMap((shown) => {
      const user = users.get(shown.entraObjectId) ?? null
      // After a race, a store without transactions may have written some of them: theirs is done.
      if (attempt > 1 && user && say(user, shown.says, 'plan', context) === null) return []
      return planOne(work, shown, user, answers, context)
    })
    skipped.push(...planned.filter(({ change }) => change === null))
    const changes = planned.flatMap(({ change }) => change ?? [])
    const counts = countsOf(changes, skipped.length)
    const { lost } = await writer.commit({ users: changes, counts, notes: skipped.map(noteOf) })
    if (lost.length === 0) {
      work.seats.left = context.seats.left
      return
    }
    left = planned.filter(({ change }) => change !== null).map(({ shown }) => shown)
  }
  throw overtaken(READ_AGAIN)
}

function planContext(work: Work): ChangeContext {
  const context = work.context()
  return { ...context, evidence: { ...context.evidence, plan: true } }
}

type Answers = ReadonlyMap<string, DirectoryItem | ConnectorError>

function planOne(work: Work, shown: ShownChange, user: User | null, answers: Answers, context: ChangeContext): Planned {
  const refused = (problem: string): Planned => ({ shown, change: null, problem })
  if (shown.id === null) {
    if (user) return refused('is there already')
    const step = create(shown.says, shown.entraObjectId, context)
    return asShown(shown, null, step) ?? refused(`would be ${step.user.account} now`)
  }
  if (user?.id !== shown.id || user.revision !== shown.revision) return refused('has changed since the plan was made')
  if (shown.change !== 'removed') {
    const step = say(user, shown.says, 'plan', context)
    if (!step) return refused('is so already')
    return asShown(shown, user, step) ?? refused(`would be ${step.user.account} now`)
  }
  const confirmed = confirm(work, user, answers.get(shown.entraObjectId), shown.says)
  if (typeof confirmed === 'string') return refused(confirmed)
  const step = say(user, confirmed, 'look-up', context)
  return step ? planned(shown, user, step) : refused('waits for a decision already')
}

/** What Entra says today of somebody who is to be removed, or why they are not. */
function confirm(
  { sight }: Work,
  user: User,
  answer: DirectoryItem | ConnectorError | undefined,
  says: Statement,
): Statement | string {
  if (!answer) return 'could not be looked up'
  if (answer instanceof ConnectorError) return `could not be looked up: ${answer.message}`
  if (answer.kind === 'unreadable') return `could not be looked up: ${answer.problem}`
  if (answer.kind === 'tombstone') return { ...says, presence: answer.presence }
  const { presence, cause } = describe(answer, user, true, sight) ?? {}
  const still = presence === says.presence && (presence === 'out-of-scope' || presence === 'disabled')
  return still ? { presence, ...(cause ? { cause } : {}) } : 'is not to be removed any more'
}

function asShown(shown: ShownChange, before: User | null, step: Step): Planned | null {
  const { account, accountReason } = step.user
  return account === shown.account && accountReason === shown.accountReason ? planned(shown, before, step) : null
}

function planned(shown: ShownChange, before: User | null, step: Step): Planned {
  return { shown, change: toChange({ before, ...step, entries: [...step.entries] }), problem: '' }
}

function countsOf(changes: readonly UserChange[], skipped: number): UserCounts {
  const counts: UserCounts = { ...NO_COUNTS, read: skipped, skipped }
  for (const { kind } of changes) {
    if (!kind) continue
    counts.read += 1
    counts[kind] += 1
  }
  return counts
}

function noteOf({ shown, problem }: Planned): Note {
  const about = shown.userPrincipalName ?? shown.entraObjectId
  return { level: 'warn', message: 'Not applied: this person of the plan was left as is', about, details: { problem } }
}
