import { expect } from 'chai'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Account, User } from '../../src/domain/user.js'
import { exitCodeOf } from '../../src/jobs/runner.js'
import type { Simulator } from '../../src/simulator/server.js'
import { CompanyLife } from './company-life.js'
import { aTenant, Clock, type Tenant } from './tenant.js'

/** How a trial goes: the run that meets the faults, for whom, with which limits. */
export interface Course {
  readonly kind: 'initial' | 'incremental' | 'resync'
  readonly scoped: boolean
  readonly people: number
  /** `none`: so high that nothing is ever held. */
  readonly limits: 'default' | 'none'
}

/** Something that goes wrong between the tenant and us. */
export interface Calamity {
  readonly name: string
  /** Orders it. What it gives takes back what clearing the simulator's faults does not. */
  strike(world: World): (() => void) | undefined
  /** Exit codes a run may end with that meets it. */
  exits(course: Course): readonly number[]
  /** Nobody can see that something is missing: what was lost comes with the next full pass. */
  readonly silent?: true
  /** Mostly waiting. */
  readonly slow?: true
  /** Concerns runs with assigned groups only. */
  readonly groupsOnly?: true
}

export interface World {
  readonly simulator: Simulator
  /** Ours and Microsoft's. */
  readonly clock: Clock
}

export function nameOf({ kind, scoped, people, limits }: Course): string {
  return `${kind}, ${scoped ? 'groups' : 'everyone'}, ${people} people, ${limits} limits`
}

const WEEK_AND_A_DAY_MS = 8 * 86_400_000

/**
 * One tenant that lives through calamities, one after the other. Each time its people change, a run meets the calamity,
 * it passes, and the next run makes everything right.
 */
export class Trial {
  private stores = 0

  private constructor(
    readonly course: Course,
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly life: CompanyLife,
  ) {}

  static async open(course: Course): Promise<Trial> {
    const clock = new Clock(new Date('2026-03-02T08:00:00Z'))
    const tenant = await aTenant({
      users: course.people,
      pageSize: course.people / 5,
      clock,
      roles: ['User.Read.All', 'GroupMember.Read.All'],
      env: {
        AHEAD_APP_ID: '',
        RECONCILE_EVERY: '3650d',
        GIVE_UP_AFTER: '2s',
        ...(course.limits === 'none' ? { REMOVAL_LIMIT_COUNT: '1000000' } : {}),
      },
    })
    const life = new CompanyLife(tenant.simulator)
    const { groups } = life
    if (course.scoped) {
      await mkdir(join(tenant.directory, 'config'))
      await writeFile(join(tenant.directory, 'config', 'scope.json'), JSON.stringify({ groups }))
      await tenant.reopen()
    }
    if (course.kind !== 'initial') await tenant.sync()
    return new Trial(course, tenant, clock, life)
  }

  close(): Promise<void> {
    return this.tenant.close()
  }

  async suffer(calamity: Calamity): Promise<void> {
    const { tenant, clock, course } = this
    const { simulator } = tenant
    const about = `${nameOf(course)}: ${calamity.name}`
    // Removals of the last seven days count towards the limits.
    clock.advance(WEEK_AND_A_DAY_MS)
    this.life.goOn()
    if (course.kind === 'initial')
      await tenant.reopen({ STORE_URL: `sqlite:${(this.stores += 1)}.db`, ...this.limits() })
    const before = await this.people()
    simulator.faults.clear()
    const over = calamity.strike({ simulator, clock })
    const met = await tenant.sync({ full: course.kind === 'resync' })
    const after = await this.people()
    expect(exitCodeOf(met), `${about}: ${JSON.stringify(met.error?.message ?? met.run.users)}`).to.be.oneOf(
      calamity.exits(course),
    )
    expect(this.wronged(before, after), `${about}: wronged`).to.deep.equal([])
    simulator.faults.clear()
    over?.()
    await this.heal(calamity, about)
  }

  private limits(): Readonly<Record<string, string>> {
    return this.course.limits === 'none' ? { REMOVAL_LIMIT_COUNT: '1000000' } : {}
  }

  private async heal({ silent }: Calamity, about: string): Promise<void> {
    const { tenant } = this
    const next = await tenant.sync({ full: silent === true })
    expect(exitCodeOf(next), `${about}, then: ${next.error?.message ?? JSON.stringify(next.run.users)}`).to.equal(0)
    await this.approveHeld(about)
    expect(written(await this.shown()), `${about}: in the end`).to.deep.equal(written(this.truth()))
  }

  /** Whoever still waits really is to go: nobody is asked about in vain. */
  private async approveHeld(about: string): Promise<void> {
    const { store } = this.tenant.app
    const truth = this.truth()
    const holds = await store.holds.list({ all: false, limit: 10 })
    for (const hold of holds) {
      const held = await store.removals({ state: 'held', hold: hold.id, limit: 1000 })
      const inVain = held.filter(({ entraObjectId }) => truth.has(entraObjectId ?? ''))
      expect(
        inVain.map(({ displayName }) => displayName),
        `${about}: held in vain`,
      ).to.deep.equal([])
      const decision = { verdict: 'approve', by: 'Ana', cause: null, user: null, reason: null } as const
      const decisions = [...hold.decisions, { ...decision, at: this.clock.now().toISOString() }]
      await store.holds.put({ ...hold, decisions, revision: hold.revision + 1 })
    }
    if (holds.length > 0) await this.tenant.sync()
  }

  /** Who ought to have access, and have lost it. */
  private wronged(before: ReadonlyMap<string, User>, after: ReadonlyMap<string, User>): string[] {
    const truth = this.truth()
    return [...after].flatMap(([id, { account, displayName }]) => {
      const ought = truth.get(id)?.account
      const hasLost = ought === 'active' ? account !== 'active' : ought === 'frozen' && account === 'inactive'
      return hasLost && before.get(id)?.account !== account ? [`${displayName ?? id}: ${account}`] : []
    })
  }

  private async people(): Promise<Map<string, User>> {
    return new Map((await this.tenant.everyone()).map((user) => [user.entraObjectId ?? user.id, user]))
  }

  /** As the connector has them, without whoever is inactive. */
  private async shown(): Promise<Map<string, Shown>> {
    const here = [...(await this.people())].filter(([, { account }]) => account !== 'inactive')
    return new Map(here.sort(byId).map(([id, { account, jobTitle }]) => [id, { account, jobTitle }]))
  }

  /** As it ought to be. */
  private truth(): Map<string, Shown> {
    const { directory, groups } = this.tenant.simulator
    const members = new Set(this.life.groups.flatMap((group) => groups.membersOf(group, true).map(({ id }) => id)))
    const here = [...directory.all()].filter(({ id }) => !this.course.scoped || members.has(id))
    return new Map(
      here
        .map(({ id, accountEnabled, jobTitle }): [string, Shown] => [
          id,
          {
            account: accountEnabled === false ? 'frozen' : 'active',
            jobTitle: (jobTitle as string | undefined) ?? null,
          },
        ])
        .sort(byId),
    )
  }
}

interface Shown {
  readonly account: Account
  readonly jobTitle: string | null
}

/** As lines, which a failed test shows one beside the other. */
function written(people: ReadonlyMap<string, Shown>): string[] {
  return [...people].map(([id, { account, jobTitle }]) => `${id} ${account} ${jobTitle ?? '–'}`)
}

function byId([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}
