import type { DirectoryItem, LookUp } from '../domain/directory.js'
import { ConnectorError, toConnectorError, type ErrorCode } from '../domain/errors.js'
import { NO_COUNTS } from '../domain/run.js'
import type { User } from '../domain/user.js'
import type { Work } from './work.js'

/**
 * Whoever a full pass did not name is only a candidate for removal. Each is looked up directly: live people stay, people
 * the directory says it has deleted or does not have become inactive, and where the look-up fails everything stays as
 * it is, for the next run to ask again.
 */

const BATCH = 40
const AT_ONCE = 8
/** After so many failures in a row the look-ups rest until the next run. */
const FAILURES_IN_A_ROW = 10

/** These concern one look-up; anything else ends the run. */
const OF_ONE_LOOK_UP: ReadonlySet<ErrorCode> = new Set([
  'graph.denied',
  'graph.refused',
  'graph.not-found',
  'graph.throttled',
  'graph.unavailable',
  'graph.unreachable',
  'graph.incomplete-answer',
])

export async function confirmCandidates(work: Work): Promise<void> {
  const { store } = work.writer
  let after: string | undefined
  let failedInARow = 0
  let done = 0
  for (;;) {
    const people = await store.candidates({ limit: BATCH, ...(after === undefined ? {} : { after }) })
    if (people.length === 0) return
    if (failedInARow >= FAILURES_IN_A_ROW) await leaveToTheNextRun(work, people.length)
    else failedInARow = await confirm(work, people, failedInARow)
    done += people.length
    after = people.at(-1)?.id
    work.writer.progress({ phase: 'look-ups', done, total: null })
  }
}

async function confirm(work: Work, people: readonly User[], failedBefore: number): Promise<number> {
  const byObjectId = new Map(people.map((user) => [user.entraObjectId ?? '', user]))
  const answers = await lookUpAll(work, [...byObjectId.keys()])
  const items: DirectoryItem[] = []
  const resolved: string[] = []
  let failedInARow = failedBefore
  for (const [objectId, user] of byObjectId) {
    const answer = answers.get(objectId)
    if (!answer || answer instanceof ConnectorError) {
      failedInARow += 1
      await skip(work, user, answer?.message ?? 'no answer')
    } else {
      items.push(answer)
      resolved.push(user.id)
      failedInARow = 0
    }
  }
  await work.apply(items, { whole: true, proof: 'look-up', part: { resolved } })
  return failedInARow
}

async function skip(work: Work, user: User, problem: string): Promise<void> {
  const message = 'Not in the full read, and the look-up failed: stays as it is until the next run'
  const about = user.userPrincipalName ?? user.id
  await work.writer.commit({
    counts: { ...NO_COUNTS, read: 1, skipped: 1 },
    notes: [{ level: 'warn', message, about, details: { problem } }],
  })
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
  const waiting = [...objectIds]
  const worker = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) answers.set(id, await lookUp(work, id))
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, objectIds.length) }, worker))
  return answers
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
