import { expect } from 'chai'
import { ConnectorError } from '../../src/domain/errors.js'
import type { ConnectionStore } from '../../src/store/port.js'
import { SmallCompany } from './small-company.js'

const DAY_MS = 86_400_000

describe('everybody is read again now and then', () => {
  let company: SmallCompany
  let people: string[]
  beforeEach(async () => {
    company = await SmallCompany.open({ reconcileMs: 30 * DAY_MS })
    people = company.addMany(9)
    await company.sync()
  })
  afterEach(() => company.close())

  const drift = async (): Promise<number | null> => (await company.store.feed('directory')).drift?.count ?? null
  const presenceOf = async (id = ''): Promise<unknown> => (await company.user(id))?.presence

  it('after the rounds, and what they have missed is counted', async () => {
    const [ada = '', ben = ''] = people
    company.missInRounds(ada)
    company.directory.change(ada, { name: 'Ada' })
    await company.sync()
    expect(await drift()).to.equal(null)
    company.now += 30 * DAY_MS
    company.directory.change(ben, { name: 'Ben' })
    const { run } = await company.sync()
    expect(run).to.deep.include({ kind: 'resync', outcome: 'succeeded' })
    expect(run.users).to.include({ updated: 2 })
    expect(await company.user(ada)).to.include({ displayName: 'Ada' })
    expect(await drift()).to.equal(1)
    expect(await company.messages(run.runId)).to.include('Everybody was read again: delta had missed 1 change')
  })

  it('only when it is due', async () => {
    company.now += 30 * DAY_MS
    expect((await company.sync()).run.kind).to.equal('resync')
    expect(await drift()).to.equal(0)
    company.now += 30 * DAY_MS - 1
    expect((await company.sync()).run.kind).to.equal('incremental')
    company.now += 1
    expect((await company.sync()).run.kind).to.equal('resync')
  })

  it('and a removal the rounds have missed is settled by the same run', async () => {
    const [ada = ''] = people
    company.missInRounds(ada)
    company.directory.delete(ada)
    company.now += 30 * DAY_MS
    const { run } = await company.sync()
    expect(run.users).to.include({ deactivated: 1 })
    expect(await company.user(ada)).to.include({ account: 'inactive', presence: 'soft-deleted' })
    expect(await drift()).to.equal(1)
    expect((await company.store.feed('directory')).removed.map(({ count }) => count)).to.deep.equal([1])
  })

  it('and its removals are held where with the others of the run they are too many', async () => {
    company.settings = { ...company.settings, removalLimit: { count: 2, percent: 5 } }
    const [ada = '', ...others] = people
    company.missInRounds(ada)
    company.directory.delete(ada)
    for (const id of others.slice(0, 3)) company.directory.delete(id)
    company.now += 30 * DAY_MS
    const { run } = await company.sync()
    expect(run).to.deep.include({ outcome: 'held' })
    expect(run.users).to.include({ held: 4, deactivated: 0 })
    expect(await company.user(ada)).to.include({ account: 'active' })
  })

  for (const pages of [1, 2])
    it(`and where Microsoft stops answering (page ${pages}) the run has done its work and the next one tries again`, async () => {
      const [ada = '', ben = '', cem = ''] = people
      company.missInRounds(cem)
      company.directory.change(cem, { name: 'Cem' })
      await company.sync()
      company.now += 30 * DAY_MS
      company.directory.delete(ada)
      company.directory.change(ben, { enabled: false })
      company.failAfter(pages)
      const { run, error } = await company.sync()
      expect(error).to.equal(null)
      expect(run).to.deep.include({ kind: 'incremental', outcome: 'succeeded', error: null })
      expect(run.users).to.include({ deactivated: 1, frozen: 1 })
      expect((await company.store.feed('directory')).health.failures).to.equal(0)
      expect(await drift()).to.equal(pages === 1 ? null : 1)
      const messages = await company.messages(run.runId)
      expect(messages).to.include('Everybody was to be read again, and it failed: the next run tries it again')
      company.heal()
      const next = await company.sync()
      expect(next.run).to.deep.include({ kind: 'resync', outcome: 'succeeded' })
      expect((await company.store.feed('directory')).drift).to.deep.include({ count: 1 })
      expect((await company.store.feed('directory')).drift).not.to.have.property('isPart')
    })

  it('and a link that leads elsewhere ends the run', async () => {
    company.now += 30 * DAY_MS
    company.failAfter(1, new ConnectorError('graph.foreign-link', { message: 'elsewhere' }))
    expect((await company.sync()).error?.code).to.equal('graph.foreign-link')
  })

  it('and where the process dies meanwhile the next run begins it again', async () => {
    const { store } = company
    company.now += 30 * DAY_MS
    const dying: ConnectionStore = {
      ...store,
      commit: async (batch) => {
        const { pass } = await store.feed('directory')
        if (pass?.reconciles) throw new Error('killed')
        return store.commit(batch)
      },
    }
    await company.sync(false, dying)
    expect((await store.feed('directory')).pass).to.include({ reconciles: true })
    const last = people.at(-1) ?? ''
    company.missInRounds(last)
    company.directory.delete(last)
    expect((await company.sync()).run.kind).to.equal('resync')
    expect(await presenceOf(last)).to.equal('soft-deleted')
    expect(await drift()).to.equal(1)
  })
})
