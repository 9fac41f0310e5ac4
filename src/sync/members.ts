import type { GroupSource } from '../domain/directory.js'
import { toConnectorError, type ConnectorError, type ErrorCode } from '../domain/errors.js'
import { GroupMembers, membershipOf, type ReadMembership } from '../domain/membership.js'
import type { ScopeConfig } from '../domain/scope.js'
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
  'settings.wrong-tenant',
])

export async function readMembership(
  writer: RunWriter,
  source: GroupSource,
  scope: ScopeConfig,
): Promise<ReadMembership> {
  const groups: GroupMembers[] = []
  let error: ConnectorError | null = null
  const waiting = [...scope.groups]
  const worker = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const group = await readGroup(writer, source, { id, nested: scope.nested })
      groups.push(group.members)
      error ??= group.error
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, worker))
  return membershipOf(
    scope.groups.map((id) => groups.find((group) => group.id === id) ?? new GroupMembers(id)),
    error,
  )
}

async function readGroup(
  writer: RunWriter,
  source: GroupSource,
  group: { readonly id: string; readonly nested: boolean },
): Promise<{ members: GroupMembers; error: ConnectorError | null }> {
  const members = new GroupMembers(group.id)
  try {
    let at: Parameters<GroupSource['members']>[0] = { group: group.id, nested: group.nested }
    for (;;) {
      const page = await source.members(at, writer.signal)
      for (const id of page.entraObjectIds) members.add(id)
      if (page.next === null) break
      at = { link: page.next }
    }
    members.state = 'read'
    return { members, error: null }
  } catch (thrown) {
    const error = toConnectorError(thrown, 'reading the members of a group')
    if (error.code === 'graph.not-found') {
      members.state = 'deleted'
      writer.note({ level: 'warn', message: 'An assigned group does not exist any more', about: group.id })
      return { members, error: null }
    }
    if (STOPS.has(error.code) || error.kind === 'interrupted' || error.kind === 'lease') throw error
    const { code, remedy, details } = error
    const message = 'An assigned group could not be read: nobody enters or leaves the scope through it'
    writer.note({
      level: 'warn',
      message,
      about: group.id,
      details: { problem: error.message, code, remedy, ...details },
    })
    return { members, error }
  }
}
