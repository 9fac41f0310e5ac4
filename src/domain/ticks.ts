import type { Run } from './run.js'

/**
 * Which runs stand for a tick of the schedule. A run says which tick it is for and is written under the lease, so that the
 * record of runs is the claim: whoever begins has seen there that nobody has done the tick. Clocks that differ do no
 * harm, because ticks are compared by the time they are scheduled for, which every machine calls the same.
 */

/** What is asked for: a tick, or, without one, that somebody has been read since. Times are ISO 8601 UTC. */
export interface Asked {
  readonly tick: string | null
  readonly since: string
}

/** So many in a row that were cut short are gone on with at once; then it may be the work that ends processes. */
const GOES_ON = 5

/** A run from so far ahead comes from a clock that was wrong, and binds nobody. */
const AHEAD_MS = 15 * 60_000

/** The run by schedule that was cut short, or is still on, and nobody has gone on with; null when there is none. */
export function runLeft(runs: readonly Run[], now: Date): Run | null {
  const latest = readings(runs, now).sort((a, b) => endOf(b) - endOf(a) || begunAt(b) - begunAt(a))
  const whole = latest.findIndex((run) => !isCutShort(run))
  const cut = whole === -1 ? latest : latest.slice(0, whole)
  const [left] = cut
  return left?.trigger === 'schedule' && cut.length <= GOES_ON ? left : null
}

/**
 * What a run begun now would be for: what is asked for, or a later tick whose run was left; no tick has two runs. Null
 * when nothing is to be done any more, because a run that ended by itself was for it or for a later tick, or was on
 * meanwhile.
 */
export function stillAsked(asked: Asked, runs: readonly Run[], now: Date): Asked | null {
  const whole = readings(runs, now).filter((run) => !isCutShort(run) && !isWithoutStore(run))
  const isOver = (tick: string): boolean => whole.some((run) => (run.tick ?? '') >= tick)
  const { tick, since } = asked
  const left = runLeft(runs, now)
  if (left) {
    const open = (one: string | null | undefined): string | null => (one && !isOver(one) ? one : null)
    return { ...asked, tick: later(open(tick), open(left.tick)) }
  }
  const isDone = (tick !== null && isOver(tick)) || whole.some((run) => (run.finishedAt ?? '') >= since)
  return isDone ? null : asked
}

function later(one: string | null, other: string | null): string | null {
  return (one ?? '') > (other ?? '') ? one : other
}

/** What a process that has just been started has to make up for, at most once: what was left, or missed since. */
export function toMakeUp(since: Date, runs: readonly Run[], now: Date): Asked | null {
  const left = runLeft(runs, now)
  if (left) return goOn(left)
  const isMissed = readings(runs, now).every((run) => begunAt(run) < since.getTime())
  return isMissed ? { tick: null, since: since.toISOString() } : null
}

/** To go on with a run for what it was for. */
export function goOn({ tick, startedAt }: Run): Asked {
  return { tick: tick ?? null, since: startedAt }
}

/** Reading one person, or putting a run back, does not stand in for reading everybody. */
function readings(runs: readonly Run[], now: Date): Run[] {
  return runs.filter(
    (run) => run.kind !== 'single-user' && run.kind !== 'undo' && begunAt(run) <= now.getTime() + AHEAD_MS,
  )
}

function isCutShort({ outcome }: Run): boolean {
  return outcome === null || outcome === 'interrupted'
}

/** The store was away for a while, and back before the end of the run was written. */
function isWithoutStore({ error }: Run): boolean {
  return error?.code === 'store.unreachable' || error?.code === 'store.locked'
}

function begunAt({ startedAt }: Run): number {
  return Date.parse(startedAt)
}

function endOf({ finishedAt }: Run): number {
  return finishedAt === null ? Infinity : Date.parse(finishedAt)
}
