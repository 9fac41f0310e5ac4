import type { SignInPage, SignInSource, SignInWindow } from '../domain/directory.js'
import { ConnectorError, toConnectorError, type ErrorCode } from '../domain/errors.js'
import { failing, healthy, waitsUntil, type HalfReadWindow, type SignInFeed } from '../domain/feed.js'
import type { Run } from '../domain/run.js'
import { LOST_RACES, overtaken, READ_AGAIN } from '../store/races.js'
import type { RunWriter } from '../store/run-writer.js'
import { fold, planSignIns } from './fold.js'
import { goBack, planReading, shorten } from './windows.js'

const RESTARTS = 3
/** Skip tokens of this log do not survive throttling or age (graph-docs-contrib#5974). */
const DEAD_LINK: ReadonlySet<ErrorCode> = new Set([
  'graph.restart-pass',
  'graph.restart-round',
  'graph.refused',
  'graph.not-found',
])
const UNLICENSED: ErrorCode = 'graph.no-premium-licence'
/** Licensed tenants have been refused for a while (graph-docs#14118): the log is never switched off for good. */
const UNLICENSED_PAUSE_MS = 6 * 60 * 60 * 1000

/**
 * Reads the sign-in log, one application after the other, and records first and last logins. The outcome stands in
 * the run; a failure that the run is to end with is returned, because it must not undo or hide the directory's success.
 * A scheduled run leaves the log alone while it is told to wait; one by hand tries once. Throws only what must stop the
 * run at once: an interruption, a lost lease, the store.
 */
export async function readSignIns(writer: RunWriter, source: SignInSource): Promise<ConnectorError | null> {
  const feed = await writer.store.feed('sign-ins')
  const wait = waitsUntil(feed.health, writer.now())
  if (writer.run.trigger === 'schedule' && wait) {
    const { reason } = feed.health
    outcome(
      writer,
      reason?.code === UNLICENSED ? 'unavailable' : 'failed',
      `${reason?.message ?? ''}; next try at ${wait.toISOString()}`,
    )
    return null
  }
  try {
    await readAll(writer, source, feed)
    outcome(writer, 'succeeded', null)
    return null
  } catch (thrown) {
    const error = toConnectorError(thrown, 'reading the sign-in log')
    if (error.kind === 'interrupted' || error.kind === 'lease' || error.code.startsWith('store.')) throw error
    return await failed(writer, error)
  }
}

async function readAll(writer: RunWriter, source: SignInSource, start: SignInFeed): Promise<void> {
  const plan = planReading(start, writer.now())
  const half = start.window
  let feed = start
  for (const appId of source.appIds) {
    const whole = { appId, from: plan.from, until: plan.until, top: plan.until }
    if (half?.appId === appId && half.top > plan.from) {
      feed = await readWindow(writer, source, feed, half)
      feed = await readWindow(writer, source, feed, { ...whole, from: goBack(half.top) })
    } else feed = await readWindow(writer, source, feed, whole)
  }
  const at = writer.now().toISOString()
  const deepReadAt = plan.deep ? at : start.deepReadAt
  const done: SignInFeed = { readUntil: plan.until, deepReadAt, window: null, health: healthy(at) }
  await writer.commit({ feeds: { 'sign-ins': done } })
}

/** Commits page by page; a link that dies costs only what is left of the window. */
async function readWindow(
  writer: RunWriter,
  source: SignInSource,
  feed: SignInFeed,
  window: HalfReadWindow,
): Promise<SignInFeed> {
  let left = window
  let page = await firstPage(writer, source, left)
  for (let restarts = 0; ;) {
    if (page.oldest !== null && page.oldest < left.until) left = { ...left, until: page.oldest }
    const current: SignInFeed = { ...feed, window: left }
    await commitPage(writer, page, current)
    writer.progress({ phase: 'sign-ins', done: writer.run.signIns.read, total: null })
    if (page.next === null) return current
    try {
      page = await source.page({ link: page.next, appId: window.appId }, writer.signal)
    } catch (error) {
      restarts += 1
      if (!isDeadLink(error) || restarts > RESTARTS) throw error
      page = await firstPage(writer, source, left)
    }
  }
}

function isDeadLink(error: unknown): boolean {
  return error instanceof ConnectorError && DEAD_LINK.has(error.code)
}

/** Microsoft may keep less than we ask for, and says so with a 400: then we ask for what is kept. */
async function firstPage(writer: RunWriter, source: SignInSource, window: SignInWindow): Promise<SignInPage> {
  let from = window.from
  for (;;) {
    try {
      return await source.page({ ...window, from }, writer.signal)
    } catch (error) {
      const shorter = shorten(from, window.until)
      const tooLong = error instanceof ConnectorError && error.code === 'graph.refused' && error.details.status === 400
      if (!tooLong || shorter === null) throw error
      writer.note({
        level: 'info',
        message: 'Microsoft keeps fewer sign-ins than asked for',
        details: { from: shorter },
      })
      from = shorter
    }
  }
}

async function commitPage(writer: RunWriter, page: SignInPage, feed: SignInFeed): Promise<void> {
  const spans = fold(page.signIns)
  for (let attempt = 1; attempt <= LOST_RACES; attempt += 1) {
    const known = await writer.store.known([...spans.keys()])
    const { users, park, firstLogins } = planSignIns(spans, known, writer.now().toISOString())
    const signIns = { read: page.read, firstLogins }
    const { lost } = await writer.commit({ users, park, signIns, feeds: { 'sign-ins': feed } })
    if (lost.length === 0) return
  }
  throw overtaken(READ_AGAIN)
}

async function failed(writer: RunWriter, error: ConnectorError): Promise<ConnectorError | null> {
  const unavailable = error.code === UNLICENSED
  outcome(writer, unavailable ? 'unavailable' : 'failed', error.message)
  const { details, meanwhile, remedy } = error
  writer.note({ level: 'warn', message: error.message, details: { meanwhile, remedy, ...details } })
  const now = writer.now()
  const pause = unavailable ? new Date(now.getTime() + UNLICENSED_PAUSE_MS) : error.retryAt
  const feed = await writer.store.feed('sign-ins')
  const reason = { code: error.code, message: error.message }
  const health = failing(feed.health, now.toISOString(), reason, pause?.toISOString() ?? null)
  await writer.commit({ feeds: { 'sign-ins': { ...feed, health } } })
  return unavailable ? null : error
}

function outcome(writer: RunWriter, is: Run['signIns']['outcome'], reason: string | null): void {
  writer.run = { ...writer.run, signIns: { ...writer.run.signIns, outcome: is, reason } }
}
