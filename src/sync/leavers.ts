import { remove, say, setRemoval, type Proof } from '../domain/change.js'
import type { Tombstone } from '../domain/directory.js'
import { ConnectorError, toConnectorError, type ErrorCode } from '../domain/errors.js'
import { IdSet } from '../domain/id-set.js'
import { isByGroup } from '../domain/scope.js'
import type { User } from '../domain/user.js'
import { changeEach } from './each.js'
import { askEach, lookUpAll, OF_ONE_LOOK_UP, skip, someAtATime, type LookUps } from './look-ups.js'
import { allMembers } from './members.js'
import type { Work } from './work.js'

/**
 * Whoever is missing from the members of a group has only perhaps left it: a listing may be short. So each is asked
 * about directly before they lose anything; who still is a member stays, and who cannot be asked about waits.
 */

const PROVEN: Proof = 'groups'
const NOT_CONFIRMED =
  'Not among the members of the assigned groups, and the look-up failed: stays as it is until the next run'
/** Where Graph does not answer whose groups somebody is in, the groups are read a second time. */
const NOT_ASKED_SO: ReadonlySet<ErrorCode> = new Set(['graph.not-found', 'graph.refused', 'graph.denied'])

/** Whether a noted removal still has to be confirmed. A look-up of the person says nothing about their groups. */
export function isUnproven(user: User): boolean {
  const { removal } = user
  if (removal?.state !== 'noted' || removal.cause.ask) return false
  return isByGroup(user) && removal.proof !== PROVEN
}

/** What is known from one batch of them to the next. */
export interface Leavers extends LookUps {
  readonly again: SecondReading
}

export function leavers(work: Work): Leavers {
  return { again: secondReading(work), failedInARow: 0 }
}

/** Asks about some of them; whoever could not be asked about is counted as skipped and stays noted. */
export async function confirmLeavers(work: Work, people: readonly User[], so: Leavers): Promise<void> {
  await someAtATime(work, people, so, (some) => confirm(work, some, so))
}

async function confirm(work: Work, some: readonly User[], so: Leavers): Promise<void> {
  const answers = await lookUpAll(
    work,
    some.map(({ entraObjectId }) => entraObjectId ?? ''),
  )
  const found = await askEach(some, so, async (user): Promise<Found> => {
    const answer = answers.get(user.entraObjectId ?? '')
    if (!answer || answer instanceof ConnectorError) return { problem: answer?.message ?? 'no answer' }
    return answer.kind === 'tombstone' ? { through: null, gone: answer.presence } : askGroups(work, user, so.again)
  })
  await changeEach(work, some, (user, context) => {
    const { problem, gone, through = null }: Found = found.get(user.id) ?? { problem: 'no answer' }
    if (problem !== undefined || !isUnproven(user)) return null
    if (gone) return { step: remove(user, gone, 'look-up', context), counted: {} }
    if (through === null) return { step: setRemoval(user, { proof: PROVEN }, context), counted: {} }
    return { step: say(user, { presence: user.presence, through }, PROVEN, context), counted: {} }
  })
  for (const user of some) {
    const { problem } = found.get(user.id) ?? {}
    if (problem !== undefined) await skip(work, user, NOT_CONFIRMED, problem)
  }
}

/** The assigned group somebody is in after all, null: in none; that they are `gone` themselves; or what went wrong. */
export interface Found {
  readonly through?: string | null
  readonly gone?: Tombstone['presence']
  readonly problem?: string
}

/** What the directory says of the groups of one person. */
export async function askGroups({ groups, config, writer }: Work, user: User, again: SecondReading): Promise<Found> {
  const id = user.entraObjectId ?? ''
  const { scope } = config
  try {
    const theirs = await groups.groupsOf(id, scope.nested, writer.signal)
    return { through: scope.groups.find((group) => theirs.has(group)) ?? null }
  } catch (thrown) {
    const error = toConnectorError(thrown, 'looking up the groups of somebody')
    if (!OF_ONE_LOOK_UP.has(error.code)) throw error
    return NOT_ASKED_SO.has(error.code) ? again(id) : { problem: error.message }
  }
}

export type SecondReading = (entraObjectId: string) => Promise<Found>

/** Reads the groups once more, when it is first asked for. One that is gone only since the first time proves nothing. */
export function secondReading({ groups, config, members, writer }: Work): SecondReading {
  let reading: Promise<Map<string, IdSet>> | null = null
  const read = async (): Promise<Map<string, IdSet>> => {
    const { nested } = config.scope
    const sets = new Map<string, IdSet>()
    for (const id of config.scope.groups) sets.set(id, await membersOf({ id, nested }))
    return sets
  }
  const membersOf = async (group: { id: string; nested: boolean }): Promise<IdSet> => {
    try {
      return await allMembers(groups, group, writer.signal)
    } catch (error) {
      const isGone = error instanceof ConnectorError && error.code === 'graph.not-found'
      if (isGone && members.membership.group(group.id).deleted) return new IdSet()
      throw error
    }
  }
  return async (entraObjectId) => {
    try {
      const sets = await (reading ??= read())
      return { through: [...sets].find(([, members]) => members.has(entraObjectId))?.[0] ?? null }
    } catch (thrown) {
      const error = toConnectorError(thrown, 'reading the members of a group again')
      if (!OF_ONE_LOOK_UP.has(error.code)) throw error
      return { problem: error.message }
    }
  }
}
