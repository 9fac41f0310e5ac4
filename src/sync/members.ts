import type { GroupSource } from '../domain/directory.js'
import { ConnectorError, toConnectorError, WAIT, type ErrorCode } from '../domain/errors.js'
import { IdSet } from '../domain/id-set.js'
import { membershipOf, type GroupReading, type ReadMembership } from '../domain/membership.js'
import type { Membership, ScopeConfig } from '../domain/scope.js'
import type { RunWriter } from '../store/run-writer.js'
import { severalAtOnce } from './look-ups.js'

/**
 * Reads who is in the assigned groups, all of them to the end before anybody is judged. A group that cannot be read
 * changes nobody's scope: the run goes on without it and ends with what went wrong.
 */

const AT_ONCE = 4
/** Pages in a row that name nobody new. */
const IDLE_PAGES = 1000

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

/** What groups were called when they were last asked. One that was deleted cannot be asked; `anew`: all others are. */
interface Names {
  readonly names: Readonly<Record<string, string>>
  readonly anew: boolean
}

/** Who is in the assigned groups. Throws what is wrong with more than a group; the rest is in `error`. */
export async function readMembers(
  writer: RunWriter,
  source: GroupSource,
  scope: ScopeConfig,
  { names, anew }: Names,
): Promise<Members> {
  const read: GroupReading[] = []
  let error: ConnectorError | null = null
  const waiting = [...scope.groups]
  let done = 0
  const worker = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const group = await readGroup(writer, source, { id, nested: scope.nested })
      error ??= group.error
      const known = names[id] ?? null
      const isAsked = group.error === null && (known === null || anew)
      const told = isAsked ? await nameOf(source, id, writer.signal) : null
      read.push({ id, name: told ?? known, members: group.members })
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

/** The assigned groups one person is in: one question, however many people are in them. Throws what the directory throws. */
export async function membershipOfOne(
  source: GroupSource,
  { groups, nested }: ScopeConfig,
  entraObjectId: string,
  signal: AbortSignal,
): Promise<ReadMembership> {
  const theirs = groups.length === 0 ? new Set<string>() : await source.groupsOf(entraObjectId, nested, signal)
  const read = groups.map((id) => ({ id, name: null, members: new IdSet(theirs.has(id) ? [entraObjectId] : []) }))
  return membershipOf(read)
}

/** Groups to ask about, and what they were called as far as we remember. `failed` may throw what it is given. */
export interface GroupsAsked {
  readonly ids: readonly string[]
  readonly names: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly failed: (error: unknown) => void
}

/** A membership that also knows what groups are called, and which of those asked about are gone. */
export async function withGroups<M extends Membership>(
  own: M,
  source: GroupSource,
  { ids, names, signal, failed }: GroupsAsked,
): Promise<M> {
  const told = new Map<string, ReturnType<Membership['group']>>()
  const ask = async (id: string): Promise<void> => {
    const name = names[id] ?? null
    try {
      told.set(id, { name: (await source.name(id, signal)) ?? name, deleted: false })
    } catch (error) {
      const deleted = error instanceof ConnectorError && error.code === 'graph.not-found'
      if (!deleted) failed(error)
      told.set(id, { name, deleted })
    }
  }
  await severalAtOnce([...new Set(ids)], ask)
  return { ...own, group: (id) => told.get(id) ?? { ...own.group(id), name: own.group(id).name ?? names[id] ?? null } }
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

/** Everybody in a group, to the last page. */
export async function allMembers(
  source: GroupSource,
  group: { readonly id: string; readonly nested: boolean },
  signal: AbortSignal,
): Promise<IdSet> {
  const members = new IdSet()
  const links = new Set<string>()
  let at: Parameters<GroupSource['members']>[0] = { group: group.id, nested: group.nested }
  for (let idle = 0; ;) {
    const { entraObjectIds, next } = await source.members(at, signal)
    const before = members.size
    for (const id of entraObjectIds) members.add(id)
    if (next === null) return members
    idle = members.size === before ? idle + 1 : 0
    if (links.has(next) || idle >= IDLE_PAGES) throw inACircle()
    links.add(next)
    at = { link: next }
  }
}

function inACircle(): ConnectorError {
  return new ConnectorError('graph.incomplete-answer', {
    message: 'Microsoft sent us in a circle: the pages of the members of a group do not come to an end',
    meanwhile: 'Nobody enters or leaves the scope through that group until it has been read to its end.',
    remedy: `${WAIT} Three times in a row: send the details to Microsoft support.`,
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
