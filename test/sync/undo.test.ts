import { expect } from 'chai'
import { decide } from '../../src/domain/change.js'
import { EVERYONE } from '../../src/domain/scope.js'
import type { User } from '../../src/domain/user.js'
import type { ConnectionStore } from '../../src/store/port.js'
import { aContext } from '../support/people.js'
import { GROUPS } from './histories/directory.js'
import { SmallCompany } from './small-company.js'

describe('undoing a run', () => {
  let company: SmallCompany
  afterEach(() => company.close())

  const begin = async (people: number, over: Parameters<typeof SmallCompany.open>[0] = {}): Promise<string[]> => {
    company = await SmallCompany.open(over)
    return company.addMany(people)
  }
  const runId = async (): Promise<string> => {
    const { run, error } = await company.sync()
    expect(error).to.equal(null)
    return run.runId
  }
  const person = async (id = ''): Promise<User> => {
    const user = await company.user(id)
    if (!user) throw new Error(`nobody has ${id}`)
    return user
  }
  const disabledAre = (disabledAccounts: 'frozen' | 'inactive'): void => {
    company.settings = { ...company.settings, rules: { disabledAccounts, licenseSeats: null } }
  }

  describe('under a rule that takes disabled people out', () => {
    const FROZEN = { account: 'frozen', accountReason: 'disabled-in-entra' }
    const OUT = { account: 'inactive', accountReason: 'disabled-in-entra' }

    const enabledUnderTheRule = async (): Promise<string> => {
      const [ada = ''] = await begin(40)
      company.directory.change(ada, { enabled: false })
      await company.sync()
      disabledAre('inactive')
      company.directory.change(ada, { enabled: true })
      await company.undo(await runId())
      return ada
    }

    it('freezes whom it would take out, and the next run settles that within the limits', async () => {
      const ada = await enabledUnderTheRule()
      expect(await person(ada)).to.deep.include(FROZEN)
      expect((await person(ada)).removal).to.include({ state: 'noted', proof: 'undo' })
      const { run } = await company.sync()
      expect(run.users).to.include({ deactivated: 1 })
      expect(await person(ada)).to.include(OUT)
      expect((await company.store.feed('directory')).removed.map(({ count }) => count)).to.deep.equal([1])
    })

    it('holds them where they are too many', async () => {
      const ada = await enabledUnderTheRule()
      company.settings = { ...company.settings, removalLimit: { count: 0, percent: 0 } }
      expect((await company.sync()).run.users).to.include({ held: 1 })
      expect(await person(ada)).to.include(FROZEN)
    })

    it('is taken back by undoing the undo', async () => {
      const [ada = ''] = await begin(40)
      company.directory.change(ada, { enabled: false })
      await company.sync()
      disabledAre('inactive')
      company.directory.change(ada, { enabled: true })
      const undo = await company.undo(await runId())
      await company.undo(undo.run.runId)
      expect(await person(ada)).to.deep.include({ account: 'active', removal: null })
    })

    it('and an admin’s freeze takes nobody out either', async () => {
      const [ada = ''] = await begin(2)
      company.directory.change(ada, { enabled: false })
      await company.sync()
      const context = aContext({ rules: { disabledAccounts: 'inactive', licenseSeats: null } })
      const decision = { state: 'frozen', by: 'ada', at: context.now } as const
      const step = decide(await person(ada), decision, context)
      expect(step?.user).to.deep.include({ ...FROZEN, decision })
      expect(step?.user.removal).to.include({ state: 'noted', presence: 'disabled' })
      expect(step?.entries).to.have.length(1)
      expect(step?.entries[0]).to.deep.include({ from: { decision: null }, to: { decision: 'frozen' } })
    })
  })

  it('refuses who has been in another group since, though they are back in it', async () => {
    const [ada = ''] = await begin(2, { scope: { ...EVERYONE, groups: [...GROUPS] } })
    await company.sync()
    const move = (from: number, to: number): void => {
      company.membersOf(from).delete(ada)
      company.membersOf(to).add(ada)
    }
    company.directory.change(ada, { name: 'Ada' })
    move(0, 1)
    const id = await runId()
    move(1, 0)
    await company.sync()
    const { undone } = await company.undo(id)
    expect(undone).to.deep.include({ restored: 0 })
    expect(undone?.refused.map((one) => one.reason.split(',')[0])).to.deep.equal(['changed since by a later run'])
    expect(await person(ada)).to.include({ displayName: 'Ada', through: GROUPS[0] })
    const entries = await company.store.history((await person(ada)).id)
    expect(entries.at(-1)).to.deep.include({ from: { through: GROUPS[1] }, to: { through: GROUPS[0] } })
  })

  describe('of a property that a rule names and no field shows', () => {
    const cities = new Map<string, string | null>()
    const scope = { ...EVERYONE, rules: [{ property: 'city', op: 'not-equals', value: 'Rom' }] as const }

    const withCities = async (over = {}): Promise<string> => {
      const [ada = ''] = await begin(2, over)
      company.source.page = async (...all) => {
        const page = await company.directory.source.page(...all)
        const items = page.items.map((item) =>
          item.kind === 'patch' ? { ...item, source: { city: cities.get(item.entraObjectId) ?? null } } : item,
        )
        return { ...page, items }
      }
      cities.set(ada, 'Bern')
      await company.sync()
      return ada
    }
    const moveTo = (id: string, city: string | null, name = 'P1'): void => {
      cities.set(id, city)
      // Entra names them again.
      company.directory.change(id, { name: 'Z' })
      company.directory.change(id, { name })
    }

    for (const city of ['Chur', null])
      it(`refuses who has another value since: ${city}`, async () => {
        const ada = await withCities({ scope })
        moveTo(ada, 'Basel', 'Ada')
        const id = await runId()
        moveTo(ada, city, 'Ada')
        await company.sync()
        expect((await company.undo(id)).undone?.refused).to.have.length(1)
        expect((await person(ada)).source).to.deep.equal({ city })
      })

    it('gives the value back where nobody has touched it, and says so in the history', async () => {
      const ada = await withCities({ scope })
      moveTo(ada, 'Basel')
      expect((await company.undo(await runId())).undone).to.deep.equal({ restored: 1, refused: [] })
      const user = await person(ada)
      expect(user.source).to.deep.equal({ city: 'Bern' })
      const [, there, back, ...more] = await company.store.history(user.id)
      expect(there).to.deep.include({ from: { city: 'Bern' }, to: { city: 'Basel' } })
      expect(back).to.deep.include({ from: { city: 'Basel' }, to: { city: 'Bern' }, cause: 'ada' })
      expect(more).to.deep.equal([])
    })

    it('has no entry for anybody when a scope names it for the first time', async () => {
      const ada = await withCities()
      company.settings = { ...company.settings, scope: { ...scope, groups: [GROUPS[0]] } }
      await company.sync()
      const user = await person(ada)
      expect(user).to.deep.include({ source: { city: 'Bern' }, through: GROUPS[0] })
      expect(await company.store.history(user.id)).to.have.length(1)
    })
  })

  it('that was stopped rejects the removals it had noted', async () => {
    const [ada = '', ...others] = await begin(30)
    await company.sync()
    company.directory.delete(ada)
    for (const id of others.slice(0, 7)) company.directory.change(id, { name: 'Z' })
    company.failAfter(2)
    const { run } = await company.sync()
    company.heal()
    expect((await person(ada)).removal).to.include({ state: 'noted' })
    const { undone } = await company.undo(run.runId)
    expect(undone).to.deep.equal({ restored: 6, refused: [] })
    expect((await person(ada)).removal).to.include({ state: 'rejected' })
    await company.sync(true)
    expect(await person(ada)).to.include({ account: 'active', presence: 'enabled' })
  })

  it('leaves a removal alone that another run has noted', async () => {
    const [ada = '', ...others] = await begin(30)
    await company.sync()
    company.directory.change(ada, { name: 'Ada' })
    const id = await runId()
    company.now += 1000
    company.directory.delete(ada)
    for (const other of others.slice(0, 7)) company.directory.change(other, { name: 'Z' })
    company.failAfter(2)
    await company.sync()
    company.heal()
    await company.undo(id)
    expect((await person(ada)).removal).to.include({ state: 'noted' })
    await company.sync()
    expect(await person(ada)).to.include({ account: 'inactive', presence: 'soft-deleted' })
  })

  it('counts whom a commit that lost a race has restored already', async () => {
    const people = await begin(4)
    await company.sync()
    for (const id of people) company.directory.change(id, { name: 'Z' })
    const id = await runId()
    const { store } = company
    let isFirst = true
    const half: ConnectionStore = {
      ...store,
      commit: async (batch) => {
        const { users = [] } = batch
        if (!isFirst || users.length < 2) return store.commit(batch)
        isFirst = false
        await store.commit({ ...batch, users: users.slice(0, 2) })
        return { lost: users.slice(2).map(({ after }) => after.id) }
      },
    }
    const { undone, run } = await company.undo(id, half)
    expect(undone).to.deep.equal({ restored: 4, refused: [] })
    expect(run.users).to.include({ skipped: 0 })
    for (const [n, one] of people.entries()) expect(await person(one)).to.include({ displayName: `P${n + 1}` })
  })

  it('is refused where what it replaced is not kept any more, and before it has ended', async () => {
    const [ada = ''] = await begin(2)
    const id = await runId()
    const messageOf = async (): Promise<string> => {
      const { error, undone } = await company.undo(id)
      expect([error?.code, undone]).to.deep.equal(['run.not-undoable', null])
      return error?.message ?? ''
    }
    company.now += 30 * 86_400_000 + 1
    expect(await messageOf()).to.match(/^What run .* replaced is not kept any more: it began at /)
    company.now -= 1
    const { store } = company
    const run = await store.runs.get(id)
    const { runs } = store
    Object.assign(store, { runs: { ...runs, get: () => Promise.resolve(run && { ...run, outcome: null }) } })
    expect(await messageOf()).to.match(/^Run .* has not ended yet$/)
    Object.assign(store, { runs })
    expect(await person(ada)).to.include({ account: 'active' })
    expect((await company.undo(id)).undone).to.deep.include({ restored: 2 })
  })

  it('keeps who is never removed, and says why', async () => {
    const [ada = '', ben = ''] = await begin(2, { scope: { ...EVERYONE, neverRemove: ['p1@contoso.example'] } })
    const { undone, run } = await company.undo(await runId())
    expect(undone?.restored).to.equal(1)
    const { id } = await person(ada)
    const reason = 'is never removed, as the list in config/scope.json says'
    expect(undone?.refused).to.deep.equal([{ id, reason }])
    expect(run.outcome).to.equal('succeeded-with-skips')
    expect(await person(ada)).to.include({ account: 'active', presence: 'enabled' })
    expect(await person(ben)).to.include({ account: 'inactive', presence: 'undone' })
  })

  it('stops in the middle, keeps what it has put back, and goes on the next time', async () => {
    const everyone = await begin(1200)
    const id = await runId()
    // As a signal or a timer would: nobody hears them before the event loop goes round.
    company.onProgress = ({ done }) => {
      if (done === 200) setImmediate(() => company.stopping.abort())
    }
    const { run, error } = await company.undo(id)
    expect(error).to.include({ code: 'run.interrupted' })
    expect(error?.meanwhile).to.equal('Who has been put back stays so. The same command goes on with the others.')
    expect(run).to.include({ outcome: 'interrupted' })
    expect(run.users.deactivated).to.be.within(200, everyone.length - 200)

    company.stopping = new AbortController()
    company.onProgress = undefined
    const second = await company.undo(id)
    expect(second.undone).to.deep.equal({ restored: everyone.length - run.users.deactivated, refused: [] })
  })

  it('says so, too, where it is stopped within a batch', async () => {
    await begin(3)
    const id = await runId()
    const { findAll } = company.store
    const store: ConnectionStore = {
      ...company.store,
      findAll: (names) => {
        company.stopping.abort()
        return findAll(names)
      },
    }
    const { run, error } = await company.undo(id, store)
    expect(error?.meanwhile).to.equal('Who has been put back stays so. The same command goes on with the others.')
    expect(run.users).to.include({ deactivated: 0 })
  })
})
