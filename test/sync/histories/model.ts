import type { Directory, Entry, News } from './directory.js'
import {
  accountOf,
  isDirectorys,
  isPresent,
  isThere,
  settleAccount,
  wordOn,
  type Held,
  type Row,
  type Settings,
} from './rows.js'
import { Scope } from './scope.js'
import { isUndecided, remove, rowsThat, settle, wait } from './settling.js'

/**
 * What a run ought to make of everybody, computed the plain way from the rules in words: no pages, no commits, nothing
 * remembered but the rows. Seats are handed out elsewhere: whoever has one keeps it.
 */

export interface Model {
  rows: Map<string, Row>
  holds: Map<string, Held>
  /** When how many were removed without anybody being asked. */
  removed: { at: number; count: number }[]
  /** How far the journal was read; null: nobody was ever read. */
  since: number | null
  /** Of whom too little was said, and whose look-ups have failed. */
  unanswered: Set<string>
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
  unanswered: new Set(),
  judged: { rules: null, members: null },
})

interface Claim {
  readonly presence: Row['presence']
  readonly about: string
  readonly ask?: boolean
}

/** Changes the model in place; `newHold` names the hold this run makes, if any. */
export function run(model: Model, running: Running, newHold: string): void {
  const { directory, settings, now } = running
  const scope = new Scope(directory, settings)
  const isOpen = (row: Row): boolean => scope.judge(row.id, row.department, row.through).in === 'unknown'
  const settling = { settings, now, failing: directory.failing, isOpen }
  const unanswered = [...model.unanswered]
  const whole = running.full || model.since === null
  for (const news of directory.news(whole ? null : model.since)) hear(news)
  if (whole) {
    const named = new Set(directory.news(null).map(({ entry }) => entry.id))
    for (const row of model.rows.values()) row.candidate = isPresent(row) && !named.has(row.id)
  }
  model.since = directory.position
  for (const row of model.rows.values()) if (row.candidate && isPresent(row)) askAbout(row)
  askAgain()
  judgeEverybody()
  for (const row of rowsThat(model, 'protected'))
    if (!settings.neverRemove.has(row.id)) wait(model, row, { state: 'noted', hold: null }, settings)
  for (const hold of model.holds.values()) if (hold.open) actOn(hold)
  settle(model, settling, newHold)

  function hear(news: News): void {
    const { entry } = news
    const row = model.rows.get(entry.id)
    if (entry.state !== 'live') {
      row && heardGone(row, entry)
      return
    }
    const isFragment = !whole && !news.whole
    const needsLookUp = isFragment && (row ? !isThere(row) : !scope.leavesOut(news))
    if (needsLookUp && directory.failing.has(entry.id)) return void model.unanswered.add(entry.id)
    if (!row && isFragment && !needsLookUp) return
    heardLive(entry, needsLookUp || !isFragment ? null : news, whole)
  }

  function heardGone(row: Row, { state }: Entry): void {
    if (row.presence === 'soft-deleted' || row.presence === 'gone') return
    claim(row, { presence: state === 'gone' ? 'gone' : 'soft-deleted', about: 'deleted' })
  }

  /** `fragment` names what it says; null: everything. */
  function heardLive(entry: Entry, fragment: News | null, resync: boolean): void {
    const known = model.rows.get(entry.id)
    const says = (property: 'name' | 'department' | 'enabled'): boolean => fragment?.properties.has(property) ?? true
    const former = known?.through ?? null
    const department = known && !says('department') ? known.department : entry.department
    const verdict = scope.judge(entry.id, department, former)
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
    if (verdict.in === false) claim(known, { presence: 'out-of-scope', about: verdict.about, ask: verdict.ask })
    // Whoever waits is enabled or not meanwhile.
    const isStillOut = waitsOutside && known.wait?.about === 'rule' && !says('department')
    const isRefuted = known.wait?.about === 'rule' && says('department') && scope.fits(department)
    if (verdict.in === false || (verdict.in === 'unknown' && waitsOutside && !isRefuted) || isStillOut) {
      if (known.wait?.presence === 'out-of-scope' && says('enabled')) known.presence = presence
      settleAccount(known, settings, model.rows)
      return
    }
    if (verdict.in === 'unknown' && known.presence === 'out-of-scope') return
    if (says('enabled') || !isPresent(known)) claim(known, { presence, about: 'disabled' })
    else if (known.wait?.presence !== 'disabled') claim(known, { presence: known.presence, about: 'disabled' })
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
  function claim(row: Row, { presence, about, ask = false }: Claim): void {
    const then = accountOf({ ...row, presence, wait: null }, settings)
    const isOut = then.account === 'inactive' && isDirectorys(then.reason)
    // Who has been asked about stays as asked, an admin's deactivation or not.
    const takes = isOut && (row.account !== 'inactive' || row.wait?.about === about)
    if (!takes) Object.assign(row, { presence, wait: null })
    else if (row.wait?.about !== about) row.wait = { state: 'noted', about, ask, presence, proven: false, hold: null }
    settleAccount(row, settings, model.rows)
  }

  function askAbout(row: Row): void {
    if (directory.failing.has(row.id)) return
    row.candidate = false
    lookUp(row)
  }

  function askAgain(): void {
    for (const id of unanswered.filter((one) => !directory.failing.has(one))) {
      const row = model.rows.get(id)
      const entry = directory.people.get(id)
      if (row) lookUp(row)
      else if (entry?.state === 'live') heardLive(entry, null, true)
    }
    if (unanswered.some((id) => directory.failing.has(id))) return
    for (const id of unanswered) model.unanswered.delete(id)
  }

  function lookUp(row: Row): void {
    const entry = directory.people.get(row.id) as Entry
    if (entry.state === 'live') heardLive(entry, null, true)
    else heardGone(row, entry)
  }

  function judgeEverybody(): void {
    const unread = settings.groups.some((group) => directory.unreadable.has(group))
    const members = unread ? null : scope.members()
    const rules = settings.disabledAccounts
    const isFirst = model.judged.rules === null
    if (!isFirst && rules === model.judged.rules && (unread || members === model.judged.members)) {
      model.judged.members = members
      return
    }
    let failed = 0
    if (!isFirst) {
      for (const row of model.rows.values()) failed += judgeAgain(row)
      for (const entry of directory.people.values()) failed += comeIn(entry)
    }
    model.judged = { rules, members: failed > 0 ? null : members }
  }

  /** 1 where they could not be looked up. */
  function judgeAgain(row: Row): number {
    const verdict = scope.judge(row.id, row.department, row.through)
    if (isPresent(row)) {
      const { wait: waiting } = row
      if (waiting?.about === 'disabled' && settings.disabledAccounts === 'frozen') row.wait = null
      if (waiting?.about === 'deleted') return 0
      if (verdict.in === false) claim(row, { presence: 'out-of-scope', about: verdict.about, ask: verdict.ask })
      else if (verdict.in === true) {
        row.through = verdict.through
        if (waiting?.presence !== 'disabled' && waiting?.about !== 'rule')
          claim(row, { presence: row.presence, about: 'disabled' })
      } else if (waiting === null) claim(row, { presence: row.presence, about: 'disabled' })
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
    if (settings.groups.length === 0 || model.rows.has(entry.id) || typeof scope.through(entry.id) !== 'string')
      return 0
    if (directory.failing.has(entry.id)) return 1
    heardLive(entry, null, true)
    return 0
  }

  function actOn(hold: Held): void {
    const expired = now > hold.expiresAt
    for (const row of rowsThat(model, 'held').filter((one) => one.wait?.hold === hold.key)) {
      const verdict = wordOn(hold, row.id)
      if (settings.neverRemove.has(row.id)) wait(model, row, { state: 'protected', hold: null }, settings)
      else if (verdict === 'reject') wait(model, row, { state: 'rejected' }, settings)
      else if (expired) wait(model, row, { state: 'noted', hold: null, ask: true }, settings)
      else if (verdict === 'approve' && !directory.failing.has(row.id)) approve(row)
    }
    hold.open = rowsThat(model, 'held').some((row) => row.wait?.hold === hold.key)
  }

  function approve(row: Row): void {
    const { entry, left } = askedGroups(row)
    if (entry.state === 'live' && left !== null) row.through = left
    if (entry.state !== 'live' && row.wait?.about !== 'deleted') {
      remove(model, row, settings)
      return
    }
    lookUp(row)
    if (row.wait?.state === 'held' && !isUndecided(row, isOpen)) remove(model, row, settings)
  }

  function askedGroups(row: Row): { entry: Entry; left: string | null } {
    const entry = directory.people.get(row.id) as Entry
    return {
      entry,
      left: settings.groups.find((group) => !scope.isDeleted(group) && directory.members(group).has(row.id)) ?? null,
    }
  }
}
