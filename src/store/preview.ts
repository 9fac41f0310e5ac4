import type { Feeds } from '../domain/feed.js'
import { widen } from '../domain/login.js'
import type { User } from '../domain/user.js'
import type { ConnectionStore, ParkedSignIns } from './port.js'
import { walk } from './walk.js'

/**
 * A store for a dry run: reads the real one, and keeps what would be committed in memory, so that the very same code
 * shows its plan and nothing is written. A full pass that was interrupted is planned from its start, because its
 * stamps are in the real store only.
 */
export async function previewOf(real: ConnectionStore): Promise<ConnectionStore> {
  const changed = new Map<string, User>()
  const parked = new Map<string, ParkedSignIns>()
  const seen = new Set<string>()
  const directory = await real.feed('directory')
  const resumable = directory.pass?.kind === 'incremental' ? directory.pass : null
  let feeds: Feeds = {
    directory: { ...directory, pass: resumable },
    'sign-ins': await real.feed('sign-ins'),
    bounces: await real.feed('bounces'),
    alerts: await real.feed('alerts'),
  }
  let unseen: User[] | null = null

  const now = (user: User): User => changed.get(user.entraObjectId ?? '') ?? user
  const isPresent = ({ presence }: User): boolean => presence === 'enabled' || presence === 'disabled'

  return {
    connection: real.connection,
    history: (id) => real.history(id),
    tally: () => real.tally(),
    feed: (name) => Promise.resolve(feeds[name]),
    find: async (who) => (await real.find(who)).map(now),
    findAll: async (names) => {
      const found = await real.findAll(names)
      return new Map([...found].map(([name, users]) => [name, users.map(now)]))
    },
    byKey: async (key) => (await real.byKey(key)).map(now),
    due: async (at, limit) => (await real.due(at, limit)).map(now),
    owed: () => real.owed(),
    parked: (query) => real.parked(query),
    write: ({ users = [] }) => {
      for (const { after } of users) changed.set(after.entraObjectId ?? after.id, after)
      return Promise.resolve({ lost: [] })
    },
    tickets: real.tickets,
    tokens: real.tokens,
    runs: real.runs,
    lease: real.lease,

    async known(ids) {
      const known = await real.known(ids)
      const users = new Map(known.users)
      const waiting = new Map(known.parked)
      for (const id of ids) {
        const user = changed.get(id)
        const span = parked.get(id)
        if (user) users.set(id, user)
        if (span) waiting.set(id, span)
      }
      return { users, parked: waiting }
    },

    async list(query) {
      const page = await real.list(query)
      return { ...page, users: page.users.map(now) }
    },

    async candidates({ limit, after }) {
      const people = unseen ?? (await real.candidates({ limit, ...(after === undefined ? {} : { after }) }))
      const left = people.map(now).filter((user) => isPresent(user) && (after === undefined || user.id > after))
      return left.slice(0, limit)
    },

    async commit(batch) {
      for (const { after } of batch.users ?? []) changed.set(after.entraObjectId ?? after.id, after)
      for (const span of batch.park ?? [])
        parked.set(span.entraObjectId, {
          entraObjectId: span.entraObjectId,
          ...widen(parked.get(span.entraObjectId), span),
        })
      for (const id of batch.seen?.entraObjectIds ?? []) seen.add(id)
      feeds = { ...feeds, ...batch.feeds }
      if (batch.sweep) unseen = await peopleNotIn(real, seen)
      return { lost: [] }
    },
  }
}

async function peopleNotIn(real: ConnectionStore, seen: ReadonlySet<string>): Promise<User[]> {
  const unseen: User[] = []
  for await (const users of walk(real))
    unseen.push(...users.filter(({ entraObjectId }) => entraObjectId !== null && !seen.has(entraObjectId)))
  return unseen
}
