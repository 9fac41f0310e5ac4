import { expect } from 'chai'
import { ConnectorError } from '../../src/domain/errors.js'
import { EVERYONE } from '../../src/domain/scope.js'
import { GROUPS } from './histories/directory.js'
import { SmallCompany } from './small-company.js'

const NONE = { count: 0, percent: 0 }
const unavailable = (): Promise<never> =>
  Promise.reject(new ConnectorError('graph.unavailable', { message: 'not now' }))
const denied = (): Promise<never> => Promise.reject(new ConnectorError('graph.denied', { message: 'not for you' }))

describe('nobody loses their access', () => {
  let company: SmallCompany
  let ids: readonly string[]

  async function open(people = 6): Promise<void> {
    company = await SmallCompany.open({ scope: { ...EVERYONE, groups: [GROUPS[0]] } })
    ids = company.addMany(people)
    company.groups.name = (group, signal) =>
      company.directory.groupSource.name(group, signal).then((name) => name ?? 'Staff-CH')
    await company.sync()
  }
  afterEach(() => company.close())

  const active = async (): Promise<number> =>
    (await company.store.list({ account: 'active', limit: 1000 })).users.length
  const who = (n: number): string => ids[n] ?? ''

  /** The members are read without somebody who is one of them. */
  function shorten(id: string): { asked: number } {
    const count = { asked: 0 }
    const { groupSource } = company.directory
    company.groups.members = async (at, signal) => {
      const page = await groupSource.members(at, signal)
      return { ...page, entraObjectIds: page.entraObjectIds.filter((one) => one !== id) }
    }
    company.groups.groupsOf = (...question) => {
      count.asked += 1
      return groupSource.groupsOf(...question)
    }
    return count
  }

  describe('to a list of members that is short', () => {
    beforeEach(() => open())

    it('although a full pass does not name them either: their groups are asked for', async () => {
      const count = shorten(who(5))
      const { page } = company.directory.source
      company.source.page = async (link, signal) => {
        const read = await page(link, signal)
        return { ...read, items: read.items.filter(({ entraObjectId }) => entraObjectId !== who(5)) }
      }
      const { run } = await company.sync(true)
      expect(run.users.deactivated).to.equal(0)
      expect(await company.see(who(5))).to.deep.equal({ account: 'active', removal: null, proof: null })
      expect(count.asked).to.equal(1)
    })

    it('although a plan showed it, and they were looked up', async () => {
      company.group.members.delete(who(5))
      const { run } = await company.planAndApply(() => {
        company.group.members.add(who(5))
        shorten(who(5))
      })
      expect(run.users.deactivated).to.equal(0)
      expect(await active()).to.equal(6)
    })

    it('unless they have left the group; and it is told how we know', async () => {
      company.group.members.delete(who(5))
      await company.sync(true)
      expect(await company.see(who(5))).to.deep.equal({
        account: 'inactive',
        removal: 'done: left group “Staff-CH”',
        proof: 'groups',
      })
    })

    it('unless they were deleted, and Microsoft did not report it: that is what is told', async () => {
      const { page } = company.directory.source
      company.source.page = async (link, signal) => ({ ...(await page(link, signal)), items: [] })
      company.directory.delete(who(5))
      await company.sync()
      expect(await company.see(who(5))).to.deep.equal({
        account: 'inactive',
        removal: 'done: deleted in Entra',
        proof: 'look-up',
      })
    })

    it('whatever the group is called by now, when everybody is read again', async () => {
      let name: string | null = 'Personal'
      company.groups.name = () => Promise.resolve(name)
      await company.sync()
      company.group.members.delete(who(4))
      await company.sync()
      expect(await company.see(who(4))).to.include({ removal: 'done: left group “Staff-CH”' })
      company.group.members.delete(who(5))
      await company.sync(true)
      expect(await company.see(who(5))).to.include({ removal: 'done: left group “Personal”' })
      name = null
      await company.sync(true)
      expect((await company.feed()).groups).to.deep.equal({ [GROUPS[0]]: 'Personal' })
    })

    it('although Microsoft says of a second reading only that the group is not there', async () => {
      company.group.members.delete(who(5))
      company.groups.groupsOf = denied
      let reads = 0
      company.groups.members = (at, signal) => {
        reads += 1
        if (reads > 1) throw new ConnectorError('graph.not-found', { message: 'no such group' })
        return company.directory.groupSource.members(at, signal)
      }
      const { run } = await company.sync()
      expect(run.users).to.include({ deactivated: 0, skipped: 1 })
      expect(await active()).to.equal(6)
    })

    it('whose pages lead in a circle: that is told with what to do', async () => {
      company.groups.members = () => Promise.resolve({ entraObjectIds: ids, next: 'again' })
      const { error } = await company.sync()
      expect(error).to.include({ code: 'graph.incomplete-answer' })
      expect(error?.meanwhile).to.match(/^Nobody enters or leaves the scope/)
      expect(error?.remedy).to.match(/^Nothing to do.* Microsoft support\.$/)
      expect(await active()).to.equal(6)
    })
  })

  describe('to a group that was deleted, when one person is read', () => {
    beforeEach(async () => {
      await open()
      company.group.deleted = true
    })
    const HELD = 'held: group “Staff-CH” was deleted'

    it('without somebody who decides', async () => {
      const { run } = await company.person(who(0))
      expect(run.users).to.include({ deactivated: 0, held: 1 })
      expect(await company.see(who(0))).to.include({ account: 'active', removal: HELD })
    })

    it('while it waits in a hold', async () => {
      await company.sync()
      const { run } = await company.person(who(0))
      expect(run.users).to.include({ deactivated: 0, held: 0, unchanged: 1 })
      expect(await company.see(who(0))).to.include({ account: 'active', removal: HELD })
      expect(await company.store.holds.list({ all: true, limit: 10 })).to.have.lengthOf(1)
    })

    it('after somebody has decided that they stay', async () => {
      await company.sync()
      await company.decide('reject')
      await company.sync()
      await company.person(who(0))
      expect(await company.see(who(0))).to.include({
        account: 'active',
        removal: 'rejected: group “Staff-CH” was deleted',
      })
    })

    it('nor to one of which nobody can say whether it was', async () => {
      company.groups.name = unavailable
      const { error } = await company.person(who(0))
      expect(error).to.include({ code: 'graph.unavailable' })
      expect(await company.see(who(0))).to.include({ account: 'active', removal: null })
    })

    it('but those do who have left another one', async () => {
      company.settings = { ...company.settings, scope: { ...company.settings.scope, groups: [...GROUPS] } }
      company.group.deleted = false
      company.directory.groups.get(GROUPS[1])!.deleted = true
      company.group.members.delete(who(0))
      await company.person(who(0))
      expect(await company.see(who(0))).to.include({ account: 'inactive', removal: 'done: left group “Staff-CH”' })
    })
  })

  describe('while the look-up of their groups fails', () => {
    beforeEach(() => open())

    it('however often they are read alone; nor does that count towards the limits', async () => {
      company.group.members.delete(who(0))
      company.directory.failing.add(who(0))
      await company.sync()
      company.directory.failing.clear()
      for (let times = 0; times < 3; times += 1) {
        company.groups.groupsOf = failingAfter(1)
        expect((await company.person(who(0))).run).to.include({ outcome: 'succeeded-with-skips' })
      }
      expect([await active(), await company.removed()]).to.deep.equal([6, 0])

      company.groups.groupsOf = company.directory.groupSource.groupsOf
      expect((await company.person(who(0))).run.users).to.include({ deactivated: 1 })
      expect([await active(), await company.removed()]).to.deep.equal([5, 1])
      expect(await company.see(who(0))).to.include({ proof: 'groups' })
    })

    function failingAfter(good: number): typeof company.groups.groupsOf {
      let asked = 0
      return (...question) => {
        asked += 1
        return asked > good ? unavailable() : company.directory.groupSource.groupsOf(...question)
      }
    }
  })

  it('to a plan that loses every race against somebody else: it gives up', async () => {
    await open()
    company.group.members.delete(who(5))
    const { store } = company
    const { error } = await company.planAndApply(() => {
      const lose = (batch: Parameters<typeof store.commit>[0]) => {
        const { users = [] } = batch
        const lost = users.map(({ after }) => after.id)
        return lost.length > 0 ? Promise.resolve({ lost }) : store.commit(batch)
      }
      company.store = { ...store, commit: lose }
    })
    expect(error).to.include({ code: 'store.locked' })
    expect(await active()).to.equal(6)
  })

  it('when one person is read after a run that was killed had decided to hold them', async () => {
    await open(9)
    company.settings = { ...company.settings, removalLimit: { count: 2, percent: 5 } }
    for (const id of ids.slice(0, 6)) company.directory.delete(id)
    const { store } = company
    let isDead = false
    company.store = {
      ...store,
      commit: (batch) => {
        if (isDead) throw new Error('killed')
        isDead = !!batch.feeds?.directory?.settling
        return store.commit(batch)
      },
    }
    await company.sync()
    company.store = store
    expect((await company.feed()).settling).to.include({ all: true })
    const { run } = await company.person(who(0))
    expect(run.users).to.include({ deactivated: 0, held: 6 })
    expect(await active()).to.equal(9)
  })

  describe('once it is approved', () => {
    it('when nobody can be looked up; after some failures the rest is left to the next run', async () => {
      await open(100)
      company.settings = { ...company.settings, removalLimit: NONE }
      for (const id of ids) company.directory.delete(id)
      await company.sync()
      await company.decide('approve')
      let looked = 0
      company.source.lookUp = () => {
        looked += 1
        return unavailable()
      }
      const { run } = await company.sync()
      expect(run.users).to.include({ deactivated: 0, skipped: 100 })
      expect(looked).to.equal(40)
      company.source.lookUp = company.directory.source.lookUp
      expect((await company.sync()).run.users).to.include({ deactivated: 100, skipped: 0 })
    })

    it('before the groups have been read again, once for all of them', async () => {
      await open(100)
      company.settings = { ...company.settings, removalLimit: NONE }
      company.group.members.clear()
      await company.sync()
      await company.decide('approve')
      let reads = 0
      company.groups.groupsOf = denied
      company.groups.members = (at, signal) => {
        reads += 1
        return company.directory.groupSource.members(at, signal)
      }
      expect((await company.sync()).run.users).to.include({ deactivated: 100 })
      expect(reads).to.equal(2)
    })
  })
})
