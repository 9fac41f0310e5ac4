import { PROFILE_FIELDS, type User, type UserChange } from '../domain/user.js'
import { labelOf } from '../domain/history-words.js'
import { table, type Column } from './layout.js'

/** What a preview would make of whom: each person once, from how they are to how they would be. */

const SHOWN = 50

interface Planned {
  readonly before: User | null
  readonly after: User
}

export class PlannedPeople {
  readonly #people = new Map<string, Planned>()

  /** Several steps of one person become one. */
  add(changes: readonly UserChange[]): void {
    for (const { before, after } of changes) {
      const first = this.#people.get(after.id)
      this.#people.set(after.id, { before: first ? first.before : before, after })
    }
  }

  lines(): string[] {
    const rows: string[][] = []
    for (const planned of this.#people.values()) {
      if (rows.length === SHOWN) break
      const { displayName, userPrincipalName } = planned.after
      rows.push([displayName ?? '–', userPrincipalName ?? '–', wouldBe(planned)])
    }
    if (rows.length === 0) return []
    const more = this.#people.size - rows.length
    return [table(COLUMNS, rows), ...(more > 0 ? [`… and ${more.toLocaleString('en')} more`] : [])]
  }
}

const COLUMNS: readonly Column[] = [
  { title: 'Name', narrow: 'cut' },
  { title: 'User name', narrow: 'cut' },
  { title: 'Would be', narrow: 'cut' },
]

function wouldBe({ before, after }: Planned): string {
  return before === null ? created(after) : (removal(before, after) ?? changed(before, after))
}

function created({ account, status }: User): string {
  const parts = [account === 'active' ? null : account, status === 'never-logged-in' ? null : status]
  return ['created', ...parts.filter((part) => part !== null)].join(', ')
}

/** Null where nothing is decided over somebody's access. */
function removal(before: User, after: User): string | null {
  const { removal: now } = after
  if (before.removal?.state === now?.state && before.account === after.account) return null
  switch (now?.state) {
    case 'held':
      return `held: ${now.cause.text}`
    case 'done':
      return `${before.account} → ${after.account}: ${now.cause.text}`
    case 'rejected':
      return `kept, as decided: ${now.cause.text}`
    case 'protected':
      return `kept, never removed: ${now.cause.text}`
    default:
      return before.removal?.state === 'held' && before.account === after.account ? 'held no more' : null
  }
}

function changed(before: User, after: User): string {
  const states = (['account', 'status'] as const).filter((field) => before[field] !== after[field])
  if (states.length > 0) return states.map((field) => `${before[field]} → ${after[field]}`).join(', ')
  const fields = PROFILE_FIELDS.filter((field) => before[field] !== after[field]).map(labelOf)
  return fields.length === 0 ? 'updated' : `updated: ${fields.join(', ')}`
}
