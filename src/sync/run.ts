import { toConnectorError, type ConnectorError } from '../domain/errors.js'
import { failing, healthy, type DirectoryFeed } from '../domain/feed.js'
import type { RunKind } from '../domain/run.js'
import { wrongTenant } from '../domain/tenant.js'
import type { RunWriter } from '../store/run-writer.js'
import { confirmCandidates } from './candidates.js'
import { actOnHolds } from './holds.js'
import { askAgain } from './look-up-people.js'
import { readMembers } from './members.js'
import { tellRenamed } from './never-removed.js'
import { mustReconcile, reconcile } from './reconcile.js'
import { grantFreeSeats, reevaluateEverybody } from './reevaluate.js'
import { firstPass, readRounds } from './rounds.js'
import { finishSettling, settleRemovals } from './settle.js'
import { openWork, type SyncOptions, type Work } from './work.js'

/**
 * One directory run: the assigned groups, the rounds, the people a full pass did not name, those whom other rules
 * concern, then removals and seats, and now and then everybody once more. The feed's health is recorded either way. Throws the `ConnectorError` that ended it;
 * what was committed before stays and the next run goes on. Gives why groups could not be read, where that was all.
 */
export async function syncDirectory(options: SyncOptions): Promise<ConnectorError | null> {
  const { writer, full = false } = options
  const before = await writer.store.feed('directory')
  await beginAs(writer, before.completedAt === null ? 'initial' : full ? 'resync' : 'incremental')
  let work: Work | null = null
  try {
    work = await openWith(options)
    await finishSettling(work)
    await readRounds(work, await firstPass(work, full))
    await confirmCandidates(work)
    await askAgain(work, before.unanswered)
    await reevaluateEverybody(work)
    await tellRenamed(work)
    await actOnHolds(work)
    await settleRemovals(work)
    await grantFreeSeats(work)
    await reconcile(work)
    const { error } = work.members
    if (error) await recordFailure(writer, work.feed, error)
    else await recordSuccess(work)
    return error
  } catch (thrown) {
    const error = toConnectorError(thrown, 'reading the directory')
    if (error.kind !== 'interrupted' && error.kind !== 'lease') await recordFailure(writer, work?.feed ?? before, error)
    throw error
  }
}

/**
 * For the right tenant, with the assigned groups read; `check` may refuse before they are. Their names are asked for
 * again where everybody is read again.
 */
export async function openWith(options: SyncOptions, check?: (feed: DirectoryFeed) => void): Promise<Work> {
  const feed = await checkTenant(options)
  check?.(feed)
  const { writer, groups, scope, full = false } = options
  const names = { names: feed.groups, anew: full || mustReconcile(feed, options) }
  return openWork(options, feed, await readMembers(writer, groups, scope, names))
}

/** Stored before anything is asked for: a first page may take long, and a process may die waiting for it. */
export async function beginAs(writer: RunWriter, kind: RunKind): Promise<void> {
  writer.run = { ...writer.run, kind }
  await writer.commit({})
}

/** A store that was filled from one tenant is never compared with another one's people. Gives the feed with its tenant. */
export async function checkTenant({ writer, source }: Pick<SyncOptions, 'writer' | 'source'>): Promise<DirectoryFeed> {
  const feed = await writer.store.feed('directory')
  const tenant = await source.tenant(writer.signal)
  const known = feed.tenantId
  if (tenant === null || known === tenant) return feed
  if (known === null) return { ...feed, tenantId: tenant }
  throw wrongTenant(known, tenant)
}

async function recordSuccess(work: Work): Promise<void> {
  const { writer, feed } = work
  const left = isScheduled(writer) ? null : feed.health.scheduled
  await work.commitFeed({ ...feed, health: healthy(writer.now().toISOString(), left) })
}

function isScheduled({ run }: RunWriter): boolean {
  return run.trigger === 'schedule'
}

/** `feed` is as the run has it: links that turned out worthless are dropped there. */
async function recordFailure(writer: RunWriter, feed: DirectoryFeed, error: ConnectorError): Promise<void> {
  const { code, message, remedy, details } = error
  const reason = { code, message, remedy, requestId: details.requestId ?? null }
  const at = writer.now().toISOString()
  try {
    const health = failing(feed.health, at, reason, error.retryAt?.toISOString() ?? null, isScheduled(writer))
    await writer.commit({ feeds: { directory: { ...feed, health } } })
  } catch (second) {
    writer.note({
      level: 'debug',
      message: 'The failure could not be recorded',
      details: { reason: String(second) },
    })
  }
}
