import type { AccountRules } from '../domain/account.js'
import type { ChangeContext, Proof } from '../domain/change.js'
import type { DirectoryItem, DirectorySource, GroupSource } from '../domain/directory.js'
import type { DirectoryFeed } from '../domain/feed.js'
import type { IdSet } from '../domain/id-set.js'
import { mappingOf, type MappingConfig } from '../domain/mapping.js'
import type { RemovalLimit } from '../domain/removal.js'
import { isEveryone, scopeOf, type ScopeConfig } from '../domain/scope.js'
import { fingerprintOf } from '../domain/selection.js'
import { LOST_RACES, overtaken, READ_AGAIN } from '../store/races.js'
import type { Note, RunPart, RunWriter } from '../store/run-writer.js'
import { seatsLeft } from '../store/seats.js'
import { sightOf, type Sight } from './describe.js'
import type { Members } from './members.js'
import { holdersOf, rememberMeant } from './never-removed.js'
import { planPage, type Plan } from './plan.js'
import { rehiredNotes } from './rehired.js'

export interface SyncOptions {
  readonly writer: RunWriter
  readonly source: DirectorySource
  readonly groups: GroupSource
  readonly rules: AccountRules
  readonly scope: ScopeConfig
  readonly mapping: MappingConfig
  readonly removalLimit: RemovalLimit
  readonly holdsExpireMs: number
  /** How long after a full pass everybody is read again to see what the rounds have missed; null: never. */
  readonly reconcileMs: number | null
  readonly newId: () => string
  /** Read everybody again, whatever the links say. */
  readonly full?: boolean
}

/** What the steps of a directory run share. `feed` is what is committed, plus what the next commit will make of it. */
export interface Work extends Omit<SyncOptions, 'scope' | 'mapping' | 'full'> {
  feed: DirectoryFeed
  readonly config: { readonly scope: ScopeConfig; readonly mapping: MappingConfig }
  readonly members: Members
  /** Those of them we did not have when they were last looked for; null: not yet. */
  strangers: IdSet | null
  /** Whether this run has ended a full pass that was read under its rules and members from its first page on. */
  hasReadAll: boolean
  readonly sight: Sight
  /** Our ids of those of `neverRemove` whom a user name meant when the run began, by that name. */
  readonly calledBefore: ReadonlyMap<string, readonly string[]>
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

/** `asRead` is the directory's feed, for this tenant; nobody is judged before it is known who is in the assigned groups. */
export async function openWork(
  { scope, mapping, ...options }: SyncOptions,
  asRead: DirectoryFeed,
  members: Members,
): Promise<Work> {
  const { writer, rules, newId } = options
  const { store } = writer
  const called = await holdersOf(store, scope.neverRemove)
  const feed = await rememberMeant(writer, called, asRead)
  const calledBefore = new Map([...called].map(([name, users]) => [name, users.map(({ id }) => id)]))
  const sight = sightOf(scopeOf(scope, members.membership, feed.neverRemoved), mappingOf(mapping), Object.keys(mapping))
  const seats = { left: await seatsLeft(store, rules) }
  const config = { scope, mapping }
  const known = { ...feed, groups: members.names }
  const work: Work = {
    ...options,
    config,
    members,
    strangers: null,
    hasReadAll: false,
    sight,
    calledBefore,
    seats,
    feed: known,
    context,
    apply,
    commitFeed,
  }
  return work

  function context(): ChangeContext {
    const now = writer.now().toISOString()
    const evidence = { runId: writer.run.runId }
    return { now, cause: 'run', evidence, connection: store.connection, rules, newId, seats: { ...seats } }
  }

  async function apply(items: readonly DirectoryItem[], { whole, proof, part, feed }: Apply): Promise<Plan> {
    for (let attempt = 1; attempt <= LOST_RACES; attempt += 1) {
      const known = await store.known(objectIds(items))
      const plan = planPage({ items, known, whole, proof, sight, context: context() })
      const { users, counts, unpark } = plan
      const rehired = await rehiredNotes(work, users)
      const { lost } = await writer.commit({
        ...part,
        users,
        counts,
        unpark,
        signIns: { firstLogins: plan.firstLogins },
        notes: [...(part?.notes ?? []), ...plan.skips.map(skipNote), ...rehired],
        ...(feed ? { feeds: { directory: feed } } : {}),
      })
      if (lost.length > 0) continue
      seats.left = plan.seatsLeft
      if (feed) work.feed = feed
      return plan
    }
    throw overtaken(READ_AGAIN)
  }

  async function commitFeed(feed: DirectoryFeed): Promise<void> {
    await writer.commit({ feeds: { directory: feed } })
    work.feed = feed
  }
}

/** What everybody is evaluated under, as a text that changes when it does. */
export function rulesOf({ rules, config }: Pick<Work, 'rules' | 'config'>): string {
  const { scope, mapping } = config
  const narrowed = !isEveryone(scope) || Object.keys(mapping).length > 0
  return narrowed ? `${rules.disabledAccounts} ${fingerprintOf(scope, mapping)}` : rules.disabledAccounts
}

export function objectIds(items: readonly DirectoryItem[]): string[] {
  const ids = new Set<string>()
  for (const item of items) if (item.entraObjectId !== null) ids.add(item.entraObjectId)
  return [...ids]
}

function skipNote({ about, problem }: { about: string; problem: string }): Note {
  return { level: 'warn', message: 'An entry could not be read and was skipped', about, details: { problem } }
}
