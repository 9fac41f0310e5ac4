import { isFragment } from '../domain/change.js'
import type { DirectoryItem } from '../domain/directory.js'
import { ConnectorError, MEANWHILE, WAIT, toConnectorError } from '../domain/errors.js'
import type { DirectoryFeed, Pass, PassKind } from '../domain/feed.js'
import { isEveryone } from '../domain/scope.js'
import { lookUpAll } from './look-ups.js'
import { withUnanswered } from './look-up-people.js'
import { MOST_NEW_MEMBERS, newMembers } from './new-members.js'
import { pages, type NumberedPage } from './pages.js'
import { toLookUp } from './plan.js'
import { objectIds, rulesOf, type Work } from './work.js'

/**
 * Reads rounds until one is complete. A dead link leads to another round within the same run:
 *
 *   incremental ──link dead──▶ resync ──link dead──▶ resync (a fresh one) … at most RESTARTS times
 *   any round ──page link dead──▶ the same round from its start
 *   any stored link refused without a reason we know ──▶ resync, once a day at most
 */

const RESTARTS = 3
const DAY_MS = 24 * 60 * 60 * 1000

export async function readRounds(work: Work, first: Pass): Promise<void> {
  let pass = first
  for (let restarts = 0; ; restarts += 1) {
    work.writer.run = { ...work.writer.run, kind: pass.kind }
    try {
      await readRound(work, pass)
      return
    } catch (thrown) {
      const error = toConnectorError(thrown, 'reading the directory')
      const next = nextPass(work, pass, error)
      if (!next) throw error
      if (restarts >= RESTARTS) throw tooManyRestarts(error)
      pass = first.reconciles ? { ...next, reconciles: true } : next
    }
  }
}

/**
 * Goes on with the round under way, or starts one: from the delta link, or with everybody. One that was begun under other
 * rules, or to reconcile, is not gone on with.
 */
export async function firstPass(work: Work, full: boolean): Promise<Pass> {
  const { feed, source } = work
  const sameSelection = feed.select === source.select && keepsEnough(work)
  const underWay = full ? null : passUnderWay(work)
  if (underWay && underWay.kind !== 'incremental') return goOn(work, underWay)
  if (!full && feed.deltaLink && sameSelection) {
    const reason = await reasonToReadEverybody(work)
    if (reason !== null) return fullPass(work, reason)
    return underWay ? goOn(work, underWay) : newPass(work, 'incremental', feed.deltaLink)
  }
  const reason = full ? 'as asked' : feed.select && !sameSelection ? 'because other properties are read now' : undefined
  return fullPass(work, reason)
}

function passUnderWay({ feed, source, ...work }: Work): Pass | null {
  const { pass, select } = feed
  return pass && !pass.reconciles && pass.rules === rulesOf(work) && select === source.select ? pass : null
}

function goOn({ writer }: Work, pass: Pass): Pass {
  writer.note({
    level: 'info',
    message: 'Going on with the pass that was interrupted',
    details: { page: pass.pages + 1, startedAt: pass.startedAt },
  })
  return pass
}

/** Whether all that scope and mapping ask for has been kept with everybody. */
function keepsEnough({ feed, sight }: Work): boolean {
  const { fields, paths } = sight
  const sameFields = [...fields].sort().join() === [...feed.fields].sort().join()
  return sameFields && paths.every((path) => feed.paths.includes(path))
}

async function reasonToReadEverybody(work: Work): Promise<string | null> {
  const { feed, members } = work
  const { fingerprint } = members.membership
  if (feed.rules !== null && !feed.everyone && scopePart(feed.rules) !== scopePart(rulesOf(work)))
    return 'because others are in scope now'
  if (work.config.scope.groups.length === 0 || isBlind(work) || fingerprint === feed.members) return null
  const { size } = await newMembers(work)
  return size > MOST_NEW_MEMBERS ? 'because many people have come into the assigned groups' : null
}

function scopePart(rules: string): string {
  return rules.split(' ').slice(1).join(' ')
}

export function fullPass(work: Work, reason?: string): Pass {
  const kind = work.feed.completedAt === null ? 'initial' : 'resync'
  const message = kind === 'initial' ? 'Reading everybody for the first time' : 'Reading everybody again'
  work.writer.note({ level: 'info', message, ...(reason ? { details: { reason } } : {}) })
  return newPass(work, kind, work.source.firstLink())
}

function newPass(work: Work, kind: PassKind, link: string): Pass {
  const number = kind === 'incremental' ? work.feed.passes : work.feed.passes + 1
  const startedAt = work.writer.now().toISOString()
  return { kind, number, link, pages: 0, startedAt, rules: rulesOf(work), members: membersOf(work) }
}

/**
 * Whether a group could not be read: whom the pages name is judged by the first run that reads them all, with everybody
 * else. The pages say it only once.
 */
function isBlind({ members }: Work): boolean {
  return members.membership.unreadable.length > 0
}

function membersOf({ members }: Work): string {
  return members.membership.fingerprint
}

async function readRound(work: Work, pass: Pass): Promise<void> {
  const { writer, source } = work
  const total = pass.kind === 'incremental' ? null : await about(work)
  for await (const numbered of pages(source, pass, writer.signal)) {
    await commitPage(work, pass, numbered)
    writer.progress({ phase: 'directory', done: writer.run.users.read, total })
  }
}

async function about(work: Work): Promise<number | null> {
  const had = (await work.writer.store.tally()).reduce((sum, { count }) => sum + count, 0)
  return work.feed.completedAt !== null && had > 0 ? had : work.source.count(work.writer.signal)
}

async function commitPage(work: Work, pass: Pass, { page, number }: NumberedPage): Promise<void> {
  const whole = pass.kind !== 'incremental'
  const items = await complete(work, page.items, whole)
  const last = page.cursor.kind === 'delta'
  const at = work.writer.now().toISOString()
  const feed: DirectoryFeed = {
    ...work.feed,
    select: work.source.select,
    passes: pass.number,
    unanswered: stillToAsk(work, page.items, items),
    ...(isBlind(work) ? { members: null, strangers: null } : {}),
    // Of whoever it writes, nothing else is kept from now on.
    paths: work.feed.paths.filter((path) => work.sight.paths.includes(path)),
    ...(last
      ? { pass: null, deltaLink: page.cursor.link, ...(whole ? everybodyRead(work, at) : {}) }
      : { pass: { ...pass, link: page.cursor.link, pages: number } }),
  }
  const plan = await work.apply(items, {
    whole,
    proof: 'page',
    feed,
    part: {
      ...(whole ? { seen: { pass: pass.number, page: number, entraObjectIds: objectIds(page.items) } } : {}),
      ...(whole && last ? { sweep: { pass: pass.number } } : {}),
    },
  })
  work.hasReadAll ||= whole && last && pass.members === membersOf(work)
  const changed = plan.users.length
  work.writer.note({
    level: 'debug',
    message: 'Page committed',
    details: { page: number, users: items.length, changed },
  })
}

function everybodyRead({ config, sight }: Work, completedAt: string): Partial<DirectoryFeed> {
  const { fields, paths } = sight
  return { completedAt, paths, fields, everyone: isEveryone(config.scope) }
}

/** Fragments that say too little of somebody are completed by a look-up before anybody is planned: see `toLookUp`. */
async function complete(
  work: Work,
  items: readonly DirectoryItem[],
  whole: boolean,
): Promise<readonly DirectoryItem[]> {
  if (!items.some((item) => item.kind === 'patch' && isFragment(item))) return items
  const known = await work.writer.store.known(objectIds(items))
  const fragments = toLookUp(items, known, whole, work.sight)
  if (fragments.length === 0) return items
  const answers = await lookUpAll(work, [...new Set(fragments.map((item) => item.entraObjectId))])
  const asked = new Set(fragments)
  return items.map((item) => {
    if (item.kind !== 'patch' || !asked.has(item)) return item
    const answer = answers.get(item.entraObjectId)
    if (answer && !(answer instanceof ConnectorError)) return answer
    const problem = 'the entry names only some properties of somebody who is to be read whole, and the look-up failed'
    return { kind: 'unreadable', entraObjectId: item.entraObjectId, problem }
  })
}

function stillToAsk(
  { feed }: Work,
  named: readonly DirectoryItem[],
  completed: readonly DirectoryItem[],
): readonly string[] {
  const failed = completed.filter(({ kind }, n) => kind === 'unreadable' && named[n]?.kind === 'patch')
  if (failed.length === 0) return feed.unanswered
  return withUnanswered(feed, objectIds(failed))
}

function nextPass(work: Work, pass: Pass, error: ConnectorError): Pass | null {
  const { feed, writer } = work
  switch (error.code) {
    case 'graph.restart-pass':
      writer.note({
        level: 'warn',
        message: 'Microsoft asked us to read everyone again',
        details: { ...error.details },
      })
      return fullPass(work)
    case 'graph.restart-round':
      writer.note({
        level: 'warn',
        message: 'The bookmark expired; this pass starts again',
        details: { ...error.details },
      })
      return restartRound(work, pass)
    case 'graph.refused':
    case 'graph.not-found':
      return afterUnexplainedRefusal(work, pass, error)
    case 'graph.foreign-link':
      work.feed = { ...feed, pass: null, deltaLink: null }
      return null
    default:
      return null
  }
}

/** From the delta link when only a page link has died; with everybody when it was the delta link, or a full pass. */
function restartRound(work: Work, pass: Pass): Pass {
  const { pass: underWay, deltaLink } = work.feed
  work.feed = { ...work.feed, pass: null }
  return pass.kind === 'incremental' && underWay && deltaLink ? newPass(work, 'incremental', deltaLink) : fullPass(work)
}

function afterUnexplainedRefusal(work: Work, pass: Pass, error: ConnectorError): Pass | null {
  const { feed, writer, source } = work
  if (pass.link === source.firstLink() && feed.pass === null) return null
  const now = writer.now()
  if (feed.refusedLinkAt && Math.abs(now.getTime() - Date.parse(feed.refusedLinkAt)) < DAY_MS) return null
  work.feed = { ...feed, refusedLinkAt: now.toISOString() }
  writer.note({
    level: 'warn',
    message: 'Microsoft refused our bookmark; reading everyone again',
    details: { ...error.details },
  })
  return fullPass(work)
}

function tooManyRestarts(error: ConnectorError): ConnectorError {
  return new ConnectorError('graph.unavailable', {
    message: `Microsoft asked us ${RESTARTS + 1} times in a row to start again`,
    meanwhile: MEANWHILE.kept,
    remedy: WAIT,
    details: error.details,
    cause: error,
  })
}
