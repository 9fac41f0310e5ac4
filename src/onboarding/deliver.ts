import { setTimeout } from 'node:timers/promises'
import { CLAIM_MS, owedEmail, SELF, type Email } from '../domain/ahead.js'
import { ConnectorError, toConnectorError } from '../domain/errors.js'
import { claim, emailDelayed, emailRefused, emailSent, freeClaim, type Outcome } from '../domain/mailing.js'
import { hashOf, newSecret } from '../secret.js'
import type { StatusReason, User } from '../domain/user.js'
import type { Log } from '../logging/log.js'
import { REASONS, type Delivery, type Message, type Transport } from '../mail/transport.js'
import { changePerson, type Changed } from '../store/change-person.js'
import type { ConnectionStore } from '../store/port.js'

/** The record is the queue: whoever is owed an email is claimed, written to, and what became of it is recorded. */

/** What an email is composed from. `sender` is the admin who had it sent, null when the person asked themselves. */
export interface Letter {
  readonly email: Email
  readonly user: User
  readonly to: string
  readonly link: string
  readonly sender: string | null
  readonly firstSentAt: Date | null
}

export interface DeliverOptions {
  readonly store: ConnectionStore
  readonly transport: Transport
  readonly compose: (letter: Letter) => Message
  /** Off: nothing leaves, and what is owed is counted. */
  readonly enabled: boolean
  /** Names this process in claims. */
  readonly holder: string
  /** Whether a process that claimed an email is known to have died. */
  readonly isDead: (holder: string) => boolean
  readonly log: Log
  readonly now: () => Date
  readonly signal: AbortSignal
  readonly onSent?: (done: number) => void
  /** Whether to wait for a store that is gone until what became of an email can be recorded: who serves has the time. */
  readonly patient?: boolean
  /** How long to wait before it is recorded again, at first; twice as long each time. */
  readonly recordAgainMs?: number
  /** Only these people, by our id; everybody without it. */
  readonly to?: readonly string[]
}

/** `mail` is why the mail system as a whole took nothing; nobody's email was refused by that. */
export interface Delivered {
  readonly sent: number
  readonly failed: number
  readonly owed: number
  readonly mail: ConnectorError | null
  /** Whether the signal came before everything that was due was dealt with. */
  readonly stopped: boolean
}

const BATCH = 50

/** Sends what is due, each email at most once. Never throws for what a mail system does. */
export async function deliverOwed(options: DeliverOptions): Promise<Delivered> {
  const { store, enabled, now, signal } = options
  const done: Done = { sent: 0, failed: 0, cutOff: 0 }
  let mail: ConnectorError | null = null
  const asked = options.to && [...options.to]
  while (enabled && !mail && !signal.aborted) {
    const due = asked ? await these(options, asked.splice(0, BATCH)) : await store.due(now().toISOString(), BATCH)
    if (due.length === 0 && (asked || (await takeFromTheDead(options)) === 0)) break
    mail = await deliverSome(due, options, done)
  }
  const { sent, failed, cutOff } = done
  const isLeft = async (): Promise<boolean> =>
    cutOff > 0 || (asked ? asked.length : (await store.due(now().toISOString(), 1)).length) > 0
  const stopped = enabled && signal.aborted && !mail && (await isLeft())
  return { sent, failed, owed: await store.owed(), mail, stopped }
}

interface Done {
  sent: number
  failed: number
  /** Those the signal kept from being dealt with. */
  cutOff: number
}

async function these(options: DeliverOptions, ids: readonly string[]): Promise<User[]> {
  if (ids.length === 0) return []
  const found = [...(await options.store.findAll(ids)).values()].flat()
  await freeClaims(options, found)
  return found
}

/** How many people are looked at; there are never more emails on their way at once. */
const LOOKED_AT = 500

/** Elsewhere the claims of a dead process run out; on this machine it can be known that it died. */
async function takeFromTheDead(options: DeliverOptions): Promise<number> {
  const until = new Date(options.now().getTime() + CLAIM_MS).toISOString()
  return freeClaims(options, await options.store.due(until, LOOKED_AT))
}

async function freeClaims({ store, isDead, now }: DeliverOptions, people: readonly User[]): Promise<number> {
  let freed = 0
  for (const { id, ahead } of people) {
    if (!ahead?.emails.some(({ claim: held }) => held && isDead(held.by))) continue
    await changePerson(store, id, (user) => {
      const free = freeClaim(user, isDead, now().toISOString())
      if (free) freed += 1
      return free && { user: free }
    })
  }
  return freed
}

/** Several at a time, as many as the transport takes. */
async function deliverSome(due: readonly User[], options: DeliverOptions, done: Done): Promise<ConnectorError | null> {
  let mail: ConnectorError | null = null
  const queue = [...due]
  const isStopped = (): boolean => options.signal.aborted
  const next = (): User | undefined => (mail || isStopped() ? undefined : queue.shift())
  const work = async (): Promise<void> => {
    for (let user = next(); user; user = next()) {
      const end = await deliverOne(user, options)
      if (end instanceof ConnectorError) mail ??= end
      else if (end) done[end] += 1
      else if (isStopped()) done.cutOff += 1
      if (end === 'sent') options.onSent?.(done.sent)
    }
  }
  await allEnded(Array.from({ length: options.transport.concurrency }, work))
  done.cutOff += queue.length
  return mail
}

/** Also when one of them fails: another may still be recording what it has sent. */
async function allEnded(works: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(works)
  await Promise.all(works)
}

async function deliverOne(person: User, options: DeliverOptions): Promise<'sent' | 'failed' | ConnectorError | null> {
  const { store, now } = options
  if (person.mail === null) return record(person.id, owedEmail(person), options, missing)
  const link = newSecret()
  const taken = await take(person.id, link, options)
  if (!taken) return null
  const { user, email } = taken
  if (email.to === null) return record(user.id, email, options, missing)
  const delivery = await send({ user, email, to: email.to, link }, options)
  if (delivery instanceof ConnectorError) {
    const reason = { code: REASONS.mailSystem, message: wordsOf(delivery) }
    const at = now().toISOString()
    await changePerson(store, user.id, (him) => emailDelayed(him, email.id, { reason, unknown: false }, at))
    return delivery
  }
  return record(user.id, email, options, delivery)
}

const missing: Delivery = {
  outcome: 'refused',
  reason: { code: REASONS.missing, message: 'There is no email address in Entra' },
}

interface Taken {
  readonly user: User
  readonly email: Email
}

/** Claims the email, so that no other process sends it. Null when somebody else was faster, or it is owed no more. */
async function take(id: string, link: string, { store, holder, now, log }: DeliverOptions): Promise<Taken | null> {
  const seen = { repeated: false }
  const hash = hashOf(link)
  const user = await changePerson(store, id, (person): Changed | null => {
    const at = now()
    const until = new Date(at.getTime() + CLAIM_MS).toISOString()
    const claimed = claim(person, { by: holder, until, now: at.toISOString(), link: hash })
    seen.repeated = claimed?.repeated ?? false
    return claimed
  })
  const email = user?.ahead?.emails.find(({ links }) => links.includes(hash))
  if (!user || !email) return null
  if (seen.repeated)
    log.warn('An email may go out a second time: nobody knows whether it was accepted the last time', {
      about: user.id,
      emailId: email.id,
    })
  return { user, email }
}

async function send(
  { user, email, to, link }: Taken & { to: string; link: string },
  { transport, compose, signal, log }: DeliverOptions,
): Promise<Delivery | ConnectorError> {
  try {
    const sender = email.requestedBy === SELF ? null : email.requestedBy
    return await transport.send(compose({ user, email, to, link, sender, firstSentAt: firstSent(user) }), signal)
  } catch (thrown) {
    const error = toConnectorError(thrown, 'sending an email')
    const reason = { code: REASONS.mailSystem, message: 'We were stopped before it was sent' }
    if (error.code === 'run.interrupted') return { outcome: 'delayed', reason }
    if (signal.aborted) return { outcome: 'unknown', reason }
    if (error.code === 'mail.unavailable' || error.code === 'mail.denied') return error
    // A fault about one person must not keep everybody else's emails.
    log.error('An email could not be sent', { about: user.id, emailId: email.id, error })
    return { outcome: 'unknown', reason: { code: REASONS.mailSystem, message: error.message } }
  }
}

function firstSent({ ahead }: User): Date | null {
  const sent = ahead?.emails.find(({ sentAt, cancelledAt }) => sentAt !== null && cancelledAt === null)
  return sent?.sentAt ? new Date(sent.sentAt) : null
}

async function record(
  id: string,
  email: Email | null,
  options: DeliverOptions,
  delivery: Delivery,
): Promise<'sent' | 'failed' | null> {
  if (!email) return null
  const { store, log, now } = options
  const at = now().toISOString()
  const decide = (user: User): Outcome | null => {
    if (delivery.outcome === 'accepted') return emailSent(user, email.id, at)
    if (delivery.outcome === 'refused') return emailRefused(user, email.id, delivery.reason, at)
    return emailDelayed(user, email.id, { reason: delivery.reason, unknown: delivery.outcome === 'unknown' }, at)
  }
  const user = await whileClaimed(email, options, () => changePerson(store, id, decide))
  const after = user?.ahead?.emails.find((one) => one.id === email.id)
  if (after?.sentAt) return 'sent'
  tell(log, id, { email: after ?? email, delivery })
  return after?.failedAt ? 'failed' : null
}

const RECORD_AGAIN_MS = 1_000
const SLOWEST_MS = 30_000

/**
 * The outcome is known here alone: forgotten, the email would be sent a second time once its claim has run out. So where
 * the store is not to be had it is recorded again and again until then, or until we are to stop; a command says instead that
 * it may happen.
 */
async function whileClaimed<T>(
  { id, claim: held }: Email,
  { log, now, signal, patient = false, recordAgainMs = RECORD_AGAIN_MS }: DeliverOptions,
  work: () => Promise<T>,
): Promise<T> {
  for (let pauseMs = recordAgainMs, isSaid = false; ; pauseMs = Math.min(2 * pauseMs, SLOWEST_MS)) {
    try {
      return await work()
    } catch (error) {
      if (!held || !(error instanceof ConnectorError) || error.kind !== 'unavailable') throw error
      const isOver = !patient || signal.aborted || now().toISOString() >= held.until
      if (isOver)
        log.error('What became of an email could not be recorded; it may go out a second time', { emailId: id })
      if (isOver) throw error
      if (!isSaid) log.warn('What became of an email cannot be recorded; we try again', { emailId: id, error })
      isSaid = true
      await setTimeout(pauseMs, null, { signal }).catch(() => null)
    }
  }
}

function tell(log: Log, id: string, { email, delivery }: { email: Email; delivery: Delivery }): void {
  if (delivery.outcome === 'accepted') return
  const { code, message }: StatusReason = delivery.reason
  const fields = { about: id, emailId: email.id, code, reason: message }
  if (email.failedAt !== null) log.warn('An email could not be delivered', fields)
  else log.info('An email was not accepted yet; we try again', { ...fields, nextTryAt: email.nextTryAt })
}

function wordsOf(error: ConnectorError): string {
  const { words } = error.details
  return words === undefined ? error.message : `${error.message}: ${words}`
}
