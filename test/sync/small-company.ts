import { join } from 'node:path'
import { v7 as uuid } from 'uuid'
import type { ChangeContext } from '../../src/domain/change.js'
import type { DirectorySource, GroupSource } from '../../src/domain/directory.js'
import { ConnectorError } from '../../src/domain/errors.js'
import { protectionOf } from '../../src/domain/scope.js'
import type { DirectoryFeed } from '../../src/domain/feed.js'
import type { HoldDecision } from '../../src/domain/hold.js'
import type { User } from '../../src/domain/user.js'
import { runOnce, type RunRequest, type RunResult } from '../../src/jobs/runner.js'
import type { ConnectionStore, Store } from '../../src/store/port.js'
import { previewOf } from '../../src/store/preview.js'
import type { RunWriter } from '../../src/store/run-writer.js'
import { seatsLeft } from '../../src/store/seats.js'
import { openSqlite } from '../../src/store/sqlite/open.js'
import { applyPlan } from '../../src/sync/apply-plan.js'
import { syncDirectory } from '../../src/sync/run.js'
import { whoIsMeantBy } from '../../src/sync/never-removed.js'
import { PlanShown, type ShownChange } from '../../src/sync/shown-plan.js'
import { syncPerson } from '../../src/sync/single.js'
import { undoRun, type Undone } from '../../src/sync/undo.js'
import type { SyncOptions } from '../../src/sync/work.js'
import { objectId, tempFolder } from '../store/support.js'
import { silent } from '../support/log.js'
import { PLAIN } from '../support/sync-options.js'
import { Directory, GROUPS } from './histories/directory.js'

const DAY_MS = 86_400_000
const START = Date.parse('2026-11-20T08:00:00.000Z')

type Changeable<T> = { -readonly [K in keyof T]: T[K] }

export interface Seen {
  readonly account: string
  readonly removal: string | null
  readonly proof: string | null
}

/** A directory of pages of three, and the connector that follows it, run by run, with settings that can be changed. */
export class SmallCompany {
  readonly directory = new Directory()
  readonly source: Changeable<DirectorySource> = { ...this.directory.source }
  readonly groups: Changeable<GroupSource> = { ...this.directory.groupSource }
  now = START
  /** Stops the runs from then on. */
  stopping = new AbortController()
  onProgress: RunRequest['onProgress']

  private constructor(
    public store: ConnectionStore,
    readonly close: () => Promise<void>,
    public settings: typeof PLAIN,
  ) {}

  static async open(over: Partial<typeof PLAIN> = {}): Promise<SmallCompany> {
    const folder = tempFolder()
    const path = join(folder.path, 'connector.db')
    const store: Store = await openSqlite(path, { now: () => new Date(), isDeadHere: () => true })
    const close = async (): Promise<void> => {
      await store.close()
      folder.remove()
    }
    return new SmallCompany(store.of('default'), close, { ...PLAIN, ...over })
  }

  /** Somebody new in the directory; gives their object id. */
  add(n: number, department = 'Sales', groups: readonly number[] = [0]): string {
    const id = objectId(n)
    const entry = { id, upn: `p${n}@contoso.example`, name: `P${n}`, department, enabled: true, state: 'live' as const }
    this.directory.add(entry)
    for (const group of groups) this.membersOf(group).add(id)
    return id
  }

  /** So many, numbered from one. */
  addMany(count: number, department?: string): string[] {
    return Array.from({ length: count }, (_, i) => this.add(i + 1, department))
  }

  membersOf(group: number): Set<string> {
    return this.directory.groups.get(GROUPS[group] ?? '')?.members ?? new Set()
  }

  /** The first group. */
  get group(): { members: Set<string>; deleted: boolean } {
    return this.directory.groups.get(GROUPS[0])!
  }

  /** After so many more pages the directory does not answer. */
  failAfter(pages: number, error = new ConnectorError('graph.unavailable', { message: 'no answer' })): void {
    let left = pages
    this.source.page = async (link, ...rest) => {
      left -= 1
      if (left < 0) throw error
      return this.directory.source.page(link, ...rest)
    }
  }

  rename(id: string, upn: string): void {
    const entry = this.directory.people.get(id)!
    entry.upn = upn
    this.directory.add(entry)
  }

  /** The rounds leave this one out, a full read does not. */
  missInRounds(id: string): void {
    this.source.page = async (link, ...rest) => {
      const page = await this.directory.source.page(link, ...rest)
      return link.startsWith('delta')
        ? { ...page, items: page.items.filter((item) => item.entraObjectId !== id) }
        : page
    }
  }

  heal(): void {
    Object.assign(this.source, this.directory.source)
  }

  sync(full = false, store = this.store): Promise<RunResult> {
    return runOnce(this.#frame(store, (writer) => syncDirectory(this.#options(writer, full))))
  }

  /** A run for one person. */
  person(who: string): Promise<RunResult> {
    return runOnce(this.#frame(this.store, (writer) => syncPerson(this.#options(writer), who).then(() => null)))
  }

  /** Makes a plan of what a run would do, and applies it after `meanwhile`. */
  async planAndApply(meanwhile: () => void): Promise<RunResult> {
    const shown = new PlanShown()
    const preview = await runOnce({
      ...this.#frame(await previewOf(this.store), (writer) => syncDirectory(this.#options(writer))),
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
    return runOnce(this.#frame(this.store, (writer) => applyPlan(this.#options(writer), plan, changes())))
  }

  /** Somebody decides over everybody in the one hold there is. */
  async decide(verdict: HoldDecision['verdict']): Promise<void> {
    const [hold] = await this.store.holds.list({ all: false, limit: 2 })
    const at = new Date(this.now).toISOString()
    const decision = { verdict, by: 'mia', at, cause: null, user: null, reason: null }
    await this.store.holds.put({ ...hold!, decisions: [decision], revision: hold!.revision + 1 })
  }

  async undo(runId: string, store = this.store): Promise<RunResult & { undone: Undone | null }> {
    let undone: Undone | null = null
    const result = await runOnce(
      this.#frame(store, async (writer) => {
        const seats = { left: await seatsLeft(store, this.settings.rules) }
        const context = (): ChangeContext => ({
          ...{ now: new Date(this.now).toISOString(), cause: 'ada', evidence: { runId: writer.run.runId } },
          ...{ connection: store.connection, rules: this.settings.rules, newId: () => uuid(), seats: { ...seats } },
        })
        const { scope } = this.settings
        const protects = protectionOf(scope, await whoIsMeantBy(store, scope, await this.feed()))
        undone = await undoRun({ writer, context, seats, protects, keptMs: 30 * DAY_MS }, runId)
        return null
      }),
    )
    return { ...result, undone }
  }

  async user(id: string): Promise<User | undefined> {
    return (await this.store.find(id))[0]
  }

  async see(id: string): Promise<Seen> {
    const user = await this.user(id)
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

  async messages(runId: string): Promise<string[]> {
    const messages: string[] = []
    for await (const { message } of this.store.runs.log(runId)) messages.push(message)
    return messages
  }

  #options(writer: RunWriter, full = false): SyncOptions {
    return { ...this.settings, writer, full, newId: () => uuid(), source: this.source, groups: this.groups }
  }

  #frame(store: ConnectionStore, work: RunRequest['work']): RunRequest {
    return {
      ...{ store, trigger: 'manual', dryRun: false, holder: 'a connector', log: silent, signIns: 'off', work },
      now: () => new Date(this.now),
      signal: this.stopping.signal,
      onProgress: this.onProgress,
      graph: () => ({ requests: 0, throttled: 0, retried: 0 }),
    }
  }
}
