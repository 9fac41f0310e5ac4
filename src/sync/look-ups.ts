import type { DirectoryItem, LookUp } from '../domain/directory.js'
import { toConnectorError, type ConnectorError, type ErrorCode } from '../domain/errors.js'
import { NO_COUNTS } from '../domain/run.js'
import type { User } from '../domain/user.js'
import type { Work } from './work.js'

/** Direct look-ups of people, several at once. A failed one is an answer too: the person stays as they are. */

const AT_ONCE = 8
/** After so many failures in a row the look-ups rest until the next run. */
const FAILURES_IN_A_ROW = 10
const BATCH = 40

/** These concern one look-up; anything else ends the run. */
export const OF_ONE_LOOK_UP: ReadonlySet<ErrorCode> = new Set([
  'graph.denied',
  'graph.refused',
  'graph.not-found',
  'graph.throttled',
  'graph.unavailable',
  'graph.unreachable',
  'graph.incomplete-answer',
])

/** Counts somebody as skipped, and tells why. */
export async function skip(work: Work, user: User, message: string, problem: string): Promise<void> {
  const about = user.userPrincipalName ?? user.id
  await work.writer.commit({
    counts: { ...NO_COUNTS, read: 1, skipped: 1 },
    notes: [{ level: 'warn', message, about, details: { problem } }],
  })
}

/** How look-ups have gone so far. */
export interface LookUps {
  failedInARow: number
}

/** Whatever may have gone wrong with one of them. */
interface Answer {
  readonly problem?: string | undefined
}

function rest({ failedInARow }: LookUps): boolean {
  return failedInARow >= FAILURES_IN_A_ROW
}

export function keepCount(so: LookUps, failed: boolean): void {
  so.failedInARow = failed ? so.failedInARow + 1 : 0
}

/**
 * Looks people up some at a time, until too many have failed in a row: whoever comes after is counted as skipped. Gives
 * how many those are.
 */
export async function someAtATime<T>(
  work: Work,
  all: readonly T[],
  so: LookUps,
  lookUpSome: (some: readonly T[]) => Promise<void>,
): Promise<number> {
  let left = 0
  for (let start = 0; start < all.length; start += BATCH) {
    const some = all.slice(start, start + BATCH)
    if (!rest(so)) await lookUpSome(some)
    else {
      await leaveToTheNextRun(work, some.length)
      left += some.length
    }
  }
  return left
}

/** Asks about each, until too many have failed in a row. By our id. */
export async function askEach<T extends Answer>(
  people: readonly User[],
  so: LookUps,
  ask: (user: User) => Promise<T>,
): Promise<ReadonlyMap<string, T | { readonly problem: string }>> {
  const heard = new Map<string, T | { readonly problem: string }>()
  await severalAtOnce(people, async (user) => {
    const one = rest(so) ? { problem: 'too many look-ups had failed in a row' } : await ask(user)
    keepCount(so, one.problem !== undefined)
    heard.set(user.id, one)
  })
  return heard
}

/** One line for all of them: there may be as many as the tenant has people. */
async function leaveToTheNextRun(work: Work, people: number): Promise<void> {
  const message = `Too many look-ups failed in a row: ${people} more people stay as they are until the next run`
  await work.writer.commit({
    counts: { ...NO_COUNTS, read: people, skipped: people },
    notes: [{ level: 'warn', message }],
  })
}

/** By object id: what the directory says of each, as an item to plan with, or the error of that one look-up. */
export async function lookUpAll(
  work: Work,
  objectIds: readonly string[],
): Promise<Map<string, DirectoryItem | ConnectorError>> {
  const answers = new Map<string, DirectoryItem | ConnectorError>()
  await severalAtOnce(objectIds, async (id) => void answers.set(id, await lookUp(work, id)))
  return answers
}

/** Does something for each, a few at the same time. */
export async function severalAtOnce<T>(all: readonly T[], ask: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all]
  const worker = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await ask(one)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, all.length) }, worker))
}

async function lookUp(work: Work, objectId: string): Promise<DirectoryItem | ConnectorError> {
  try {
    return asItem(objectId, await work.source.lookUp(objectId, work.writer.signal))
  } catch (thrown) {
    const error = toConnectorError(thrown, 'looking somebody up')
    if (!OF_ONE_LOOK_UP.has(error.code)) throw error
    return error
  }
}

export function asItem(objectId: string, answer: LookUp): DirectoryItem {
  if (answer.found === 'live') return answer.item
  return { kind: 'tombstone', entraObjectId: objectId, presence: answer.found === 'nowhere' ? 'gone' : 'soft-deleted' }
}
