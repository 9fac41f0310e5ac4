import type { ChangeContext, Step } from '../domain/change.js'
import { NO_COUNTS, type UserCounts } from '../domain/run.js'
import type { User, UserChange } from '../domain/user.js'
import { LOST_RACES, overtaken, READ_AGAIN } from '../store/races.js'
import type { RunPart } from '../store/run-writer.js'
import { toChange } from './plan.js'
import type { Work } from './work.js'

/** What it takes to change people within a run. */
export type Changing = Pick<Work, 'writer' | 'context' | 'seats'>

/** What is to become of somebody; `counted` where the run counts it otherwise than as the change it is. */
export interface Deed {
  readonly step: Step | null
  readonly counted?: Partial<UserCounts>
}

/**
 * Changes people by one commit, deciding again over those somebody else has written meanwhile. `decide` may be called
 * several times; gives null for people there is nothing to say about. Gives the changes. Throws `run.interrupted` before
 * anybody is changed when the run is to stop.
 */
export async function changeEach(
  work: Changing,
  people: readonly User[],
  decide: (user: User, context: ChangeContext) => Deed | null,
  part: Omit<RunPart, 'users' | 'counts'> = {},
): Promise<readonly UserChange[]> {
  work.writer.throwIfStopped()
  let current = people
  for (let attempt = 1; attempt <= LOST_RACES; attempt += 1) {
    const context = work.context()
    const users: UserChange[] = []
    const counts: UserCounts = { ...NO_COUNTS }
    for (const before of current) {
      const deed = decide(before, context)
      if (deed?.step) users.push(toChange({ before, ...deed.step, entries: [...deed.step.entries] }))
      const counted = deed?.counted ?? (deed?.step?.kind ? { read: 1, [deed.step.kind]: 1 } : {})
      for (const [name, n] of Object.entries(counted)) counts[name as keyof UserCounts] += n
    }
    if (users.length === 0 && Object.keys(part).length === 0 && Object.values(counts).every((n) => n === 0)) return []
    const { lost } = await work.writer.commit({ ...part, users, counts })
    if (lost.length === 0) {
      work.seats.left = context.seats.left
      return users
    }
    current = [...(await work.writer.store.findAll(current.map(({ id }) => id))).values()].flat()
  }
  throw overtaken(READ_AGAIN)
}
