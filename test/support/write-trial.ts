import { expect } from 'chai'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApp, type App } from '../../src/app.js'
import { readConfig } from '../../src/config/read.js'
import { ConnectorError } from '../../src/domain/errors.js'
import type { User } from '../../src/domain/user.js'
import { exitCodeOf } from '../../src/jobs/runner.js'
import { startSimulator, type Simulator } from '../../src/simulator/server.js'
import { storeOutcome, type StoreOutcome } from '../long/support/store-outcome.js'
import { Clock, recorder, type LogLine } from './tenant.js'

/** A store whose writes can be made to fail, and what it holds kept and given back. */
export interface SpoiltStore<Injury, Kept> {
  readonly url: string
  keep(): Promise<Kept>
  restore(kept: Kept): Promise<void>
  /** From now on, the n-th write fails in this way, counted from 1. */
  spoil(n: number, injury: Injury): void
  /** Nothing fails any more. Gives how many writes there were since, and how many failed. */
  heal(): { readonly writes: number; readonly failed: number }
  /** Codes a run may end with whose write failed in this way. */
  codes(injury: Injury): readonly string[]
  /** Whether a run cannot end well whose write failed so: nobody tries it again or can do without. */
  mustTell(injury: Injury): boolean
  /** The lease of a process that could not give it back has run out. */
  letTimePass(): Promise<void>
  close(): Promise<void>
}

/** One run, from what it finds to what it leaves. */
export const COURSES = ['initial', 'incremental', 'approved', 'resync', 'undo'] as const
export type RunCourse = (typeof COURSES)[number]

interface Ended {
  readonly exit: number
  readonly error: ConnectorError | null
}

const PAGES = 3
/** An undo gives back 200 people at a time. */
const PEOPLE: Readonly<Record<RunCourse, number>> = {
  initial: 24,
  incremental: 24,
  approved: 24,
  resync: 24,
  undo: 240,
}
const STILL = 20_000
const BY_HAND = { trigger: 'manual', dryRun: false } as const

interface Held {
  readonly outcome: StoreOutcome
  readonly holds: readonly unknown[]
  readonly removed: number
}

/** A small tenant and a store, just before a run; that run is made again and again, undisturbed or not. */
export class WriteTrial<Injury, Kept> {
  /** How many writes the undisturbed run makes. */
  writes = 0
  private kept: Kept | null = null
  private undisturbed: { readonly held: Held; readonly exit: number } | null = null
  private changedBy = ''
  private readonly log: LogLine[] = []

  private constructor(
    readonly course: RunCourse,
    private readonly store: SpoiltStore<Injury, Kept>,
    private readonly simulator: Simulator,
    private readonly clock: Clock,
    private readonly folder: string,
  ) {}

  static async open<Injury, Kept>(
    course: RunCourse,
    makeStore: (folder: string) => Promise<SpoiltStore<Injury, Kept>>,
  ): Promise<WriteTrial<Injury, Kept>> {
    const clock = new Clock(new Date('2026-03-02T08:00:00Z'))
    const roles = ['User.Read.All', 'GroupMember.Read.All']
    const users = PEOPLE[course]
    const simulator = await startSimulator({ users, pageSize: users / PAGES, now: clock.now, roles })
    const folder = await mkdtemp(join(tmpdir(), 'writes-'))
    const trial = new WriteTrial(course, await makeStore(folder), simulator, clock, folder)
    await trial.prepare()
    trial.kept = await trial.store.keep()
    trial.store.heal()
    const { exit, error } = await trial.run()
    if (error) throw error
    trial.writes = trial.store.heal().writes
    trial.undisturbed = { held: await trial.held(), exit }
    return trial
  }

  async close(): Promise<void> {
    await this.store.close()
    await this.simulator.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** A run whose n-th write fails, then one that is left alone: afterwards nobody can tell. Gives whether it did fail. */
  async suffer(n: number, injury: Injury): Promise<boolean> {
    const { store, undisturbed, course } = this
    const about = `${course}, write ${n} of ${this.writes}, ${JSON.stringify(injury)}`
    await store.restore(this.kept as Kept)
    this.log.length = 0
    store.spoil(n, injury)
    const { exit, error } = await this.run()
    const { failed } = store.heal()
    if (error) {
      expect([exit, error.kind], `${about}: ${error.message}`).to.deep.equal([5, 'unavailable'])
      expect(error.code, about).to.be.oneOf(store.codes(injury))
      expect(error.remedy ?? '', about).not.to.equal('')
    } else {
      expect(exit, about).to.equal(undisturbed?.exit)
      // A lease that could not be given back runs out by itself.
      const isTold = this.log.some(({ fields }) => store.codes(injury).includes(String(fields['code'])))
      const mayBeTriedAgain = !store.mustTell(injury)
      expect(failed === 0 || n === this.writes || isTold || mayBeTriedAgain, `${about}: nothing was said`).to.equal(
        true,
      )
    }
    await store.letTimePass()
    this.clock.advance(STILL)
    const between = await this.held()
    expect(between.outcome.broken, `${about}: in between`).to.deep.equal([])
    if (course === 'initial') expectWholePages(between, about)
    const next = await this.run()
    expect(next.error?.message ?? null, `${about}, then`).to.equal(null)
    // What has been undone is not undone again: those rows have changed since.
    const isUndone = course === 'undo' && error === null
    expect(next.exit, `${about}, then`).to.be.oneOf(isUndone ? [3] : [0, undisturbed?.exit])
    expect(linesOf(await this.held()), `${about}, in the end`).to.deep.equal(linesOf(undisturbed?.held))
    return failed > 0
  }

  private async prepare(): Promise<void> {
    const groups = await this.foundGroups()
    if (this.course === 'initial') return
    await this.succeed()
    this.change(groups)
    if (this.course === 'incremental') return
    this.changedBy = await this.succeed()
    const { directory } = this.simulator
    if (this.course === 'resync') directory.softDelete(directory.byIndex(5).id)
    if (this.course === 'approved') await this.approve()
  }

  private succeed(): Promise<string> {
    return this.within(async (app) => {
      const { run, error } = await app.sync({ ...BY_HAND, full: false, signal: new AbortController().signal })
      if (error) throw error
      return run.runId
    })
  }

  private async foundGroups(): Promise<{ readonly staff: string; readonly temps: string }> {
    const { directory, groups } = this.simulator
    const ids = [...directory.all()].map(({ id }) => id)
    const most = (ids.length * 3) / 4
    const staff = groups.create({ displayName: "O'Hara's Büro" }, ids.slice(0, most)).id
    const temps = groups.create({ displayName: 'Saisonkräfte 🌞' }, ids.slice(most)).id
    await mkdir(join(this.folder, 'config'))
    await writeFile(join(this.folder, 'config', 'scope.json'), JSON.stringify({ groups: [staff, temps] }))
    return { staff, temps }
  }

  /** Everybody gets another job; two are deleted, one disabled, one leaves a group, one is hired, and a group is deleted. */
  private change({ staff, temps }: { readonly staff: string; readonly temps: string }): void {
    const { directory, groups } = this.simulator
    for (const { id } of [...directory.all()]) directory.update(id, { jobTitle: 'Lead' })
    for (const at of [1, 10]) directory.softDelete(directory.byIndex(at).id)
    directory.disable(directory.byIndex(2).id)
    groups.removeMembers(staff, [directory.byIndex(3).id])
    groups.addMembers(staff, [directory.create({ displayName: 'Zoë Ñúñez-李' }).id])
    groups.softDelete(temps)
  }

  private approve(): Promise<void> {
    return this.within(async ({ store }) => {
      const [hold] = await store.holds.list({ all: false, limit: 1 })
      if (!hold) throw new Error('nobody is held')
      const decision = { verdict: 'approve', by: 'Ana', cause: null, user: null, reason: 'They left.' } as const
      const decisions = [{ ...decision, at: this.clock.now().toISOString() }]
      await store.holds.put({ ...hold, decisions, revision: hold.revision + 1 })
    })
  }

  private async run(): Promise<Ended> {
    const { course, changedBy: runId } = this
    const { signal } = new AbortController()
    try {
      return await this.within(async (app) => {
        const ended =
          course === 'undo'
            ? await app.undo({ runId, by: 'Ana', dryRun: false, signal })
            : await app.sync({ ...BY_HAND, full: course === 'resync', signal })
        return { exit: exitCodeOf(ended), error: ended.error }
      })
    } catch (error) {
      if (error instanceof ConnectorError) return { exit: error.exitCode, error }
      throw error
    }
  }

  /** In a process of its own, as far as the store can tell. */
  private async within<T>(work: (app: App) => Promise<T>): Promise<T> {
    const env = { ...this.simulator.settings(), AHEAD_APP_ID: '', GIVE_UP_AFTER: '3s', STORE_URL: this.store.url }
    const read = readConfig({ env, cwd: this.folder, tty: false, needs: 'microsoft' })
    if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
    const app = await openApp({ ...read, log: recorder(this.log), now: this.clock.now })
    try {
      return await work(app)
    } finally {
      await app.close()
    }
  }

  private held(): Promise<Held> {
    return this.within(async ({ store }) => {
      const { people, ...outcome } = await storeOutcome(store)
      const holds = await store.holds.list({ all: true, limit: 10 })
      const { removed } = await store.feed('directory')
      return {
        outcome: {
          ...outcome,
          people: Object.fromEntries(
            Object.entries(people).map(([id, [user, history]]) => [id, [timeless(user), history]]),
          ),
        },
        // One that was stored before the write that would have held people in it is closed by the next run.
        holds: holds
          .filter(({ ended }) => ended !== 'closed')
          .map(({ held, ended, decisions }) => ({ held, ended, decisions: decisions.length })),
        removed: removed.reduce((sum, { count }) => sum + count, 0),
      }
    })
  }
}

/** The groups leave nobody out at first. */
function expectWholePages({ outcome }: Held, about: string): void {
  expect(Object.keys(outcome.people).length % (PEOPLE.initial / PAGES), `${about}: half a page`).to.equal(0)
}

/** Without when somebody was removed, and the id of their hold. */
function timeless({ removal, ...user }: Partial<User>): Partial<User> {
  if (!removal) return { ...user, removal: null }
  return { ...user, removal: { ...removal, at: '', hold: removal.hold === null ? null : 'a hold' } }
}

/** As lines, which a failed test shows one beside the other. */
function linesOf(held: Held | undefined): string[] {
  const { people = {}, ...outcome } = held?.outcome ?? {}
  return [
    JSON.stringify({ ...held, outcome }),
    ...Object.entries(people).map(([id, person]) => `${id} ${JSON.stringify(person)}`),
  ]
}
