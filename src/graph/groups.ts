import type { GroupSource, MembersPage } from '../domain/directory.js'
import { ConnectorError } from '../domain/errors.js'
import type { AnswerFacts } from './call.js'
import type { GraphClient } from './client.js'
import { fieldsOf, textOf } from './envelope.js'
import { findChain, type GroupsPage, type NamedGroup } from './group-chain.js'
import { incomplete } from './network-failure.js'
import { collection, wellFormed } from './wire.js'

/** The most Graph gives at once. */
const TOP = '$top=999'
/** As for people: a look-up gives up sooner than a page. */
const LOOK_UP_TRIES = 3
/** Nobody is in so many groups: what goes on longer does not come to an end. */
const MOST_PAGES = 1000

/**
 * The groups of a tenant. Everything is asked for without a type in the path, and sorted by `@odata.type` here: with one
 * Graph answers from an index that may lag behind (aad-advanced-queries.md). Needs GroupMember.Read.All, for groups that
 * hide their members Member.Read.Hidden, too.
 */
export function groupSource(client: GraphClient): GroupSource {
  return {
    members: (at, signal) => members(client, at, signal),
    groupsOf: (entraObjectId, nested, signal) => groupsOf(client, { entraObjectId, nested }, signal),
    name: (group, signal) =>
      client.get(`${client.url}/groups/${encodeURIComponent(group)}?$select=id,displayName`, {
        signal,
        attempts: LOOK_UP_TRIES,
        read: (body, facts) => {
          const found = namedGroup(body, facts)
          if (found.id === group.toLowerCase()) return found.name
          throw incomplete({ ...facts.details, words: 'the answer is not about the group asked for' })
        },
      }),
    chain: (entraObjectId, { id, nested }, signal) => {
      const person = `${client.url}/users/${encodeURIComponent(entraObjectId)}`
      const groups = `?$select=id,displayName&${TOP}`
      const attempts = LOOK_UP_TRIES
      return findChain({
        wanted: { id: id.toLowerCase(), nested },
        direct: `${person}/memberOf${groups}`,
        all: `${person}/transitiveMemberOf${groups}`,
        within: (group) => `${client.url}/groups/${encodeURIComponent(group)}/members${groups}`,
        ask: (link) => noneWhereAbsent(client.get(link, { signal, attempts, read: reading(client, groupsPage) })),
      })
    },
  }
}

/**
 * That there is no such group is believed only when the group itself says so, too: its members decide over access. Of a
 * later page it says nothing about the group: then the members were not read to their end.
 */
async function members(
  client: GraphClient,
  at: Parameters<GroupSource['members']>[0],
  signal: AbortSignal,
): Promise<MembersPage> {
  const link = 'link' in at ? at.link : membersLink(client.url, at)
  try {
    return await client.get(link, { signal, read: reading(client, membersPage) })
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'graph.not-found') throw error
    if ('link' in at) throw incomplete({ ...error.details, words: 'a page of the members of a group is not there' })
    const group = `${client.url}/groups/${encodeURIComponent(at.group)}?$select=id`
    await client.get(group, { signal, attempts: LOOK_UP_TRIES, read: idOf })
    throw incomplete({ ...error.details, words: 'the group is there, and its members are said not to be' })
  }
}

function membersLink(url: string, { group, nested }: { readonly group: string; readonly nested: boolean }): string {
  const relation = nested ? 'transitiveMembers' : 'members'
  return `${url}/groups/${encodeURIComponent(group)}/${relation}?$select=id&${TOP}`
}

/** To the last page, or not at all. Roles and administrative units are told here, too (user-list-memberof.md). */
async function groupsOf(
  client: GraphClient,
  { entraObjectId, nested }: { readonly entraObjectId: string; readonly nested: boolean },
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const relation = nested ? 'transitiveMemberOf' : 'memberOf'
  const groups = new Set<string>()
  const asked = new Set<string>()
  let link: string | null =
    `${client.url}/users/${encodeURIComponent(entraObjectId)}/${relation}?$select=id,displayName&${TOP}`
  while (link !== null) {
    if (asked.has(link) || asked.size === MOST_PAGES)
      throw incomplete({ words: 'the pages of the groups somebody is in do not come to an end' })
    asked.add(link)
    const page: GroupsPage = await client.get(link, {
      signal,
      attempts: LOOK_UP_TRIES,
      read: reading(client, groupsPage),
    })
    for (const { id } of page.groups) groups.add(id)
    link = page.next
  }
  return groups
}

/** An entry that does not say what it is may be one. */
function isA(type: 'user' | 'group'): (entry: unknown) => boolean {
  return (entry) => {
    const given = textOf(fieldsOf(entry)?.['@odata.type']).toLowerCase()
    return given === '' || given.endsWith(`graph.${type}`) || given === type
  }
}

type Read<T> = (body: unknown, facts: AnswerFacts) => T

/** Refuses a next link that leads elsewhere, before anything of the page is used. */
function reading<T extends { readonly next: string | null }>({ guard }: GraphClient, read: Read<T>): Read<T> {
  return (body, facts) => {
    const page = read(body, facts)
    if (page.next !== null) guard(page.next)
    return page
  }
}

/** An entry without an id makes the whole page incomplete: a group must never look smaller than it is. */
function membersPage(body: unknown, facts: AnswerFacts): MembersPage {
  const { value, link } = collection(body, facts)
  const people = value.filter(isA('user'))
  return { entraObjectIds: people.map((entry) => idOf(entry, facts)), next: link('@odata.nextLink') }
}

function groupsPage(body: unknown, facts: AnswerFacts): GroupsPage {
  const { value, link } = collection(body, facts)
  const groups = value.filter(isA('group'))
  return { groups: groups.map((entry) => namedGroup(entry, facts)), next: link('@odata.nextLink') }
}

/** Where names may not be read they come as null: permissions-overview, "inaccessible member objects". */
function namedGroup(entry: unknown, facts: AnswerFacts): NamedGroup {
  const name = fieldsOf(entry)?.['displayName']
  return { id: idOf(entry, facts), name: typeof name === 'string' && name !== '' ? wellFormed(name) : null }
}

function idOf(entry: unknown, facts: AnswerFacts): string {
  const id = fieldsOf(entry)?.['id']
  if (typeof id === 'string' && id !== '') return wellFormed(id.toLowerCase())
  throw incomplete({ ...facts.details, words: 'an entry has no id' })
}

/** Somebody, or a group, that is gone is in no group. */
async function noneWhereAbsent(answer: Promise<GroupsPage>): Promise<GroupsPage> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'graph.not-found') return { groups: [], next: null }
    throw error
  }
}
