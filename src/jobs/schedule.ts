import { createTask, type Logger, type ScheduledTask, type TaskContext } from 'node-cron'
import type { Pause } from '../domain/outage.js'
import type { Asked } from '../domain/ticks.js'
import type { Log } from '../logging/log.js'

export interface ScheduleOptions {
  readonly cron: string
  readonly timezone: string | null
  readonly log: Log
  /** What runs are left out for, null when they are not. Read before each run. */
  readonly pause: () => Promise<Pause | null>
  readonly run: (asked: Asked) => Promise<void>
}

export interface Schedule {
  /** The next tick, or the first one from a later moment on. */
  nextRun(from?: Date): Date | null
  /** Does something between ticks, unless a run is on or the connection paused. False: it could not be done. */
  makeUp(asked: Asked): Promise<boolean>
  /** Starts no further run; one under way is the caller's to end. Resolves when it has ended. */
  stop(): Promise<void>
}

/** Runs one at a time: a tick during a run is passed over. */
export function startSchedule(options: ScheduleOptions): Schedule {
  const { cron, timezone, log } = options
  let running: Promise<boolean> | null = null
  let stopped = false

  const tick = async (at: string): Promise<void> => {
    const pause = await options.pause()
    if (pause) {
      const why = pause.asked ? 'Microsoft asked us to wait' : 'The connection is paused'
      log.info(`${why}; this run is left out`, { until: pause.until, reason: pause.reason })
      return
    }
    await options.run({ tick: at, since: at })
  }
  const start = (job: () => Promise<void>): Promise<boolean> => {
    if (stopped || running) return running ?? Promise.resolve(true)
    running = job()
      .then(() => true)
      .catch((error: unknown) => {
        log.error('A scheduled run could not begin', { error })
        return false
      })
      .finally(() => (running = null))
    return running
  }

  const onTick = ({ date }: TaskContext): Promise<boolean> => start(() => tick(date.toISOString()))
  const task = createTask(cron, onTick, {
    noOverlap: true,
    // However late a tick is noticed, after a machine was suspended: it has its run. Of several the last one has.
    missedExecutionTolerance: Infinity,
    logger: into(log),
    ...(timezone ? { timezone } : {}),
  })
  void task.start()
  return {
    nextRun: (from) => (from ? firstTickFrom(task, from) : task.getNextRun()),
    makeUp: (asked) =>
      start(async () => {
        if ((await options.pause()) === null) await options.run(asked)
      }),
    async stop() {
      stopped = true
      await task.destroy()
      await running
    },
  }
}

/** The library's own words: of use when looking for a fault, noise otherwise. */
function into(log: Log): Logger {
  const say = (message: string | Error): void => log.debug('From the scheduler', { words: String(message) })
  return { info: say, warn: say, error: say, debug: () => undefined }
}

const TICKS_LOOKED_AT = [16, 256, 4096]

/** Null where they are so many that the moment itself is as good. */
function firstTickFrom(task: ScheduledTask, from: Date): Date | null {
  for (const count of TICKS_LOOKED_AT) {
    const tick = task.getNextRuns(count).find((one) => one >= from)
    if (tick) return tick
  }
  return null
}

function tickInterval(task: ScheduledTask): number | null {
  const [first, second] = task.getNextRuns(2)
  return first && second ? second.getTime() - first.getTime() : null
}

const HOUR_MS = 60 * 60 * 1000

/** Milliseconds between two ticks; null when there are not two. */
export function intervalOf(cron: string, timezone: string | null): number | null {
  const task = createTask(cron, () => undefined, timezone ? { timezone } : {})
  const interval = tickInterval(task)
  void task.destroy()
  return interval
}

/** How old the last success may be before `/readyz` turns red: four ticks, an hour at least. Milliseconds. */
export function freshnessTarget(cron: string, timezone: string | null): number {
  return Math.max(HOUR_MS, 4 * (intervalOf(cron, timezone) ?? HOUR_MS))
}
