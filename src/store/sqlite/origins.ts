import type { HistoryEntry } from '../../domain/user.js'
import type { Database } from './database.js'

/** The history entries people came with. A page of newcomers mostly shares them: they are kept once per commit. */
export class Origins {
  readonly #numbers = new Map<string, number>()
  #last: { readonly entries: readonly HistoryEntry[]; readonly no: number } | null = null

  constructor(private readonly db: Database) {}

  numberOf(entries: readonly HistoryEntry[]): number {
    if (this.#last && areSame(entries, this.#last.entries)) return this.#last.no
    const json = JSON.stringify(entries)
    const no = this.#numbers.get(json) ?? this.#add(json)
    this.#last = { entries, no }
    return no
  }

  #add(json: string): number {
    const no = Number(this.db.statement('INSERT INTO origins (entries) VALUES (?)').run(json).lastInsertRowid)
    this.#numbers.set(json, no)
    return no
  }
}

/** Cheaper than comparing JSON; false for what only might be the same. */
function areSame(a: readonly HistoryEntry[], b: readonly HistoryEntry[]): boolean {
  return a.length === b.length && a.every((entry, i) => isSame(entry, b[i]))
}

function isSame(a: HistoryEntry, b: HistoryEntry | undefined): boolean {
  return b?.at === a.at && b.from === a.from && b.to === a.to && b.cause === a.cause && hasSame(a.evidence, b.evidence)
}

function hasSame(a: HistoryEntry['evidence'], b: HistoryEntry['evidence']): boolean {
  if (a === null || b === null) return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && a[key] === b[key])
}
