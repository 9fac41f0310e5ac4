import { setTimeout } from 'node:timers/promises'
import type { Connection } from './app.js'
import { ConnectorError } from './domain/errors.js'
import type { Pause } from './domain/outage.js'
import type { Run } from './domain/run.js'
import { goOn, runLeft, stillAsked, toMakeUp, type Asked } from './domain/ticks.js'
import { startChore } from './jobs/chore.js'
import type { RunResult } from './jobs/runner.js'
import { intervalOf, startSchedule, type Schedule } from './jobs/schedule.js'
import type { Log } from './logging/log.js'

export interface ScheduledRunParts {
  readonly log: Log
  readonly now: () => Date
  /** Aborted when a run under way is to stop after its page. */
  readonly signal: AbortSignal
  /** How long after its tick a run begins. */
  readonly afterMs: number
  readonly pause: () => Promise<Pause | null>
  readonly beforeRun: () => Promise<void>
  readonly onRun: (result: RunResult) => Promise<void>
}

/** How often each process looks whether a run was left by one that died. */
const LOOK_EVERY_MS = 5_000
const SLOWEST_MS = 60_000
/** Runs of single people may stand between those of everybody. */
const RECENT = 50
const LATEST = 10

export interface ScheduledRuns extends Schedule {
  /** Damage that keeps us from telling what was left or missed before; null when there is none. */
  problem(): ConnectorError | null
}

/**
 * Runs of one connection by schedule, however many processes share it: each tick has one run. Whoever finds the lease
 * held stands by until the other one has ended, and goes on where it died. A tick that could not have its run because
 * the store was not to be had is made up for when it is back; so is, at the start, what was left or missed before. Where
 * damage keeps us from telling what that is, it is looked for again and again.
 */
export async function startScheduledRuns(connection: Connection, parts: ScheduledRunParts): Promise<ScheduledRuns> {
  const { config, store } = connection
  const { log, now, afterMs } = parts
  const { cron, timezone } = config.schedule
  const stopped = new AbortController()
  const signal = AbortSignal.any([parts.signal, stopped.signal])
  const recent = async (limit = RECENT): Promise<readonly Run[]> => (await store.runs.list({ limit })).runs

  const since = new Date(now().getTime() - (intervalOf(cron, timezone) ?? 0))
  let owed: Asked | null = null
  const lookBack = async (): Promise<ConnectorError | null> => {
    try {
      owed = toMakeUp(since, await recent(), now())
      return null
    } catch (error) {
      if (error instanceof ConnectorError && error.code === 'store.corrupt') return error
      throw error
    }
  }
  let problem = await lookBack()

  const tickOf = async (asked: Asked): Promise<string | null> => {
    const still = stillAsked(asked, await recent(), now())
    if (!still) throw new DoneElsewhere()
    return still.tick
  }
  const inTurn = async (asked: Asked): Promise<RunResult | null> => {
    const claim = (): Promise<string | null> => tickOf(asked)
    for (let isSaid = false; !signal.aborted; isSaid = true) {
      try {
        await claim()
        return await connection.sync({ trigger: 'schedule', dryRun: false, full: false, signal: parts.signal, claim })
      } catch (error) {
        if (error instanceof DoneElsewhere) break
        if (!(error instanceof ConnectorError) || error.code !== 'lease.held') throw error
        if (!isSaid) log.info('Another process is running this connection; we stand by', { ...error.details })
        const leftMs = (error.retryAt ?? now()).getTime() - now().getTime()
        await setTimeout(Math.max(SHORTEST_MS, Math.min(leftMs, LOOK_EVERY_MS)), null, { signal }).catch(() => null)
      }
    }
    return null
  }
  const run = async (asked: Asked): Promise<void> => {
    owed = asked
    try {
      await parts.beforeRun()
      if (afterMs > 0) await setTimeout(afterMs, null, { signal }).catch(() => null)
      const result = await inTurn(asked)
      if (!isWithoutStore(result?.error)) owed = null
      if (result) await parts.onRun(result)
    } catch (error) {
      if (!isWithoutStore(error)) owed = null
      throw error
    }
  }
  const schedule = startSchedule({ cron, timezone, log, pause: parts.pause, run })
  const watch = startChore({
    name: 'runs left by others',
    everyMs: LOOK_EVERY_MS,
    slowestMs: SLOWEST_MS,
    log,
    job: async () => {
      if (problem) problem = await lookBack()
      if (problem) throw problem
      const left = owed ? null : runLeft(await recent(LATEST), now())
      const asked = owed ?? (left && goOn(left))
      return asked === null || ((await schedule.makeUp(asked)) && owed === null)
    },
  })
  return {
    ...schedule,
    problem: () => problem,
    async stop() {
      stopped.abort()
      await Promise.all([schedule.stop(), watch.stop()])
    },
  }
}

const SHORTEST_MS = 100

/** Somebody else has done what was asked: there is no run. */
class DoneElsewhere extends Error {}

function isWithoutStore(error: unknown): boolean {
  return error instanceof ConnectorError && error.kind === 'unavailable' && error.code.startsWith('store.')
}
