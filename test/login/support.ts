import { join } from 'node:path'
import { NO_AHEAD } from '../../src/domain/ahead.js'
import type { User } from '../../src/domain/user.js'
import { openPasswords, type PasswordKeeper } from '../../src/login/password.js'
import { openStore } from '../../src/store/open.js'
import type { ConnectionStore } from '../../src/store/port.js'
import { Clock, created, entry, person, tempFolder } from '../store/support.js'

/** Argon2 as cheap as it gets: tests hash a lot. */
export const CHEAP = { memoryCost: 64, timeCost: 1, parallelism: 1 }
export const PASSWORD = 'velvet otter plum'

export interface House {
  readonly store: ConnectionStore
  readonly clock: Clock
  /** The store's file. */
  readonly file: string
  add(...people: User[]): Promise<void>
  get(id: string): Promise<User>
  close(): Promise<void>
}

/** A real store in a folder of its own. */
export async function aHouse(): Promise<House> {
  const folder = tempFolder()
  const clock = new Clock()
  const file = join(folder.path, 'connector.db')
  const opened = await openStore({ kind: 'sqlite', path: file }, clock)
  const store = opened.of('default')
  return {
    store,
    clock,
    file,
    async add(...people) {
      await store.write({ users: people.map((user) => created(user, entry(user.status))) })
    },
    async get(id) {
      const [user] = await store.find(id)
      if (!user) throw new Error(`nobody has the id ${id}`)
      return user
    },
    async close() {
      await opened.close()
      folder.remove()
    },
  }
}

/** Somebody who is onboarded to ahead login; `hash` null: without a password. */
export function aheadPerson(n: number, hash: string | null, over: Partial<User> = {}): User {
  const setAt = '2026-11-01T08:00:00.000Z'
  return person(n, {
    identity: 'ahead-id',
    status: 'onboarded',
    ahead: { ...NO_AHEAD, password: hash === null ? null : { hash, setAt } },
    ...over,
  })
}

export interface Counted extends PasswordKeeper {
  /** What was compared, in order: a hash, or null for nobody's. */
  readonly compared: (string | null)[]
  /** How many comparisons were under way at once, at most. */
  most: number
}

/** Real passwords, watched. */
export function counted(passwords: PasswordKeeper = openPasswords(CHEAP)): Counted {
  let running = 0
  const keeper: Counted = {
    ...passwords,
    compared: [],
    most: 0,
    async verify(hash, password) {
      keeper.compared.push(hash)
      running += 1
      keeper.most = Math.max(keeper.most, running)
      try {
        return await passwords.verify(hash, password)
      } finally {
        running -= 1
      }
    },
  }
  return keeper
}
