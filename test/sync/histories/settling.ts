import type { Model } from './model.js'
import { settleAccount, type Row, type Settings, type Wait } from './rows.js'

/** What is to become of those who are to be removed: all of a run's together. */

const DAY_MS = 24 * 60 * 60 * 1000

interface Settling {
  readonly settings: Settings
  readonly now: number
  readonly failing: ReadonlySet<string>
  /** Of whom a group that cannot be read may decide. */
  readonly isOpen: (row: Row) => boolean
}

export function rowsThat(model: Model, state: Wait['state']): Row[] {
  return [...model.rows.values()].filter((row) => row.wait?.state === state)
}

export function wait({ rows }: Model, row: Row, change: Partial<Wait>, settings: Settings): void {
  if (!row.wait) return
  row.wait = { ...row.wait, ...change }
  if (row.wait.presence === 'disabled' && row.wait.state !== 'noted') row.presence = 'disabled'
  settleAccount(row, settings, rows)
}

export function remove({ rows }: Model, row: Row, settings: Settings): void {
  if (!row.wait) return
  row.presence = row.wait.presence
  row.wait = null
  settleAccount(row, settings, rows)
}

/** Above the limits all wait; below them only those who must be asked about, and those nobody could be asked about. */
export function settle(model: Model, { settings, now, failing, isOpen }: Settling, newHold: string): void {
  for (const row of rowsThat(model, 'noted'))
    if (settings.neverRemove.has(row.id)) wait(model, row, { state: 'protected', hold: null }, settings)
  const noted = rowsThat(model, 'noted')
  const over = isOver(model, noted.filter(leaves).length, { now, settings })
  for (const row of noted)
    if (leaves(row) && (over || row.wait?.ask)) wait(model, row, { state: 'held', hold: newHold }, settings)
    else if (!(isUnproven(row) && failing.has(row.id)) && !isUndecided(row, isOpen)) {
      if (leaves(row)) model.removed.push({ at: now, count: 1 })
      remove(model, row, settings)
    }
  const expiresAt = now + settings.holdsExpireMs
  if (rowsThat(model, 'held').some((row) => row.wait?.hold === newHold))
    model.holds.set(newHold, { key: newHold, expiresAt, decisions: [], open: true })
}

function leaves({ account, wait: waiting }: Row): boolean {
  return account !== 'inactive' || waiting?.ask === true
}

/** A listing of members may be short. */
function isUnproven({ wait: waiting }: Row): boolean {
  return waiting?.about.startsWith('group') === true && !waiting.proven && !waiting.ask
}

export function isUndecided(row: Row, isOpen: Settling['isOpen']): boolean {
  const { presence, about, ask } = row.wait ?? {}
  return presence === 'out-of-scope' && !ask && !about?.startsWith('group') && isOpen(row)
}

function isOver(model: Model, count: number, { now, settings }: Pick<Settling, 'now' | 'settings'>): boolean {
  const people = [...model.rows.values()].filter(({ account }) => account !== 'inactive').length
  model.removed = model.removed.filter(({ at }) => now - at < 7 * DAY_MS)
  const before = model.removed.reduce((sum, one) => sum + one.count, 0)
  const { limit } = settings
  const above = (n: number, of: number): boolean => n > limit.count && n * 100 > limit.percent * of
  return count > 0 && (above(count, people) || above(count + before, people + before))
}
