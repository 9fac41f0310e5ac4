import { domainToASCII } from 'node:url'
import { emailKey } from '../domain/ahead.js'
import { ConnectorError, toConnectorError } from '../domain/errors.js'
import { failing, healthy, type BouncesFeed } from '../domain/feed.js'
import { emailBounced, emailOf } from '../domain/mailing.js'
import type { StatusReason } from '../domain/user.js'
import type { Log } from '../logging/log.js'
import type { Position, ReportSource } from '../mail/report-source.js'
import { readReport, type DeliveryReport } from '../mail/report.js'
import { changePerson } from '../store/change-person.js'
import type { ConnectionStore } from '../store/port.js'

export interface BounceOptions {
  readonly store: ConnectionStore
  readonly now: () => Date
}

export interface BounceReading extends BounceOptions {
  readonly source: ReportSource
  readonly log: Log
  readonly signal: AbortSignal
}

/** `read` counts the messages looked at, `failed` the emails that turned out not to have arrived. */
export interface BounceResult {
  readonly outcome: 'succeeded' | 'failed'
  readonly read: number
  readonly failed: number
  readonly reason: string | null
}

const START: Position = { validity: null, highestUid: 0, readUntil: null }
const REMEMBER_EVERY = 50

/**
 * Records that an email did not arrive, when the report is about one of ours and about the address it went to.
 * `ignored`: it changes nothing, being late, repeated, forged or somebody else's. Throws `store.*` only.
 */
export async function applyReport(
  report: DeliveryReport,
  { store, now }: BounceOptions,
): Promise<'failed' | 'ignored'> {
  const found = { failed: false }
  for (const id of report.emailIds) {
    const [owner] = await store.byKey(emailKey(id))
    const to = owner && emailOf(owner, id)?.to
    const failure = to && report.failures.find(({ recipients }) => recipients.some((one) => sameAddress(one, to)))
    if (!failure) continue
    const reason: StatusReason = { code: failure.code, message: failure.words }
    const before = found.failed
    await changePerson(store, owner.id, (user) => {
      const outcome = emailBounced(user, id, reason, now().toISOString())
      found.failed = before || outcome !== null
      return outcome
    })
  }
  return found.failed ? 'failed' : 'ignored'
}

/**
 * Reads what has arrived in the mailbox since the last time, and remembers how far it came, also when it fails on the
 * way. A mailbox that cannot be read is an outcome, never an error. Throws `run.interrupted` and `store.*` only.
 */
export async function readBounces(reading: BounceReading): Promise<BounceResult> {
  const { store, source, now, log, signal } = reading
  const before = await store.feed('bounces')
  let feed: BouncesFeed = before.mailbox === source.name ? before : { ...before, mailbox: source.name, ...START }
  let read = 0
  let failed = 0
  const remember = (bounces: BouncesFeed): Promise<unknown> => store.write({ feeds: { bounces } })
  try {
    for await (const { raw, position } of source.read(feed, signal)) {
      if (signal.aborted) throw interrupted()
      const report = await readReport(raw)
      if (report && (await applyReport(report, { store, now })) === 'failed') failed += 1
      feed = { ...feed, ...position }
      read += 1
      if (read % REMEMBER_EVERY === 0) await remember(feed)
    }
    await remember({ ...feed, health: healthy(now().toISOString()) })
    if (failed > 0) log.info('Delivery reports say that emails did not arrive', { read, failed })
    return { outcome: 'succeeded', read, failed, reason: null }
  } catch (thrown) {
    const error = toConnectorError(thrown, 'reading delivery reports')
    if (error.code.startsWith('store.')) throw error
    // A new mailbox that never answered must not make us forget the one before.
    const reached = read > 0 ? feed : before
    if (signal.aborted || error.kind === 'interrupted') {
      if (read > 0) await remember(reached)
      throw error.kind === 'interrupted' ? error : interrupted()
    }
    const { code, message, meanwhile, remedy, details } = error
    await remember({ ...reached, health: failing(before.health, now().toISOString(), { code, message }, null) })
    log.warn(message, { meanwhile, remedy, ...details })
    return { outcome: 'failed', read, failed, reason: message }
  }
}

function interrupted(): ConnectorError {
  return new ConnectorError('run.interrupted', {
    message: 'The run was stopped',
    meanwhile: 'Delivery reports read so far are recorded; the next run goes on from there.',
  })
}

/** Letter case never tells two addresses apart here; a domain may be written in letters or in punycode. */
function sameAddress(one: string, other: string): boolean {
  return comparable(one) === comparable(other)
}

function comparable(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  const name = address.slice(0, at + 1).normalize('NFC')
  return `${name.toLowerCase()}${(domainToASCII(domain) || domain).toLowerCase()}`
}
