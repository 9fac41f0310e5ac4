import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../../src/simulator/random.js'
import type { TestDatabase } from '../../support/mongo.js'
import type { TenTenants } from './ten-tenants.js'

/** Suspended for longer than a lease lasts, a process wakes up when somebody else has taken over. */
const NAP_MS = [20, 1_500] as const
const SLEEP_MS = [16_000, 18_000] as const

/** What was done to the processes, and what all of them have logged. */
export interface Disturbed {
  said: string
  kills: number
  wakes: number
}

/** One place where a process serves all ten: suspended, woken up, killed and started anew, until it is over. */
export async function disturb(
  { folder, database }: TenTenants,
  told: Disturbed,
  random: Random,
  over: AbortSignal,
): Promise<void> {
  const isOver = (): boolean => over.aborted
  const pause = ([from, to]: readonly [number, number]): Promise<void> =>
    sleep(from + random.below(to - from), undefined, { signal: over }).catch(() => undefined)
  while (!isOver()) {
    const serve = folder.start(['serve', '--json'])
    await Promise.race([serve.says(/Listening/), serve.ended])
    for (let left = random.below(4); left > 0 && !isOver(); left -= 1) {
      await pause([300, 3_000])
      const isLong = random.below(4) === 0
      if (isLong) await inRun(database, serve.pid)
      serve.send('SIGSTOP')
      await pause(isLong ? SLEEP_MS : NAP_MS)
      serve.send('SIGCONT')
      told.wakes += 1
    }
    await pause([100, 3_000])
    serve.send('SIGKILL')
    told.kills += 1
    const ended = await serve.ended
    told.said += ended.stderr
    if (ended.signal === null)
      throw new Error(`A process ended by itself (${ended.code ?? ''}): ${ended.stderr.slice(-2000)}`)
  }
}

/** Waits until that process holds a lease, and then no longer; not for ever, because others may get there first. */
async function inRun({ db }: TestDatabase, pid: number): Promise<void> {
  const connections = db.collection('connections')
  for (let look = 0; look < 300; look += 1) {
    const leases = await connections.find({}, { projection: { lease: 1 } }).toArray()
    const holders = leases.map(({ lease }) => (lease as { readonly holder: string | null } | null)?.holder)
    if (holders.some((holder) => holder?.includes(`:${pid}:`))) return
    await sleep(20)
  }
}
