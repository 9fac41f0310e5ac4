import { v7 as uuid } from 'uuid'
import { carryOut, setRemoval, type ChangeContext, type Proof } from '../domain/change.js'
import { countCauses, type CauseCount, type Hold } from '../domain/hold.js'
import { isOverLimit, withRemoved } from '../domain/removal.js'
import { isByGroup } from '../domain/scope.js'
import type { User } from '../domain/user.js'
import { walkRemovals } from '../store/walk.js'
import { isOpen } from './describe.js'
import { changeEach, type Deed } from './each.js'
import { confirmLeavers, isUnproven, leavers } from './leavers.js'
import type { Work } from './work.js'

/**
 * Removals are noted while a run reads, and settled together at its end: below the limits they are carried out, above
 * them all of the run's are held. What was decided is stored before the first person is touched, so that a run that is
 * stopped in the middle is finished by the next one in the same sense, never with fewer people and so below the limits.
 */

const BATCH = 200
const CAUSES_TOLD = 5
const OUTSIDE_OF_RUNS: ReadonlySet<string> = new Set<Proof>(['undo', 'decision'])

/**
 * What an earlier run has decided and did not finish. What was noted outside of runs may have come after the decision:
 * unless all are held anyway, it is left to be settled, and counted, with what this run notes.
 */
export async function finishSettling(work: Work): Promise<void> {
  const { settling } = work.feed
  if (!settling) return
  const hold = settling.hold === null ? null : await work.writer.store.holds.get(settling.hold)
  if (hold?.filling === false) return work.commitFeed({ ...work.feed, settling: null })
  await carryOn(work, ({ removal }) => settling.all || !OUTSIDE_OF_RUNS.has(removal?.proof ?? ''))
}

/** Decides over everybody noted, and does it; `atLeast` is how many there are to be judged by, where it is more. */
export async function settleRemovals(work: Work, atLeast = 0): Promise<void> {
  const first = await countNoted(work)
  if (first.people === 0) return
  const { writer, feed, removalLimit } = work
  const now = writer.now()
  const people = await peopleWithAccess(work)
  const { removed: before } = feed
  const all = isOverLimit({ toRemove: Math.max(first.leaving, atLeast), people, removed: before, now }, removalLimit)
  // Those who are held are looked up when they are approved.
  const noted = all || first.unproven === 0 ? first : await proveLeavers(work)
  const hold = noted.toAsk > 0 || (all && noted.leaving > 0) ? newHold(work, all ? noted.leaving : noted.toAsk) : null
  const removed = withRemoved(feed.removed, all ? 0 : noted.leaving - noted.toAsk - noted.open, now)
  const next = { ...work.feed, removed, settling: { hold: hold?.id ?? null, all } }
  await writer.commit({ feeds: { directory: next }, ...(hold ? { hold: { ...hold, filling: true } } : {}) })
  work.feed = next
  await carryOn(work, () => true)
}

/** The same for one person, whoever else waits to be settled. Whose removal cannot be confirmed waits for the next run. */
export async function settleOne(work: Work, id: string): Promise<void> {
  const { store } = work.writer
  const asNoted = await store.find(id)
  await confirmLeavers(work, asNoted.filter(isUnproven), leavers(work))
  const [user] = await store.find(id)
  if (user?.removal?.state !== 'noted' || isUnproven(user)) return
  const { writer, feed, removalLimit } = work
  const now = writer.now()
  const people = await peopleWithAccess(work)
  const leaving = leaves(user) && !work.sight.scope.protects(user) ? 1 : 0
  const all = isOverLimit({ toRemove: leaving, people, removed: feed.removed, now }, removalLimit)
  const hold = leaving === 1 && (all || user.removal.cause.ask) ? newHold(work, 1) : null
  const next = { ...feed, removed: withRemoved(feed.removed, hold ? 0 : leaving, now) }
  const part = { feeds: { directory: next }, ...(hold ? { hold } : {}) }
  await changeEach(work, [user], (one, context) => settle(work, one, { hold: hold?.id ?? null, all }, context), part)
  work.feed = next
  if (hold) tell(work, countCauses([], [user]))
}

/** Read directly from the store: everybody who is noted, in order of our id. Throws `run.interrupted`. */
export async function* notedPeople({ writer }: Pick<Work, 'writer'>): AsyncGenerator<User[]> {
  for await (const people of walkRemovals(writer.store, { state: 'noted', limit: BATCH })) {
    writer.throwIfStopped()
    yield people
  }
}

interface Noted {
  people: number
  /** Those who would lose their access, or must be asked about, and are not protected. */
  leaving: number
  /** Those of them who must be asked about. */
  toAsk: number
  /** Those whom the directory must be asked about first. */
  unproven: number
  /** Those of whom nobody can tell yet whether they are in scope. */
  open: number
}

async function proveLeavers(work: Work): Promise<Noted> {
  const so = leavers(work)
  for await (const people of notedPeople(work)) await confirmLeavers(work, people.filter(isUnproven), so)
  const noted = await countNoted(work)
  return { ...noted, leaving: noted.leaving - noted.unproven, unproven: 0 }
}

async function countNoted(work: Work): Promise<Noted> {
  const noted: Noted = { people: 0, leaving: 0, toAsk: 0, unproven: 0, open: 0 }
  for await (const people of notedPeople(work)) {
    noted.people += people.length
    const leaving = people.filter((user) => leaves(user) && !work.sight.scope.protects(user))
    noted.leaving += leaving.length
    noted.unproven += leaving.filter(isUnproven).length
    noted.open += leaving.filter((user) => isUndecided(work, user)).length
    noted.toAsk += leaving.filter(({ removal }) => removal?.cause.ask).length
  }
  return noted
}

/** While a group cannot be read, nobody leaves the scope for anything else either. */
function isUndecided({ sight }: Work, user: User): boolean {
  const { presence, cause } = user.removal ?? {}
  return presence === 'out-of-scope' && !cause?.ask && !isByGroup(user) && isOpen(user, sight)
}

function leaves({ account, removal }: User): boolean {
  return account !== 'inactive' || removal?.cause.ask === true
}

async function peopleWithAccess({ writer }: Work): Promise<number> {
  const rows = await writer.store.tally()
  return rows.reduce((sum, { account, count }) => sum + (account === 'inactive' ? 0 : count), 0)
}

function newHold({ writer, holdsExpireMs }: Work, held: number): Hold {
  const now = writer.now()
  return {
    id: uuid(),
    connection: writer.store.connection,
    runId: writer.run.runId,
    createdAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + holdsExpireMs).toISOString(),
    held,
    decisions: [],
    ended: null,
    revision: 1,
  }
}

async function carryOn(work: Work, isMeant: (user: User) => boolean): Promise<void> {
  const { settling } = work.feed
  if (!settling) return
  let causes: CauseCount[] = []
  let done = 0
  for await (const people of notedPeople(work)) {
    const changes = await changeEach(work, people.filter(isMeant), (user, context) => {
      return settle(work, user, settling, context)
    })
    const held = changes.map(({ after }) => after).filter(({ removal }) => removal?.state === 'held')
    causes = countCauses(causes, held)
    done += people.length
    work.writer.progress({ phase: 'removals', done, total: null })
  }
  if (causes.length > 0) tell(work, causes)
  const next = { ...work.feed, settling: null }
  const filled = settling.hold === null ? null : await work.writer.store.holds.get(settling.hold)
  const hold = filled && { ...filled, filling: false, revision: filled.revision + 1 }
  await work.writer.commit({ feeds: { directory: next }, ...(hold ? { hold } : {}) })
  work.feed = next
}

function settle(
  work: Work,
  user: User,
  { hold, all }: { readonly hold: string | null; readonly all: boolean },
  context: ChangeContext,
): Deed | null {
  const { removal } = user
  if (removal?.state !== 'noted') return null
  if (work.sight.scope.protects(user)) {
    const step = setRemoval(user, { state: 'protected', hold: null }, context)
    return { step, counted: { read: 1, unchanged: 1 } }
  }
  if (leaves(user) && hold !== null && (all || removal.cause.ask)) {
    const step = setRemoval(user, { state: 'held', hold }, context)
    return { step, counted: { read: 1, held: 1 } }
  }
  if (isUnproven(user) || isUndecided(work, user) || (leaves(user) && removal.cause.ask)) return null
  return { step: carryOut(user, { noted: removal.at }, context) }
}

function tell({ writer }: Work, causes: readonly CauseCount[]): void {
  const total = causes.reduce((sum, { count }) => sum + count, 0)
  const told = causes.slice(0, CAUSES_TOLD).map(({ cause, count }) => `${count} × ${cause}`)
  const more = causes.length > CAUSES_TOLD ? [`and ${causes.length - CAUSES_TOLD} more causes`] : []
  writer.note({
    level: 'warn',
    message: `${total === 1 ? '1 removal is' : `${total.toLocaleString('en')} removals are`} held until a person decides`,
    details: {
      causes: [...told, ...more].join(', '),
      meanwhile: 'Nobody of them loses access. Additions and updates went on.',
      remedy: 'See them with: entra-connector holds list',
    },
  })
}
