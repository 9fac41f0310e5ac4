import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openStore, type SyncRequest } from '../../src/app.js'
import { readConfig } from '../../src/config/read.js'
import type { Run } from '../../src/domain/run.js'
import type { Account, HistoryEntry } from '../../src/domain/user.js'
import type { UserView } from '../../src/domain/view.js'
import { findHold } from '../../src/holds/decide.js'
import { listHolds, wholeView, type WholeHold } from '../../src/holds/view.js'
import { exitCodeOf } from '../../src/jobs/runner.js'
import type { Person } from '../../src/simulator/person.js'
import type { ConnectionStore } from '../../src/store/port.js'
import type { Env, Result } from '../support/command.js'
import { aCompany, type Company } from './company.js'

/** A department outside the scope, with a name no shell likes. */
export const OUTSIDE = "Küche & Söhne's"

/** A company of 60 people, read once. What is not a command here is done in this process: it is quicker. */
export interface LeavingCompany extends Company {
  readonly people: readonly Person[]
  /** Deletes the first 14 people in Entra and moves the next 12 out of scope: 26 removals, two causes. */
  leave(): void
  /** The one hold that is open. */
  openHold(): Promise<WholeHold>
  hold(id: string): Promise<WholeHold>
  person(who: string): Promise<Shown>
  syncs(request?: Partial<SyncRequest>, env?: Env): Promise<{ code: number; run: Run }>
  /** Object ids of everybody in this state. */
  who(account: Account): Promise<string[]>
}

export interface Shown {
  readonly user: UserView
  readonly history: readonly HistoryEntry[]
  readonly removal: Readonly<Record<'state' | 'cause' | 'since' | 'hold', string | null>> | null
}

export const DELETED = 14
export const MOVED = 12

export async function aLeavingCompany(env: Env = {}): Promise<LeavingCompany> {
  const company = await aCompany(env, { users: 60, pageSize: 25 })
  const { simulator, run } = company
  await mkdir(join(company.path, 'config'))
  const rule = { property: 'department', op: 'not-equals', value: OUTSIDE }
  await company.write('config/scope.json', JSON.stringify({ rules: [rule] }))
  await company.sync()
  const people = [...simulator.directory.all()]
  const inStore = async <T>(read: (store: ConnectionStore) => Promise<T>): Promise<T> => {
    const config = readConfig({ env: { ...company.env }, cwd: company.path, tty: false, needs: 'store' })
    if (!config.ok) throw new Error(config.problems.map(({ message }) => message).join(' '))
    const store = await openStore(config)
    try {
      return await read(store.of('default'))
    } finally {
      await store.close()
    }
  }
  const hold = (id: string): Promise<WholeHold> =>
    inStore(async (store) => wholeView(store, await findHold(store, id), new Date()))
  return {
    ...company,
    people,
    hold,
    leave() {
      for (const { id } of people.slice(0, DELETED)) simulator.directory.softDelete(id)
      for (const { id } of people.slice(DELETED, DELETED + MOVED))
        simulator.directory.update(id, { department: OUTSIDE })
    },
    async openHold() {
      const holds = await inStore((store) => listHolds(store, { all: false, now: new Date() }))
      if (holds.length !== 1) throw new Error(`${holds.length} holds are open`)
      return hold(holds[0]?.id ?? '')
    },
    person: async (who) => (await run(['users', 'show', who, '--json'])).json as unknown as Shown,
    async syncs(request = {}, env = {}) {
      const result = await company.sync(request, env)
      return { code: exitCodeOf(result), run: result.run }
    },
    who: (account) =>
      inStore(async (store) => {
        const { users } = await store.list({ account, limit: 1000 })
        return users.map(({ entraObjectId }) => entraObjectId ?? '')
      }),
  }
}

/** For one test, however it ends: nobody leaves yet. */
export async function whileThere(env: Env, test: (company: LeavingCompany) => Promise<void>): Promise<void> {
  const company = await aLeavingCompany(env)
  try {
    await test(company)
  } finally {
    await company.close()
  }
}

export function whileLeaving(env: Env, test: (company: LeavingCompany) => Promise<void>): Promise<void> {
  return whileThere(env, (company) => {
    company.leave()
    return test(company)
  })
}

export function errorOf({ json }: Result): { code: string; message: string; remedy: string | null } {
  return json['error'] as { code: string; message: string; remedy: string | null }
}
