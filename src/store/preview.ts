import type { Feeds } from '../domain/feed.js'
import type { Hold } from '../domain/hold.js'
import { widen } from '../domain/login.js'
import type { User, UserChange } from '../domain/user.js'
import type { ConnectionStore, HoldStore, ParkedSignIns, Tally } from './port.js'
import { walk } from './walk.js'

/**
 * A store for a dry run: reads the real one, and keeps what would be committed in memory, so that the very same code
 * shows its plan and nothing is written. A full pass that was interrupted is planned from its start, because its
 * stamps are in the real store only.
 */
export async function previewOf(real: ConnectionStore): Promise<ConnectionStore> {
  const people = new PeopleInMemory()
  const holds = holdsOver(real.holds)
  const parked = new Map<string, ParkedSignIns>()
  const seen = new Set<string>()
  const resolved = new Set<string>()
  const directory = await real.feed('directory')
  const resumable = directory.pass?.kind === 'incremental' ? directory.pass : null
  let feeds: Feeds = {
    directory: { ...directory, pass: resumable },
    'sign-ins': await real.feed('sign-ins'),
    bounces: await real.feed('bounces'),
    alerts: await real.feed('alerts'),
  }
  /** Ids, in order: people are read again page by page. */
  let unseen: string[] | null = null

  return {
    connection: real.connection,
    history: (id) => real.history(id),
    tally: async () => people.counted(await real.tally()),
    feed: (name) => Promise.resolve(feeds[name]),
    find: async (who) => (await real.find(who)).map(people.now),
    findAll: async (names) => {
      const found = await real.findAll(names)
      return new Map([...found].map(([name, users]) => [name, users.map(people.now)]))
    },
    byKey: async (key) => (await real.byKey(key)).map(people.now),
    due: async (at, limit) => (await real.due(at, limit)).map(people.now),
    owed: () => real.owed(),
    parked: (query) => real.parked(query),
    write: ({ users = [] }) => {
      people.take(users)
      return Promise.resolve({ lost: [] })
    },
    tickets: real.tickets,
    tokens: real.tokens,
    holds,
    runs: { ...real.runs, prune: () => Promise.resolve(0) },
    lease: real.lease,

    async known(ids) {
      const known = await real.known(ids)
      const users = new Map([...known.users].map(([id, user]) => [id, people.now(user)]))
      const waiting = new Map(known.parked)
      for (const id of ids) {
        const user = people.byObjectId(id)
        const span = parked.get(id)
        if (user) users.set(id, user)
        if (span) waiting.set(id, span)
      }
      return { users, parked: waiting }
    },

    async list(query) {
      const page = await real.list(query)
      return { ...page, users: page.users.map(people.now) }
    },

    async candidates({ limit, after = '' }) {
      const isLeft = (user: User): boolean => isPresent(people.now(user)) && !resolved.has(user.id)
      const ids = unseen
      const page: Page = ids ? (part) => peopleOf(real, ids, part) : (part) => real.candidates(part)
      return people.all(await collect(limit, after, page, isLeft))
    },

    async removals({ state, hold, limit, after = '' }) {
      const isAsked = ({ id, removal }: User): boolean =>
        id > after && removal?.state === state && (hold === undefined || removal.hold === hold)
      const page = (part: { limit: number; after?: string }) => real.removals({ state, ...of(hold), ...part })
      const unchanged = await collect(limit, after, page, (user) => !people.has(user))
      return [...unchanged, ...people.which(isAsked)].sort(byId).slice(0, limit)
    },

    async commit(batch) {
      people.take(batch.users ?? [])
      if (batch.hold) await holds.put(batch.hold)
      for (const span of batch.park ?? [])
        parked.set(span.entraObjectId, {
          entraObjectId: span.entraObjectId,
          ...widen(parked.get(span.entraObjectId), span),
        })
      for (const id of batch.seen?.entraObjectIds ?? []) seen.add(id)
      feeds = { ...feeds, ...batch.feeds }
      for (const id of batch.resolved ?? []) resolved.add(id)
      if (batch.sweep) {
        unseen = await presentNotIn(real, seen, people)
        resolved.clear()
      }
      return { lost: [] }
    },
  }
}

const of = (hold: string | undefined) => (hold === undefined ? {} : { hold })
const isPresent = ({ presence }: User): boolean => presence === 'enabled' || presence === 'disabled'
const byId = (a: User, b: User): number => (a.id < b.id ? -1 : 1)

const keyOf = ({ status, account, firstLogin }: Omit<Tally, 'count'>): string => `${status} ${account} ${firstLogin}`

/** Whom the run would have changed or created. */
class PeopleInMemory {
  readonly #byId = new Map<string, User>()
  readonly #byObjectId = new Map<string, User>()
  /** How many more or fewer there would be of each sort. */
  readonly #counts = new Map<string, Tally>()

  take(changes: readonly UserChange[]): void {
    for (const { before, after } of changes) {
      if (before) this.#count(before, -1)
      this.#count(after, 1)
      this.#byId.set(after.id, after)
      if (after.entraObjectId !== null) this.#byObjectId.set(after.entraObjectId, after)
    }
  }

  /** With these people counted as they would be. */
  counted(rows: readonly Tally[]): Tally[] {
    const counts = new Map(rows.map((row) => [keyOf(row), row]))
    for (const [key, row] of this.#counts) counts.set(key, { ...row, count: row.count + (counts.get(key)?.count ?? 0) })
    return [...counts.values()].filter(({ count }) => count > 0)
  }

  #count({ status, account, firstLoginAt }: User, by: 1 | -1): void {
    const row = { status, account, firstLogin: firstLoginAt === null ? 'pending' : 'completed' } as const
    this.#counts.set(keyOf(row), { ...row, count: (this.#counts.get(keyOf(row))?.count ?? 0) + by })
  }

  readonly now = (user: User): User => this.#byId.get(user.id) ?? user
  readonly all = (users: readonly User[]): User[] => users.map(this.now)

  has({ id }: User): boolean {
    return this.#byId.has(id)
  }

  byObjectId(id: string): User | undefined {
    return this.#byObjectId.get(id)
  }

  which(isAsked: (user: User) => boolean): User[] {
    return [...this.#byId.values()].filter(isAsked)
  }
}

type Page = (part: { readonly limit: number; readonly after?: string }) => Promise<User[]>

/** As many as are asked for, though some of each page are left out. */
async function collect(limit: number, start: string, page: Page, isWanted: (user: User) => boolean): Promise<User[]> {
  const wanted: User[] = []
  for (let after = start; ;) {
    const users = await page({ limit, after })
    wanted.push(...users.filter(isWanted))
    if (users.length < limit || wanted.length >= limit) return wanted.slice(0, limit)
    after = users.at(-1)?.id ?? after
  }
}

/** What is put stays in memory, over what is there. */
function holdsOver(real: HoldStore): HoldStore {
  const put = new Map<string, Hold>()
  const get = async (id: string) => put.get(id) ?? (await real.get(id))
  return {
    get,
    async list({ all, limit }) {
      const there = await real.list({ all, limit: limit + put.size })
      const holds = [...there.filter(({ id }) => !put.has(id)), ...put.values()]
      const newestFirst = (a: Hold, b: Hold) => (`${a.createdAt} ${a.id}` < `${b.createdAt} ${b.id}` ? 1 : -1)
      return holds
        .filter(({ ended }) => all || ended === null)
        .sort(newestFirst)
        .slice(0, limit)
    },
    async put(hold) {
      const before = await get(hold.id)
      if ((before?.revision ?? 0) !== hold.revision - 1) return false
      put.set(hold.id, hold)
      return true
    },
  }
}

async function presentNotIn(
  real: ConnectionStore,
  seen: ReadonlySet<string>,
  people: PeopleInMemory,
): Promise<string[]> {
  const unseen: string[] = []
  for await (const users of walk(real))
    for (const { id, entraObjectId } of users.filter((user) => isPresent(people.now(user))))
      if (entraObjectId !== null && !seen.has(entraObjectId)) unseen.push(id)
  return unseen
}

/** `ids` are in order. */
async function peopleOf(
  real: ConnectionStore,
  ids: readonly string[],
  { limit, after = '' }: Parameters<Page>[0],
): Promise<User[]> {
  const start = ids.findIndex((id) => id > after)
  const some = start === -1 ? [] : ids.slice(start, start + limit)
  return [...(await real.findAll(some)).values()].flat()
}
