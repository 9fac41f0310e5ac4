import type { DirectoryItem } from '../domain/directory.js'
import { ConnectorError } from '../domain/errors.js'
import type { DirectoryFeed } from '../domain/feed.js'
import { keepCount, lookUpAll, someAtATime, type LookUps } from './look-ups.js'
import type { Work } from './work.js'

/**
 * Asks about people again of whom an entry of an earlier run said too little, and of whom no look-up could say more. In
 * the meantime Entra may have had no reason to name them again.
 */
export async function askAgain(work: Work, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const failed = await lookUpPeople(work, ids, 'named only in part by an earlier run')
  if (failed > 0) return
  const asked = new Set(ids)
  await work.commitFeed({ ...work.feed, unanswered: work.feed.unanswered.filter((id) => !asked.has(id)) })
}

/**
 * Reads people of whom something was never read that scope or mapping asks for. Where a look-up fails they stay as they
 * are, and the next run asks again.
 */
export async function readWhole(work: Work, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const failed = await lookUpPeople(work, ids, 'not read whole before')
  if (failed > 0) await work.commitFeed({ ...work.feed, unanswered: withUnanswered(work.feed, ids) })
}

const MOST_TO_ASK = 1000

/** Beyond so many a full pass is due anyway. */
export function withUnanswered({ unanswered }: DirectoryFeed, ids: readonly string[]): readonly string[] {
  return [...new Set([...unanswered, ...ids])].slice(0, MOST_TO_ASK)
}

/**
 * Reads people one by one and applies what the directory says; who cannot be read is skipped, and said. Gives how many
 * look-ups failed. `who` says why they were asked about.
 */
export async function lookUpPeople(work: Work, ids: readonly string[], who: string): Promise<number> {
  const so: LookUps = { failedInARow: 0 }
  let failures = 0
  let done = 0
  const left = await someAtATime(work, ids, so, async (some) => {
    const answers = await lookUpAll(work, some)
    const items: DirectoryItem[] = []
    for (const id of some) {
      const answer = answers.get(id)
      const problem = `${who}, and the look-up failed`
      const failed = !answer || answer instanceof ConnectorError
      keepCount(so, failed)
      if (failed) failures += 1
      items.push(failed ? { kind: 'unreadable', entraObjectId: id, problem } : answer)
    }
    await work.apply(items, { whole: true, proof: 'look-up' })
    done += some.length
    work.writer.progress({ phase: 'look-ups', done, total: ids.length })
  })
  return failures + left
}
