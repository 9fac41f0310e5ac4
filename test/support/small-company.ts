import { v7 as uuid } from 'uuid'
import { EVERYONE } from '../../src/domain/scope.js'
import type { DirectoryFeed } from '../../src/domain/feed.js'
import type { HoldDecision } from '../../src/domain/hold.js'
import { runOnce, type RunResult } from '../../src/jobs/runner.js'
import type { ConnectionStore, Store } from '../../src/store/port.js'
import { openSqlite } from '../../src/store/sqlite/open.js'
import type { RunWriter } from '../../src/store/run-writer.js'
import { applyPlan } from '../../src/sync/apply-plan.js'
import { syncDirectory } from '../../src/sync/run.js'
import { PlanShown, type ShownChange } from '../../src/sync/shown-plan.js'
import { syncPerson } from '../../src/sync/single.js'
import type { SyncOptions } from '../../src/sync/work.js'
import { previewOf } from '../../src/store/preview.js'
import { tempFolder } from '../store/support.js'
import { Directory, GROUPS } from '../sync/histories/directory.js'
import { silent } from './log.js'
import { PLAIN } from './sync-options.js'

/** What stands between the directory and the connector; a test replaces what is to go wrong. */
type Source<T> = { -readonly [K in keyof T]: T[K] }

export interface Seen {
  readonly account: string
  readonly removal: string | null
  readonly proof: string | null
}

/** People in one assigned group, followed by a connector with a SQLite file of its own. */
export class SmallCompany {
  readonly directory = new Directory()
  readonly source: Source<SyncOptions['source']> = { ...this.directory.source }
  readonly groups: Source<SyncOptions['groups']> = { ...this.directory.groupSource }
  options: Omit<SyncOptions, 'writer' | 'source' | 'groups' | 'newId'> = {
    ...PLAIN,
    scope: { ...EVERYONE, groups: [GROUPS[0]] },
  }
  /** What runs write to. */
  store: ConnectionStore
  readonly ids: readonly string[]

  private constructor(
    private readonly opened: Store,
    private readonly remove: () => void,
    people: number,
  ) {
    this.store = opened.of('default')
    this.ids = Array.from({ length: people }, (_, n) => this.#add(n))
  }

  static async of(people: number): Promise<SmallCompany> {
    const folder = tempFolder()
    const clock = { now: () => new Date(), isDeadHere: () => true }
    return new SmallCompany(await openSqlite(`${folder.path}/connector.db`, clock), folder.remove, people)
  }

  async close(): Promise<void> {
    await this.opened.close()
    this.remove()
  }

  #add(n: number): string {
    const id = `${String(n).padStart(8, '0')}-0b1f-4c55-8d0e-3f6b2a7c9101`
    const upn = `p${n}@contoso.example`
    this.directory.add({ id, upn, name: `Person ${n}`, department: 'Sales', enabled: true, state: 'live' })
    this.group.members.add(id)
    return id
  }

  /** The assigned group. */
  get group(): { members: Set<string>; deleted: boolean } {
    return this.directory.groups.get(GROUPS[0])!
  }

  sync(full = false): Promise<RunResult> {
    return this.#run((writer) => syncDirectory({ ...this.#optionsFor(writer), full }))
  }

  person(who: string): Promise<RunResult> {
    return this.#run((writer) => syncPerson(this.#optionsFor(writer), who).then(() => null))
  }

  /** Makes a plan of what a run would do, and applies it after `meanwhile`. */
  async planAndApply(meanwhile: () => void): Promise<RunResult> {
    const shown = new PlanShown()
    const preview = await this.#run((writer) => syncDirectory(this.#optionsFor(writer)), {
      store: await previewOf(this.store),
      dryRun: true,
      onChanges: ({ users = [] }) => shown.add(users),
    })
    meanwhile()
    const { connection, kind, startedAt: createdAt } = preview.run
    const changes = async function* (): AsyncGenerator<ShownChange> {
      await Promise.resolve()
      yield* shown.changes()
    }
    const plan = { connection, tenantId: null, kind, createdAt }
    return this.#run((writer) => applyPlan(this.#optionsFor(writer), plan, changes()))
  }

  /** Somebody decides over everybody in the one hold there is. */
  async decide(verdict: HoldDecision['verdict']): Promise<void> {
    const [hold] = await this.store.holds.list({ all: false, limit: 2 })
    const decision = { verdict, by: 'mia', at: new Date().toISOString(), cause: null, user: null, reason: null }
    await this.store.holds.put({ ...hold!, decisions: [decision], revision: hold!.revision + 1 })
  }

  async see(id: string): Promise<Seen> {
    const [user] = await this.store.find(id)
    const { state, cause, proof } = user?.removal ?? {}
    return {
      account: user?.account ?? 'unknown',
      removal: cause ? `${state}: ${cause.text}` : null,
      proof: proof ?? null,
    }
  }

  feed(): Promise<DirectoryFeed> {
    return this.store.feed('directory')
  }

  /** How many were removed in the last days without anybody being asked. */
  async removed(): Promise<number> {
    return (await this.feed()).removed.reduce((sum, { count }) => sum + count, 0)
  }

  #optionsFor(writer: RunWriter): SyncOptions {
    return { ...this.options, writer, source: this.source, groups: this.groups, newId: () => uuid() }
  }

  #run(work: Parameters<typeof runOnce>[0]['work'], over: Partial<Parameters<typeof runOnce>[0]> = {}) {
    return runOnce({
      ...{ store: this.store, trigger: 'manual', dryRun: false, holder: 'a connector', log: silent, signIns: 'off' },
      work,
      now: () => new Date(),
      signal: new AbortController().signal,
      graph: () => ({ requests: 0, throttled: 0, retried: 0 }),
      ...over,
    })
  }
}
