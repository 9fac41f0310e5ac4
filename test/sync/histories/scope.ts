import { aboutGroups } from '../../../src/domain/scope.js'
import type { Directory, News } from './directory.js'
import type { Settings } from './rows.js'

export type Judged =
  { in: true; through: string | null } | { in: false; about: string; ask: boolean } | { in: 'unknown' }

/** Who is in scope by the rules in words, as far as the groups can be read. */
export class Scope {
  constructor(
    private readonly directory: Directory,
    private readonly settings: Settings,
  ) {}

  /** The group somebody is in scope through; undefined: nobody can tell. */
  through(id: string): string | null | undefined {
    const { groups } = this.settings
    const readable = groups.filter((group) => !this.directory.unreadable.has(group)).sort()
    const found = readable.find((group) => !this.isDeleted(group) && this.directory.members(group).has(id))
    return found ?? (readable.length < groups.length ? undefined : null)
  }

  isDeleted(group: string): boolean {
    return this.directory.groups.get(group)?.deleted === true && !this.directory.unreadable.has(group)
  }

  judge(id: string, department: string | null, former: string | null): Judged {
    const { groups } = this.settings
    const group = groups.length === 0 ? null : this.through(id)
    if (group === undefined) return { in: 'unknown' }
    if (groups.length > 0 && group === null)
      return former === null
        ? { in: false, about: aboutGroups(groups), ask: groups.some((one) => this.isDeleted(one)) }
        : {
            in: false,
            about: `group${this.isDeleted(former) ? '-deleted' : ''}:${former}`,
            ask: this.isDeleted(former),
          }
    return this.fits(department) ? { in: true, through: group } : { in: false, about: 'rule', ask: false }
  }

  /** Whether a fragment alone says that somebody new is out. */
  leavesOut({ entry: { id, department }, properties }: News): boolean {
    if (this.settings.groups.length > 0 && this.through(id) === null) return true
    return properties.has('department') && !this.fits(department)
  }

  /** Who is in which group. */
  members(): string {
    const { groups } = this.settings
    return JSON.stringify(
      groups.map((group) => (this.isDeleted(group) ? 'deleted' : [...this.directory.members(group)].sort())),
    )
  }

  fits(department: string | null): boolean {
    const { departments } = this.settings
    return departments === null || departments.includes(department ?? '')
  }
}
