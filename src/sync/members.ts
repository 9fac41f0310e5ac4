import type { GroupSource, NamedGroup } from '../domain/directory.js'
import { ConnectorError, toConnectorError, type ErrorCode } from '../domain/errors.js'
import { IdSet } from '../domain/id-set.js'
import { membershipOf, type GroupReading, type ReadMembership } from '../domain/membership.js'
import type { Membership, ScopeConfig } from '../domain/scope.js'
import type { RunWriter } from '../store/run-writer.js'

/**
 * Reads who is in the assigned groups, all of them to the end before anybody is judged. A group that cannot be read
 * changes nobody's scope: the run goes on without it and ends with what went wrong.
 */

const AT_ONCE = 4

/** These stop the run at once, whatever was being read. */
const STOPS: ReadonlySet<ErrorCode> = new Set([
  'graph.foreign-link',
  'graph.redirected',
  'graph.token-refused',
  'sign-in.refused',
  'settings.invalid',
])

export interface Members {
  readonly membership: ReadMembership
  readonly sets: readonly IdSet[]
  /** Names of groups by id, those remembered from earlier runs included. */
  readonly names: Readonly<Record<string, string>>
  /** Why a group could not be read. */
  readonly error: ConnectorError | null
}

/** `names` are those of earlier runs: a group that was deleted cannot be asked for its name. */
export async function readMembers(
  writer: RunWriter,
  source: GroupSource,
  scope: ScopeConfig,
  names: Readonly<Record<string, string>>,
): Promise<Members> {
  const read: GroupReading[] = []
  let error: ConnectorError | null = null
  const waiting = [...scope.groups]
  let done = 0
  const worker = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const group = await readGroup(writer, source, { id, nested: scope.nested })
      error ??= group.error
      const name = names[id] ?? (group.error ? null : await nameOf(source, id, writer.signal))
      read.push({ id, name, members: group.members })
      done += 1
      writer.progress({ phase: 'groups', done, total: scope.groups.length })
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, worker))
  return {
    membership: membershipOf(read),
    sets: read.flatMap(({ members }) => (members instanceof IdSet ? [members] : [])),
    names: Object.fromEntries(read.flatMap(({ id, name }) => (name === null ? [] : [[id, name]]))),
    error,
  }
}

/** `chain`: the groups from the person's own up to the assigned one they are in scope through; empty: they are in none. */
export interface MembershipOfOne extends Membership {
  readonly chain: readonly NamedGroup[]
}

/**
 * One person and the assigned groups, asked about the person rather than read: in order of their ids, until one is found
 * that has them, as in a run. Throws what the directory throws where none is found without it.
 */
export async function membershipOfOne(
  source: GroupSource,
  { groups, nested }: ScopeConfig,
  entraObjectId: string,
  signal: AbortSignal,
): Promise<MembershipOfOne> {
  const sorted = [...groups].sort()
  const read: GroupReading[] = []
  let failure: unknown = null
  for (let start = 0; start < sorted.length; start += AT_ONCE) {
    const some = sorted.slice(start, start + AT_ONCE)
    const answers = await Promise.allSettled(
      some.map((id) => source.chain(entraObjectId, { id, nested }, signal)),
    )
    for (const [index, answer] of answers.entries()) {
      const id = some[index] ?? ''
      if (answer.status === 'rejected') failure ??= answer.reason
      const chain = answer.status === 'rejected' ? null : answer.value
      const members = chain === null ? 'unreadable' : new IdSet(chain.length > 0 ? [entraObjectId] : [])
      read.push({ id, name: chain?.at(-1)?.name ?? null, members })
      if (chain && chain.length > 0) return { ...membershipOf(read), chain }
    }
  }
  if (failure !== null) throw failure
  return { ...membershipOf(read), chain: [] }
}

interface Reading {
  readonly members: GroupReading['members']
  readonly error: ConnectorError | null
}

async function readGroup(
  writer: RunWriter,
  source: GroupSource,
  group: { readonly id: string; readonly nested: boolean },
): Promise<Reading> {
  try {
    return { members: await allMembers(source, group, writer.signal), error: null }
  } catch (thrown) {
    const error = toConnectorError(thrown, 'reading the members of a group')
    if (error.code === 'graph.not-found') {
      writer.note({ level: 'warn', message: 'An assigned group does not exist any more', about: group.id })
      return { members: 'deleted', error: null }
    }
    if (STOPS.has(error.code) || error.kind === 'interrupted' || writer.signal.aborted) throw error
    const { code, remedy, details } = error
    const message = 'An assigned group could not be read: nobody enters or leaves the scope through it'
    const problem = { problem: error.message, code, remedy, ...details }
    writer.note({ level: 'warn', message, about: group.id, details: problem })
    return { members: 'unreadable', error }
  }
}

async function allMembers(
  source: GroupSource,
  group: { readonly id: string; readonly nested: boolean },
  signal: AbortSignal,
): Promise<IdSet> {
  const members = new IdSet()
  const links = new Set<string>()
  let at: Parameters<GroupSource['members']>[0] = { group: group.id, nested: group.nested }
  for (;;) {
    const { entraObjectIds, next } = await source.members(at, signal)
    for (const id of entraObjectIds) members.add(id)
    if (next === null) return members
    if (links.has(next)) throw inACircle()
    links.add(next)
    at = { link: next }
  }
}

function inACircle(): ConnectorError {
  return new ConnectorError('graph.incomplete-answer', {
    message: 'Microsoft sent us in a circle: a page of the members of a group links to one we have read',
  })
}

/** A name is for people only: without it the id is told. */
async function nameOf(source: GroupSource, id: string, signal: AbortSignal): Promise<string | null> {
  try {
    return await source.name(id, signal)
  } catch (error) {
    if (signal.aborted) throw error
    return null
  }
}
