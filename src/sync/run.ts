import { toConnectorError, type ConnectorError } from '../domain/errors.js'
import { failing, healthy } from '../domain/feed.js'
import type { RunKind } from '../domain/run.js'
import { wrongTenant } from '../domain/tenant.js'
import { confirmCandidates } from './candidates.js'
import { reevaluateEverybody, grantFreeSeats } from './reevaluate.js'
import { firstPass, readRounds } from './rounds.js'
import { openWork, type SyncOptions, type Work } from './work.js'

/**
 * One directory run: the rounds, then the people a full pass did not name, then seats. The feed's health is recorded
 * either way. Throws the `ConnectorError` that ended it; what was committed before stays and the next run goes on.
 */
export async function syncDirectory(options: SyncOptions): Promise<void> {
  const work = await openWork(options)
  try {
    const pass = firstPass(work, options.full ?? false)
    await beginAs(work, pass.kind)
    await checkTenant(work)
    await readRounds(work, pass)
    await confirmCandidates(work)
    await reevaluateEverybody(work)
    await grantFreeSeats(work)
    await work.commitFeed({ ...work.feed, health: healthy(work.writer.now().toISOString()) })
  } catch (thrown) {
    const error = toConnectorError(thrown, 'reading the directory')
    if (error.kind !== 'interrupted' && error.kind !== 'lease') await recordFailure(work, error)
    throw error
  }
}

/** Stored before anything is asked for: a first page may take long, and a process may die waiting for it. */
export async function beginAs({ writer }: Work, kind: RunKind): Promise<void> {
  writer.run = { ...writer.run, kind }
  await writer.commit({})
}

/** A store that was filled from one tenant is never compared with another one's people. */
export async function checkTenant(work: Work): Promise<void> {
  const tenant = await work.source.tenant(work.writer.signal)
  const known = work.feed.tenantId
  if (tenant === null || known === tenant) return
  if (known === null) {
    work.feed = { ...work.feed, tenantId: tenant }
    return
  }
  throw wrongTenant(known, tenant)
}

async function recordFailure(work: Work, error: ConnectorError): Promise<void> {
  const { code, message, remedy, details } = error
  const reason = { code, message, remedy, requestId: details.requestId ?? null }
  const at = work.writer.now().toISOString()
  const health = failing(work.feed.health, at, reason, error.retryAt?.toISOString() ?? null)
  try {
    await work.commitFeed({ ...work.feed, health })
  } catch (second) {
    work.writer.note({
      level: 'debug',
      message: 'The failure could not be recorded',
      details: { reason: String(second) },
    })
  }
}
