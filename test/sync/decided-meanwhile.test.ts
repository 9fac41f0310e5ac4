import { expect } from 'chai'
import { decide } from '../../src/holds/decide.js'
import type { Batch } from '../../src/store/port.js'
import { SmallCompany } from './small-company.js'

const DAY_MS = 86_400_000

/** What people do while a run settles or acts, or after it was killed in the middle. */
describe('meanwhile', () => {
  let company: SmallCompany
  let ids: string[]
  const open = async (count: number, over: Parameters<typeof SmallCompany.open>[0] = {}): Promise<void> => {
    company = await SmallCompany.open(over)
    ids = company.addMany(count)
    await company.sync()
  }
  afterEach(() => company.close())

  const say = async (verdict: 'approve' | 'reject') => {
    const [hold] = await company.store.holds.list({ all: false, limit: 1 })
    return decide(company.store, hold!.id, { verdict }, { by: 'mia', reason: null, now: () => new Date(company.now) })
  }
  const active = async (): Promise<number> =>
    (await company.store.list({ account: 'active', limit: 1000 })).users.length
  const runKilledAfter = async (isLast: (batch: Batch) => boolean): Promise<void> => {
    const { store } = company
    let isDead = false
    const commit: typeof store.commit = (batch) => {
      if (isDead) throw new Error('killed')
      isDead = isLast(batch)
      return store.commit(batch)
    }
    company.store = { ...store, commit }
    await company.sync()
    company.store = store
  }

  it('nobody decides over a hold that is still being filled', async () => {
    await open(250)
    for (const id of ids) company.directory.delete(id)
    await runKilledAfter(({ users = [] }) => users.some(({ after }) => after.removal?.state === 'held'))
    expect(await say('approve').catch((error: unknown) => error)).to.include({ code: 'hold.decided' })
    company.failAfter(0)
    expect((await company.sync()).run.users).to.include({ held: 50, deactivated: 0 })
    company.heal()
    expect(await active()).to.equal(250)
    expect(await say('approve')).to.include({ people: 250 })
    expect((await company.sync()).run.users).to.include({ deactivated: 250 })
  })

  it('a rejection counts for whomever the run that acts on the approval has not removed yet', async () => {
    await open(100)
    for (const id of ids) company.directory.delete(id)
    await company.sync()
    await say('approve')
    let looked = 0
    company.source.lookUp = async (id, signal) => {
      looked += 1
      if (looked === 50) expect(await say('reject')).to.include({ people: 60 })
      return company.directory.source.lookUp(id, signal)
    }
    expect((await company.sync()).run.users).to.include({ deactivated: 40 })
    expect(await active()).to.equal(60)
    expect((await company.sync()).run.users).to.include({ deactivated: 0, held: 0 })
    expect(await active()).to.equal(60)
    expect(await company.store.holds.list({ all: false, limit: 1 })).to.deep.equal([])
  })

  it('what an undo notes after a run was killed below the limits is settled by itself', async () => {
    await open(100)
    for (const id of ids.slice(50)) company.directory.change(id, { enabled: false })
    await company.sync()
    company.settings = { ...company.settings, rules: { disabledAccounts: 'inactive', licenseSeats: null } }
    for (const id of ids.slice(50)) company.directory.change(id, { enabled: true })
    const { run } = await company.sync()
    company.directory.delete(ids[0] ?? '')
    await runKilledAfter(({ feeds }) => !!feeds?.directory?.settling)
    expect((await company.feed()).settling).to.include({ all: false })
    expect((await company.undo(run.runId)).undone).to.include({ restored: 50 })
    expect((await company.sync()).run.users).to.include({ deactivated: 1, held: 50 })
  })

  it('the clock runs days ahead for a run: who was removed before still counts', async () => {
    await open(100)
    for (const id of ids.slice(0, 20)) company.directory.delete(id)
    expect((await company.sync()).run.users).to.include({ deactivated: 20 })
    company.now += 8 * DAY_MS
    company.directory.delete(ids[20] ?? '')
    await company.sync()
    company.now -= 8 * DAY_MS
    for (const id of ids.slice(21, 40)) company.directory.delete(id)
    expect((await company.sync()).run.users).to.include({ deactivated: 0, held: 19 })
  })
})
