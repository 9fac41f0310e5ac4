import type { Directory, Entry, News } from './directory.js'
import { accountOf, isThere, settleAccount, wordOn, type Held, type Row, type Settings, type Wait } from './rows.js'

/**
 * What a run ought to make of everybody, computed the plain way from the rules in words: no pages, no commits, nothing
 * remembered but the rows. Seats are handed out elsewhere: whoever has one keeps it.
 */

const DAY_MS = 24 * 60 * 60 * 1000

export interface Model {
  rows: Map<string, Row>
  holds: Map<string, Held>
  /** When how many were removed without anybody being asked. */
  removed: { at: number; count: number }[]
  /** How far the journal was read; null: nobody was ever read. */
  since: number | null
  /** Under which rules and with which members everybody was judged last. */
  judged: { rules: string | null; members: string | null }
}

export interface Running {
  readonly directory: Directory
  readonly settings: Settings
  readonly full: boolean
  readonly now: number
}

export const NEW_MODEL = (): Model => ({
  rows: new Map(),
  holds: new Map(),
  removed: [],
  since: null,
  judged: { rules: null, members: null },
})

type Judged = { in: true; through: string | null } | { in: false; about: string; ask: boolean } | { in: 'unknown' }

interface Claim {
  readonly presence: Row['presence']
  readonly about: string
  readonly ask?: boolean
}

/** Changes the model in place; `newHold` names the hold this run makes, if any. */
export function run(model: Model, running: Running, newHold: string): void {
  const { directory, settings, now } = running
  const whole = running.full || model.since === null
  for (const news of directory.news(whole ? null : model.since)) hear(news)
  if (whole) {
    const named = new Set(directory.news(null).map(({ entry }) => entry.id))
    for (const row of model.rows.values()) row.candidate = isPresent(row) && !named.has(row.id)
  }
  model.since = directory.position
  for (const row of model.rows.values()) if (row.candidate && isPresent(row)) askAbout(row)
  judgeEverybody()
  for (const row of rowsThat('protected'))
    if (!settings.neverRemove.has(row.id)) wait(row, { state: 'noted', hold: null })
  for (const hold of model.holds.values()) if (hold.open) actOn(hold)
  settle()

  function rowsThat(state: Wait['state']): Row[] {
    return [...model.rows.values()].filter((row) => row.wait?.state === state)
  }

  function through(id: string): string | null | undefined {
    const readable = settings.groups.filter((group) => !directory.unreadable.has(group)).sort()
    const found = readable.find((group) => !isDeleted(group) && directory.members(group).has(id))
    return found ?? (readable.length < settings.groups.length ? undefined : null)
  }

  function isDeleted(group: string): boolean {
    return directory.groups.get(group)?.deleted === true && !directory.unreadable.has(group)
  }

  function judge(id: string, department: string | null, former: string | null): Judged {
    const group = settings.groups.length === 0 ? null : through(id)
    if (group === undefined) return { in: 'unknown' }
    if (settings.groups.length > 0 && group === null)
      return former === null
        ? { in: false, about: 'groups', ask: settings.groups.some(isDeleted) }
        : { in: false, about: `group:${former}`, ask: isDeleted(former) }
    const fits = settings.departments === null || settings.departments.includes(department ?? '')
    return fits ? { in: true, through: group } : { in: false, about: 'rule', ask: false }
  }

  function hear(news: News): void {
    const { entry } = news
    const row = model.rows.get(entry.id)
    if (entry.state !== 'live') return row && heardGone(row, entry, false)
    const isFragment = !whole && !news.whole
    const needsLookUp = isFragment && (row ? !isThere(row) : !isOut(entry, news))
    if (needsLookUp && directory.failing.has(entry.id)) return
    if (!row && isFragment && !needsLookUp) return
    heardLive(entry, needsLookUp || !isFragment ? null : news, whole, false)
  }

  /** Whether a fragment alone says that somebody new is out. */
  function isOut({ id, department }: Entry, { properties }: News): boolean {
    if (settings.groups.length > 0 && through(id) === null) return true
    return (
      settings.departments !== null && properties.has('department') && !settings.departments.includes(department ?? '')
    )
  }

  function heardGone(row: Row, { state }: Entry, proven: boolean): void {
    if (row.presence === 'soft-deleted' || row.presence === 'gone') return
    claim(row, { presence: state === 'gone' ? 'gone' : 'soft-deleted', about: 'deleted' }, proven)
  }

  /** `fragment` names what it says; null: everything. */
  function heardLive(entry: Entry, fragment: News | null, resync: boolean, proven: boolean): void {
    const known = model.rows.get(entry.id)
    const says = (property: 'name' | 'department' | 'enabled'): boolean => fragment?.properties.has(property) ?? true
    const former = known?.through ?? null
    const department = known && !says('department') ? known.department : entry.department
    const verdict = judge(entry.id, department, former)
    const presence = entry.enabled ? 'enabled' : 'disabled'
    if (!known) {
      if (verdict.in !== true) return
      model.rows.set(entry.id, newcomer(entry, presence, verdict.through))
      return
    }
    if (says('name')) known.name = entry.name
    known.department = department
    if (known.presence === 'undone' && !resync) return
    const waitsOutside = known.wait?.presence === 'out-of-scope'
    if (verdict.in === true) known.through = verdict.through
    if (verdict.in === false) claim(known, { presence: 'out-of-scope', about: verdict.about, ask: verdict.ask }, proven)
    // Whoever waits is enabled or not meanwhile.
    const isStillOut = waitsOutside && known.wait?.about === 'rule' && !says('department')
    if (verdict.in === false || (verdict.in === 'unknown' && waitsOutside) || isStillOut) {
      if (known.wait?.presence === 'out-of-scope' && says('enabled')) known.presence = presence
      return settleAccount(known, settings, model.rows)
    }
    if (verdict.in === 'unknown' && known.presence === 'out-of-scope') return
    if (says('enabled') || !isPresent(known)) claim(known, { presence, about: 'disabled' }, proven)
    else if (known.wait?.presence !== 'disabled') claim(known, { presence: known.presence, about: 'disabled' }, proven)
  }

  function newcomer({ id, name, department }: Entry, presence: Row['presence'], group: string | null): Row {
    const row: Row = {
      ...{ id, name, department, presence, through: group, decision: null, seat: false, wait: null, candidate: false },
      ...{ account: 'inactive', reason: null },
    }
    settleAccount(row, settings, model.rows)
    return row
  }

  /** What takes access away is noted, unless it is what somebody has been asked about already. */
  function claim(row: Row, { presence, about, ask = false }: Claim, proven: boolean): void {
    const then = accountOf({ ...row, presence, wait: null }, settings)
    const isOut = then.account === 'inactive' && isDirectorys(then.reason)
    // Who has been asked about stays as asked, an admin's deactivation or not.
    const takes = isOut && (row.account !== 'inactive' || row.wait?.about === about)
    if (!takes) Object.assign(row, { presence, wait: null })
    else if (row.wait?.about !== about) row.wait = { state: 'noted', about, ask, presence, proven, hold: null }
    settleAccount(row, settings, model.rows)
  }

  function askAbout(row: Row): void {
    if (directory.failing.has(row.id)) return
    row.candidate = false
    lookUp(row)
  }

  function lookUp(row: Row): void {
    const entry = directory.people.get(row.id) as Entry
    if (entry.state === 'live') heardLive(entry, null, true, true)
    else heardGone(row, entry, true)
  }

  function judgeEverybody(): void {
    const unread = settings.groups.some((group) => directory.unreadable.has(group))
    const members = unread ? model.judged.members : JSON.stringify(settings.groups.map(membersOf))
    const rules = settings.disabledAccounts
    const isFirst = model.judged.rules === null
    if (!isFirst && rules === model.judged.rules && members === model.judged.members) return
    let failed = 0
    if (!isFirst) {
      for (const row of model.rows.values()) failed += judgeAgain(row)
      for (const entry of directory.people.values()) failed += comeIn(entry)
    }
    model.judged = { rules, members: failed > 0 ? null : members }
  }

  function membersOf(group: string): unknown {
    return isDeleted(group) ? 'deleted' : [...directory.members(group)].sort()
  }

  /** 1 where they could not be looked up. */
  function judgeAgain(row: Row): number {
    const verdict = judge(row.id, row.department, row.through)
    if (isPresent(row)) {
      const { wait: waiting } = row
      if (waiting?.about === 'disabled' && settings.disabledAccounts === 'frozen') row.wait = null
      if (waiting?.about === 'deleted') return 0
      if (verdict.in === false) claim(row, { presence: 'out-of-scope', about: verdict.about, ask: verdict.ask }, false)
      else if (verdict.in === true) {
        row.through = verdict.through
        if (waiting?.presence !== 'disabled' && waiting?.about !== 'rule')
          claim(row, { presence: row.presence, about: 'disabled' }, false)
      } else if (waiting === null) claim(row, { presence: row.presence, about: 'disabled' }, false)
      settleAccount(row, settings, model.rows)
      return 0
    }
    if (row.presence !== 'out-of-scope' || verdict.in !== true) return 0
    if (directory.failing.has(row.id)) return 1
    lookUp(row)
    return 0
  }

  /** Members of the groups nobody has told us of. */
  function comeIn(entry: Entry): number {
    if (settings.groups.length === 0 || model.rows.has(entry.id) || typeof through(entry.id) !== 'string') return 0
    if (directory.failing.has(entry.id)) return 1
    heardLive(entry, null, true, true)
    return 0
  }

  function wait(row: Row, change: Partial<Wait>): void {
    if (!row.wait) return
    row.wait = { ...row.wait, ...change }
    if (row.wait.presence === 'disabled' && row.wait.state !== 'noted') row.presence = 'disabled'
    settleAccount(row, settings, model.rows)
  }

  function remove(row: Row): void {
    if (!row.wait) return
    row.presence = row.wait.presence
    row.wait = null
    settleAccount(row, settings, model.rows)
  }

  function actOn(hold: Held): void {
    const expired = now > hold.expiresAt
    for (const row of rowsThat('held').filter((one) => one.wait?.hold === hold.key)) {
      const verdict = wordOn(hold, row.id)
      if (settings.neverRemove.has(row.id)) wait(row, { state: 'protected', hold: null })
      else if (verdict === 'reject') wait(row, { state: 'rejected' })
      else if (expired) wait(row, { state: 'noted', hold: null, ask: true })
      else if (verdict === 'approve' && !directory.failing.has(row.id)) approve(row)
    }
    hold.open = rowsThat('held').some((row) => row.wait?.hold === hold.key)
  }

  function approve(row: Row): void {
    const { entry, left } = askedGroups(row)
    if (entry.state === 'live' && left !== null) row.through = left
    if (entry.state !== 'live' && row.wait?.about !== 'deleted') return remove(row)
    lookUp(row)
    if (row.wait?.state === 'held') remove(row)
  }

  function askedGroups(row: Row): { entry: Entry; left: string | null } {
    const entry = directory.people.get(row.id) as Entry
    return {
      entry,
      left: settings.groups.find((group) => !isDeleted(group) && directory.members(group).has(row.id)) ?? null,
    }
  }

  function settle(): void {
    for (const row of rowsThat('noted'))
      if (settings.neverRemove.has(row.id)) wait(row, { state: 'protected', hold: null })
    const leaving = ({ account, wait: waiting }: Row): boolean => account !== 'inactive' || waiting?.ask === true
    const noted = rowsThat('noted').filter(leaving)
    const people = [...model.rows.values()].filter(({ account }) => account !== 'inactive').length
    const over = isOver(noted.length, people)
    const unproven = (row: Row): boolean =>
      row.wait?.about.startsWith('group') === true && !row.wait.proven && !row.wait.ask
    for (const row of rowsThat('noted')) {
      const leaves = leaving(row)
      if (leaves && (over || row.wait?.ask)) wait(row, { state: 'held', hold: newHold })
      else if (unproven(row) && directory.failing.has(row.id)) continue
      else {
        if (leaves) countRemoved()
        remove(row)
      }
    }
    if (rowsThat('held').some((row) => row.wait?.hold === newHold))
      model.holds.set(newHold, { key: newHold, expiresAt: now + settings.holdsExpireMs, decisions: [], open: true })
  }

  function isOver(count: number, people: number): boolean {
    model.removed = model.removed.filter(({ at }) => now - at < 7 * DAY_MS)
    const before = model.removed.reduce((sum, one) => sum + one.count, 0)
    const above = (n: number, of: number): boolean => n > settings.limit.count && n * 100 > settings.limit.percent * of
    return above(count, people) || (count > 0 && above(count + before, people + before))
  }

  function countRemoved(): void {
    model.removed.push({ at: now, count: 1 })
  }
}

function isPresent({ presence }: Row): boolean {
  return presence === 'enabled' || presence === 'disabled'
}

function isDirectorys(reason: string | null): boolean {
  return reason === 'disabled-in-entra' || reason === 'deleted-in-entra' || reason === 'out-of-scope'
}
