import type { DirectoryItem, LookUp } from '../domain/directory.js'
import { toConnectorError, type ConnectorError, type ErrorCode } from '../domain/errors.js'
import { NO_COUNTS } from '../domain/run.js'
import type { User } from '../domain/user.js'
import type { Work } from './work.js'

/** Direct look-ups of people, several at once. A failed one is an answer too: the person stays as they are. */

const AT_ONCE = 8
/** After so many failures in a row the look-ups rest until the next run. */
export const FAILURES_IN_A_ROW = 10

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

/** One line for all of them: there may be as many as the tenant has people. */
export async function leaveToTheNextRun(work: Work, people: number): Promise<void> {
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
