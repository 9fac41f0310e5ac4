import { fresh, look, withHeld, type Alerts, type Notice, type Telling } from '../domain/notices.js'
import { viewOf } from '../holds/view.js'
import type { Log } from '../logging/log.js'
import type { ConnectionStore } from '../store/port.js'

export interface TellParts {
  readonly store: ConnectionStore
  readonly log: Log
  readonly now: () => Date
  readonly newId: () => string
  readonly to: readonly string[]
  /** Null when it has arrived; or why not, and whether that will ever change. */
  readonly deliver: (notice: Notice, to: string, signal: AbortSignal) => Promise<Undelivered | null>
}

export interface Undelivered {
  readonly reason: string
  readonly forGood: boolean
}

/** The key of the claim that lets one process at a time tell of a connection. */
const CLAIM = 'notices'
/** A process that died with the claim in its hands is waited for so long; one that was suspended stops then. */
const CLAIM_MS = 10 * 60_000
/** Delivery ends well before, so that clocks of machines may differ by as much again. */
const LONGEST_MS = 5 * 60_000
const HOLDS = 1000

/**
 * Tells what is due, if anything: an outage, its end, held removals. Everything it needs is in the store, so that it may
 * be called at any time, by any process, as often as one likes: each notice is kept before it is sent, and marked with
 * everybody it has reached. One process at a time does so, by a claim in the store. Where one dies between "accepted" and
 * "marked", the notice goes out once more under the same id. False: something is still on its way.
 */
export async function tell(parts: TellParts, signal: AbortSignal): Promise<boolean> {
  if (parts.to.length === 0 || (await due(parts)).owed.length === 0) return true
  const until = await claim(parts)
  if (until === null) return true
  try {
    return await tellAll(parts, until, signal)
  } finally {
    if (isOurs(parts, until)) await parts.store.tickets.take(CLAIM, parts.now().toISOString())
  }
}

function telling({ now, newId, to }: TellParts): Telling {
  return { now: now(), newId, to }
}

/** What is owed now, with what has become due. */
async function due(parts: TellParts): Promise<Alerts> {
  const { store } = parts
  // In this order: of a hold that was there before nobody was being settled, everybody is there.
  const open = await store.holds.list({ all: false, limit: HOLDS })
  const { health, settling } = await store.feed('directory')
  let alerts = look(await store.feed('alerts'), health, telling(parts))
  alerts = { ...alerts, holds: alerts.holds.filter((id) => open.some((hold) => hold.id === id)) }
  for (const hold of settling ? [] : open.reverse()) {
    if (alerts.holds.includes(hold.id)) continue
    const { id: holdId, state, count, causes } = await viewOf(store, hold, parts.now())
    const held = { holdId, count, causes: causes.map(({ cause, count: some }) => ({ cause, count: some })) }
    if (state === 'open') alerts = withHeld(alerts, held, telling(parts))
  }
  return fresh(alerts, telling(parts))
}

/** Until when it is ours. Null: another process has it, and tells. */
async function claim({ store, now }: TellParts): Promise<Date | null> {
  const until = new Date(now().getTime() + CLAIM_MS)
  return (await store.tickets.claim(CLAIM, now().toISOString(), until.toISOString())) ? until : null
}

function isOurs({ now }: TellParts, until: Date): boolean {
  return now() < until
}

async function tellAll(parts: TellParts, until: Date, signal: AbortSignal): Promise<boolean> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)])
  // Read under the claim: somebody may have told meanwhile.
  let alerts = await due(parts)
  await parts.store.write({ feeds: { alerts } })
  const unreachable = new Set<string>()
  for (const { notice, to } of alerts.owed.flatMap((one) => one.owed.map((to) => ({ notice: one, to })))) {
    if (inTime.aborted || !isOurs(parts, until)) return false
    // In order: whom one notice has not reached does not get the next one before it.
    if (unreachable.has(to)) continue
    const problem = await parts.deliver(notice, to, inTime)
    say(parts, notice, to, problem)
    if (problem && !problem.forGood) unreachable.add(to)
    else {
      alerts = without(alerts, notice, to)
      await parts.store.write({ feeds: { alerts } })
    }
  }
  return unreachable.size === 0
}

function without(alerts: Alerts, { id }: Notice, to: string): Alerts {
  const owed = alerts.owed.map((notice) =>
    notice.id === id ? { ...notice, owed: notice.owed.filter((one) => one !== to) } : notice,
  )
  return { ...alerts, owed: owed.filter((notice) => notice.owed.length > 0) }
}

function say({ log }: TellParts, { event, id }: Notice, to: string, problem: Undelivered | null): void {
  if (problem === null) log.info('Notification sent', { event, to, notification: id })
  else {
    const meanwhile = problem.forGood ? 'It is not tried again.' : 'It is tried again for a day.'
    log.warn('A notification could not be sent', { event, to, notification: id, reason: problem.reason, meanwhile })
  }
}
