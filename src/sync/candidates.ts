import type { DirectoryItem } from '../domain/directory.js'
import { ConnectorError } from '../domain/errors.js'
import type { User } from '../domain/user.js'
import { keepCount, lookUpAll, skip, someAtATime, type LookUps } from './look-ups.js'
import type { Work } from './work.js'

/**
 * Whoever a full pass did not name is only a candidate for removal. Each is looked up directly: live people stay, people
 * the directory says it has deleted or does not have become inactive, and where the look-up fails everything stays as
 * it is, for the next run to ask again.
 */

const BATCH = 40

const NOT_READ = 'Not in the full read, and the look-up failed: stays as it is until the next run'

export async function confirmCandidates(work: Work): Promise<void> {
  const { store } = work.writer
  let after: string | undefined
  const so: LookUps = { failedInARow: 0 }
  let done = 0
  for (;;) {
    const people = await store.candidates({ limit: BATCH, ...(after === undefined ? {} : { after }) })
    if (people.length === 0) return
    await someAtATime(work, people, so, (some) => confirm(work, some, so))
    done += people.length
    after = people.at(-1)?.id
    work.writer.progress({ phase: 'look-ups', done, total: null })
  }
}

async function confirm(work: Work, people: readonly User[], so: LookUps): Promise<void> {
  const byObjectId = new Map(people.map((user) => [user.entraObjectId ?? '', user]))
  const answers = await lookUpAll(work, [...byObjectId.keys()])
  const items: DirectoryItem[] = []
  const resolved: string[] = []
  for (const [objectId, user] of byObjectId) {
    const answer = answers.get(objectId)
    const failed = !answer || answer instanceof ConnectorError
    keepCount(so, failed)
    if (failed) await skip(work, user, NOT_READ, answer?.message ?? 'no answer')
    else {
      items.push(answer)
      resolved.push(user.id)
    }
  }
  await work.apply(items, { whole: true, proof: 'look-up', part: { resolved } })
}
