import type { Simulator } from '../../src/simulator/server.js'

const NEWCOMERS = ["Zoë O'Brien-Ñúñez", '山田 太郎', 'مريم الحسن', '🦊 Fuchs', 'Jürgen   Ø’Malley', '-', 'Ana']

/** What goes on in a simulated company: every kind of change, a few people at a time, the same in every test. */
export class CompanyLife {
  /** Two groups with two thirds of the people in them, one of them with another group within. */
  readonly groups: readonly [string, string]
  private round = 0
  private readonly staff: readonly string[]
  private readonly newcomers: string[] = []
  private gone: string | null = null
  private disabled: string | null = null
  private left: string | null = null

  constructor(private readonly simulator: Simulator) {
    const { directory, groups } = simulator
    this.staff = [...directory.all()].map(({ id }) => id)
    const sixth = (...wanted: number[]): string[] => this.staff.filter((_, n) => wanted.includes(n % 6))
    const branch = groups.create({ displayName: 'Zweigstelle „Süd“' }, sixth(1))
    const office = groups.create({ displayName: "Everyone's office" }, [branch.id, ...sixth(2, 3)])
    const tokyo = groups.create({ displayName: '東京オフィス' }, sixth(3, 4))
    this.groups = [office.id, tokyo.id]
  }

  /** Most people get another job; one is hired, one deleted, one disabled, one leaves a group, and as many come back. */
  goOn(): void {
    const { directory, groups } = this.simulator
    const [, tokyo] = this.groups
    this.round += 1
    if (this.gone !== null) directory.restore(this.gone)
    if (this.disabled !== null) directory.enable(this.disabled)
    if (this.left !== null) groups.addMembers(tokyo, [this.left])
    for (const [n, id] of this.staff.entries())
      if (n % 5 !== this.round % 5) directory.update(id, { jobTitle: `Job ${this.round}` })
    this.gone = this.someone(3, 1)
    this.disabled = this.someone(3, 2)
    this.left = this.someone(6, 4)
    directory.softDelete(this.gone)
    directory.disable(this.disabled)
    groups.removeMembers(tokyo, [this.left])
    const hired = directory.create({ displayName: NEWCOMERS[this.round % NEWCOMERS.length] ?? null })
    groups.addMembers(tokyo, [hired.id])
    const [oldest] = this.newcomers.splice(0, this.newcomers.length > 1 ? 1 : 0)
    if (oldest !== undefined) directory.purge(oldest)
    this.newcomers.push(hired.id)
  }

  /** Another one every time, of those whose place divided by `by` leaves `rest`. */
  private someone(by: number, rest: number): string {
    const some = this.staff.filter((id, n) => n % by === rest && id !== this.gone && id !== this.disabled)
    return some[this.round % some.length] ?? ''
  }
}
