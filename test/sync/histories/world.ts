import { v7 as uuid } from 'uuid'
import { decide as decideOver, type ChangeContext } from '../../../src/domain/change.js'
import type { Run } from '../../../src/domain/run.js'
import { protectionOf } from '../../../src/domain/scope.js'
import type { User } from '../../../src/domain/user.js'
import type { ConnectorError } from '../../../src/domain/errors.js'
import { runOnce, type RunRequest, type RunResult } from '../../../src/jobs/runner.js'
import { changePerson } from '../../../src/store/change-person.js'
import type { ConnectionStore } from '../../../src/store/port.js'
import { previewOf } from '../../../src/store/preview.js'
import type { RunWriter } from '../../../src/store/run-writer.js'
import { seatsLeft } from '../../../src/store/seats.js'
import { applyPlan } from '../../../src/sync/apply-plan.js'
import { syncDirectory } from '../../../src/sync/run.js'
import { PlanShown, type ShownChange } from '../../../src/sync/shown-plan.js'
import { undoRun, type Undone } from '../../../src/sync/undo.js'
import type { SyncOptions } from '../../../src/sync/work.js'
import { silent } from '../../support/log.js'
import { PLAIN } from '../../support/sync-options.js'
import { IN_SCOPE, scopeConfig, type History } from './commands.js'
import { Directory, GROUPS } from './directory.js'
import { NEW_MODEL } from './model.js'
import type { ConnectorProcess } from './process.js'
import { rowOf, type Row, type Settings } from './rows.js'

const DAY_MS = 86_400_000
const START = Date.parse('2026-11-20T08:00:00.000Z')

/** Everybody as the store has them at one moment, by object id. */
export type Snapshot = ReadonlyMap<string, User>

/** A run that was made, with everybody before and after it. */
export interface Made {
  readonly runId: string
  readonly before: Snapshot
  readonly after: Snapshot
}

export interface Settled {
  readonly result: RunResult
  readonly before: Snapshot
  readonly after: Snapshot
  /** Nothing of what it had begun is finished by another run. */
  readonly isExact: boolean
}

/** A directory, the connector that follows it, and the model of what the connector ought to have. */
export class World {
  readonly directory = new Directory()
  readonly model = NEW_MODEL()
  readonly made: Made[] = []
  /** Which of the model's holds those of the store are. */
  readonly keys = new Map<string, string>()
  settings: Settings
  now = START
  #created = 0
  #steps = 0
  /** What a run that was killed has left undone is finished by the next one. */
  #isHalfDone = false
  readonly #runs = new Map<string, string>()

  constructor(
    readonly history: History,
    readonly connector: ConnectorProcess,
  ) {
    const { scope } = history
    this.settings = {
      groups: scope === 'groups' || scope === 'both' ? GROUPS : [],
      departments: scope === 'departments' || scope === 'both' ? IN_SCOPE : null,
      disabledAccounts: 'frozen',
      seats: history.seats ? 5 : null,
      limit: { count: 2, percent: 10 },
      neverRemove: new Set(),
      holdsExpireMs: 7 * DAY_MS,
    }
    for (let n = 0; n < history.people; n += 1) this.create(`Person ${n}`, n % 4 === 3 ? 'Küche' : 'Sales', [n % 3])
  }

  create(name: string, department: string, groups: readonly number[]): void {
    const n = (this.#created += 1)
    const id = `${String(n).padStart(8, '0')}-0b1f-4c55-8d0e-3f6b2a7c9101`
    this.directory.add({ id, upn: `p${n}@contoso.example`, name, department, enabled: true, state: 'live' })
    for (const group of groups) this.directory.groups.get(GROUPS[group] ?? '')?.members.add(id)
  }

  /** The id of somebody, however many there are. */
  who(n: number): string {
    const ids = [...this.directory.people.keys()]
    return ids[n % Math.max(1, ids.length)] ?? ''
  }

  nextKey(): string {
    return `run ${(this.#steps += 1)}`
  }

  async sync(full: boolean, key: string): Promise<Settled> {
    return this.#run(key, (writer) => syncDirectory(this.#options(writer, full)))
  }

  /** What a run would do. Nothing is written. */
  async preview(full: boolean): Promise<{ readonly run: Run; readonly shown: readonly ShownChange[] }> {
    const shown = new PlanShown()
    const store = await previewOf(this.store)
    const { run, error } = await runOnce({
      ...this.#frame(store, (writer) => syncDirectory(this.#options(writer, full))),
      dryRun: true,
      onChanges: ({ users = [] }) => shown.add(users),
    })
    if (error) throw error
    return { run, shown: [...shown.changes()] }
  }

  async apply({ run, shown }: Awaited<ReturnType<World['preview']>>, key: string): Promise<Settled> {
    const { connection, kind, startedAt } = run
    const plan = { connection, tenantId: null, kind, createdAt: startedAt }
    const changes = async function* () {
      await Promise.resolve()
      yield* shown
    }
    return this.#run(key, (writer) => applyPlan(this.#options(writer, false), plan, changes()))
  }

  async undo(runId: string, key: string): Promise<Settled & { readonly undone: Undone | null }> {
    let undone: Undone | null = null
    const settled = await this.#run(key, async (writer) => {
      const { rules, store } = this
      const seats = { left: await seatsLeft(store, rules) }
      const evidence = { runId: writer.run.runId }
      const context = (): ChangeContext => this.#context('ada', evidence, seats)
      const protects = protectionOf({ neverRemove: [...this.settings.neverRemove] })
      undone = await undoRun({ writer, context, seats, protects, keptMs: 400 * DAY_MS }, runId)
      return null
    })
    return { ...settled, undone }
  }

  async decide(id: string, says: 'frozen' | 'inactive' | null): Promise<User | null> {
    const seats = { left: await seatsLeft(this.store, this.rules) }
    const at = new Date(this.now).toISOString()
    const decision = says && { state: says, by: 'ada', at }
    return changePerson(this.store, id, (user) => decideOver(user, decision, this.#context('ada', {}, seats)))
  }

  get store() {
    return this.connector.store
  }

  get rules() {
    return { disabledAccounts: this.settings.disabledAccounts, licenseSeats: this.settings.seats }
  }

  async everybody(): Promise<Snapshot> {
    const { users } = await this.store.list({ limit: 1000 })
    return new Map(users.map((user) => [user.entraObjectId ?? '', user]))
  }

  async rows(): Promise<Map<string, Row>> {
    const candidates = new Set((await this.store.candidates({ limit: 1000 })).map(({ id }) => id))
    const people = await this.everybody()
    return new Map(
      [...people].map(([id, user]) => [id, rowOf(user, candidates.has(user.id), (hold) => this.key(hold))]),
    )
  }

  /** Of the hold with this id, as the model calls it. */
  key(hold: string): string {
    return this.keys.get(hold) ?? `unknown hold ${hold}`
  }

  #options(writer: RunWriter, full: boolean): SyncOptions {
    const { disabledAccounts, seats, limit, neverRemove, holdsExpireMs } = this.settings
    return {
      ...PLAIN,
      ...{ writer, full, holdsExpireMs, removalLimit: limit, newId: () => uuid() },
      source: this.directory.source,
      groups: this.directory.groupSource,
      rules: { disabledAccounts, licenseSeats: seats },
      scope: scopeConfig(this.history.scope, [...neverRemove]),
    }
  }

  #frame(store: ConnectionStore, work: Work): RunRequest {
    return {
      ...{ store, trigger: 'manual', dryRun: false, holder: 'a connector', log: silent, signIns: 'off', work },
      now: () => new Date(this.now),
      signal: new AbortController().signal,
      graph: () => ({ requests: 0, throttled: 0, retried: 0 }),
    }
  }

  #context(cause: string, evidence: Record<string, unknown>, seats: { left: number | null }): ChangeContext {
    const { connection } = this.store
    const now = new Date(this.now).toISOString()
    return { now, cause, evidence, connection, rules: this.rules, newId: () => uuid(), seats: { ...seats } }
  }

  async #run(key: string, work: Work): Promise<Settled> {
    const before = await this.everybody()
    const result = await this.#once(work)
    const { runId } = result.run
    this.#runs.set(runId, key)
    const isKilled = this.connector.isDead
    if (isKilled) await this.connector.start()
    const isExact = this.connector.isAtomic || !(isKilled || this.#isHalfDone)
    this.#isHalfDone = isKilled
    for (const hold of await this.store.holds.list({ all: true, limit: 1000 }))
      this.keys.set(hold.id, this.#runs.get(hold.runId) ?? '')
    const after = await this.everybody()
    const isKept = (await this.store.runs.get(runId)) !== null
    if (isKept && isExact) this.made.push({ runId, before, after })
    return { result, before, after, isExact }
  }

  async #once(work: Work): Promise<RunResult> {
    try {
      return await runOnce(this.#frame(this.store, work))
    } catch (error) {
      if (!this.connector.isDead) throw error
      // Killed before it had the lease: nothing has begun.
      await this.connector.start()
      return this.#once(work)
    }
  }
}

type Work = (writer: RunWriter) => Promise<ConnectorError | null>
