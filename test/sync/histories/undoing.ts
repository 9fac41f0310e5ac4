import { expect } from 'chai'
import type { User } from '../../../src/domain/user.js'
import type { Undone } from '../../../src/sync/undo.js'
import { facts } from './checks.js'
import type { News } from './directory.js'
import type { Settings } from './rows.js'
import type { Made, Settled, Snapshot, World } from './world.js'

/** Exactly those whom nobody has changed since a run are as they were before it; the others are as they are. */
export function checkUndone(
  { settings }: World,
  made: Made,
  { before, after, undone, result }: Settled & { readonly undone: Undone | null },
): void {
  const refused = new Set(undone?.refused.map(({ id }) => id))
  let restored = 0
  for (const [id, user] of after) {
    const was = made.before.get(id)
    const left = made.after.get(id)
    const current = before.get(id)
    const name = `${user.displayName} ${id}`
    if (!left || left.revision === was?.revision) {
      expect(user, `${name}, whom the run did not change`).to.deep.equal(current)
      expect(refused.has(user.id), `${name} is refused`).to.equal(false)
    } else if (left.revision !== current?.revision) {
      expect(user, `${name}, whom somebody has changed since`).to.deep.equal(current)
      const isAs = (one: User | undefined): boolean =>
        JSON.stringify(was && facts(was)) === JSON.stringify(one && facts(one))
      const isBack = was ? isAs(current) : current?.presence === 'undone'
      if (!isAs(left) && !isBack) expect(refused.has(user.id), `${name} is refused`).to.equal(true)
    } else if (settings.neverRemove.has(id) && refused.has(user.id)) {
      expect(user, `${name}, who never loses access`).to.deep.equal(current)
      expect(user.account, `account of ${name}, who is refused`).not.to.equal('inactive')
    } else {
      if (user.revision !== current.revision) restored += 1
      expect(refused.has(user.id), `${name} is refused`).to.equal(false)
      if (was) expect(facts(user), `${name}, whom nobody has changed since`).to.deep.equal(facts(was))
      if (was && was.account !== 'inactive' && left.accountReason !== 'undone' && user.accountReason !== 'no-seat')
        expect(user.account, `account of ${name}, who had access before`).not.to.equal('inactive')
      if (!was)
        expect(user, `${name}, whom the run had created`).to.include({ presence: 'undone', account: 'inactive' })
    }
  }
  for (const id of settings.neverRemove)
    if ((before.get(id)?.account ?? 'inactive') !== 'inactive')
      expect(after.get(id)?.account, `account of ${id}, who never loses access`).not.to.equal('inactive')
  expect(undone?.restored).to.equal(restored)
  expect(result.run.users.skipped).to.equal(refused.size)
}

/** Another name alone is nothing to ask about anybody again. */
function isAnew({ whole, properties }: Omit<News, 'entry'>): boolean {
  return whole || properties.has('department') || properties.has('enabled')
}

/** People whose removal was undone. They stay until the directory says so anew. */
export class KeptPeople {
  readonly #since = new Map<string, number>()

  /** Nor is anybody removed whom a person wanted to stay. */
  rejected({ model }: World): void {
    for (const [id, { wait }] of model.rows)
      if (wait?.state === 'rejected' && !this.#since.has(id)) this.#since.set(id, model.since ?? 0)
  }

  undone({ before, after }: Made, settled: Settled, since: number): void {
    for (const [id, user] of settled.after) {
      if (user.revision === settled.before.get(id)?.revision) continue
      if (user.account === 'inactive' && user.accountReason !== 'no-seat') this.#since.delete(id)
      const was = before.get(id)
      const left = after.get(id)
      const isRemoved = left?.account === 'inactive' && left.accountReason !== 'undone'
      const isBack = was !== undefined && was.account !== 'inactive' && isRemoved
      if (isBack && (user.account !== 'inactive' || user.accountReason === 'no-seat')) this.#since.set(id, since)
    }
  }

  /** Whoever the directory says something new of need not stay. */
  hear({ directory }: World): void {
    for (const [id, since] of this.#since)
      if (directory.news(since).some(({ entry, ...news }) => entry.id === id && isAnew(news))) this.#since.delete(id)
  }

  forgetAll(): void {
    this.#since.clear()
  }

  check(people: Snapshot, { disabledAccounts }: Settings): void {
    for (const id of this.#since.keys()) {
      const user = people.get(id)
      const reason = user?.accountReason ?? null
      const isRemoved = reason === 'deleted-in-entra' || reason === 'out-of-scope'
      const isDisabled =
        reason === 'disabled-in-entra' && user?.account === 'inactive' && disabledAccounts === 'inactive'
      expect(isRemoved || isDisabled, `${id}, whose removal was undone, is removed again`).to.equal(false)
    }
  }
}
