import type { AccountRules } from '../domain/account.js'
import type { ChangeContext, Proof } from '../domain/change.js'
import type { DirectoryItem, DirectorySource } from '../domain/directory.js'
import { ConnectorError } from '../domain/errors.js'
import type { DirectoryFeed } from '../domain/feed.js'
import type { Note, RunPart, RunWriter } from '../store/run-writer.js'
import { seatsLeft } from '../store/seats.js'
import { planPage, type Plan } from './plan.js'

export interface SyncOptions {
  readonly writer: RunWriter
  readonly source: DirectorySource
  readonly rules: AccountRules
  readonly newId: () => string
  /** Read everybody again, whatever the links say. */
  readonly full?: boolean
}

/** What the steps of a directory run share. `feed` is what is committed, plus what the next commit will make of it. */
export interface Work {
  readonly writer: RunWriter
  readonly source: DirectorySource
  feed: DirectoryFeed
  context(): ChangeContext
  /** Reads whom we have, plans, commits; plans again whoever was written by somebody else meanwhile. */
  apply(items: readonly DirectoryItem[], how: Apply): Promise<Plan>
  commitFeed(feed: DirectoryFeed): Promise<void>
  /** The number of seats nobody holds, as far as this run knows. */
  readonly seats: { left: number | null }
}

export interface Apply {
  readonly whole: boolean
  readonly proof: Extract<Proof, 'page' | 'look-up'>
  /** Committed together with the people; `feed` becomes `work.feed`. */
  readonly part?: Pick<RunPart, 'seen' | 'sweep' | 'resolved'> & { readonly notes?: readonly Note[] }
  readonly feed?: DirectoryFeed
}

const LOST_RACES = 20

export async function openWork({ writer, source, rules, newId }: SyncOptions): Promise<Work> {
  const { store } = writer
  const seats = { left: await seatsLeft(store, rules) }
  const work: Work = { writer, source, seats, feed: await store.feed('directory'), context, apply, commitFeed }
  return work

  function context(): ChangeContext {
    const now = writer.now().toISOString()
    const evidence = { runId: writer.run.runId }
    return { now, cause: 'run', evidence, connection: store.connection, rules, newId, seats: { ...seats } }
  }

  async function apply(items: readonly DirectoryItem[], { whole, proof, part, feed }: Apply): Promise<Plan> {
    for (let attempt = 1; attempt <= LOST_RACES; attempt += 1) {
      const known = await store.known(objectIds(items))
      const plan = planPage({ items, known, whole, proof, context: context() })
      const { users, counts, unpark } = plan
      const { lost } = await writer.commit({
        ...part,
        users,
        counts,
        unpark,
        signIns: { firstLogins: plan.firstLogins },
        notes: [...(part?.notes ?? []), ...plan.skips.map(skipNote)],
        ...(feed ? { feeds: { directory: feed } } : {}),
      })
      if (lost.length > 0) continue
      seats.left = plan.seatsLeft
      if (feed) work.feed = feed
      return plan
    }
    throw new ConnectorError('store.locked', {
      message: 'We cannot write the store: the same people are being changed by somebody else over and over',
      remedy: 'Nothing to do; the next run reads the page again. If it stays, look for a second writer of this store.',
    })
  }

  async function commitFeed(feed: DirectoryFeed): Promise<void> {
    await writer.commit({ feeds: { directory: feed } })
    work.feed = feed
  }
}

export function objectIds(items: readonly DirectoryItem[]): string[] {
  const ids = new Set<string>()
  for (const item of items) if (item.entraObjectId !== null) ids.add(item.entraObjectId)
  return [...ids]
}

function skipNote({ about, problem }: { about: string; problem: string }): Note {
  return { level: 'warn', message: 'An entry could not be read and was skipped', about, details: { problem } }
}
