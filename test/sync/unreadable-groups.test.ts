import { expect } from 'chai'
import { EVERYONE, type ScopeConfig } from '../../src/domain/scope.js'
import type { RunResult } from '../../src/jobs/runner.js'
import { GROUPS } from './histories/directory.js'
import { SmallCompany } from './small-company.js'

const STAFF: ScopeConfig = { ...EVERYONE, groups: [GROUPS[0]] }
const SALES_STAFF: ScopeConfig = { ...STAFF, rules: [{ property: 'department', op: 'in', value: ['Sales'] }] }

describe('while an assigned group cannot be read', () => {
  let company: SmallCompany
  let ids: readonly string[]
  let ada: string
  let lea: string
  let nora: string

  async function open(scope = SALES_STAFF, over: Parameters<typeof SmallCompany.open>[0] = {}): Promise<void> {
    company = await SmallCompany.open({ scope, ...over })
    ids = company.addMany(6)
    ada = ids[0] ?? ''
    lea = company.add(7)
    nora = company.add(8, 'HR')
    await reads()
    company.directory.change(lea, { department: 'HR' })
    await reads()
  }
  afterEach(() => company.close())

  const reads = async (full = false): Promise<RunResult> => {
    company.directory.unreadable.clear()
    const result = await company.sync(full)
    expect(result.error).to.equal(null)
    return result
  }
  const readsNot = async (full = false): Promise<void> => {
    company.directory.unreadable.add(GROUPS[0])
    expect((await company.sync(full)).error?.code).to.equal('graph.unavailable')
  }
  const accounts = async (): Promise<unknown[]> =>
    Promise.all([ada, lea, nora].map(async (id) => (await company.user(id))?.account ?? null))
  const moveAll = (): void => {
    company.directory.change(ada, { department: 'HR' })
    for (const id of [lea, nora]) company.directory.change(id, { department: 'Sales' })
  }

  for (const full of [false, true])
    it(`nobody is judged, and the first run that reads it judges all whom a ${full ? 'full pass' : 'round'} named`, async () => {
      await open()
      moveAll()
      await readsNot(full)
      expect(await accounts()).to.deep.equal(['active', 'inactive', null])
      await reads()
      expect(await accounts()).to.deep.equal(['inactive', 'active', 'active'])
    })

  it('the same when the run that could not read it did not come to its end', async () => {
    await open()
    moveAll()
    for (const id of ids.slice(1)) company.directory.change(id, { name: 'Z' })
    company.failAfter(2)
    await readsNot()
    company.heal()
    await reads()
    expect(await accounts()).to.deep.equal(['inactive', 'active', 'active'])
  })

  it('a rule that comes meanwhile waits for the first run that reads it', async () => {
    await open(STAFF)
    company.directory.change(ada, { department: 'HR' })
    await reads()
    company.settings = { ...company.settings, scope: SALES_STAFF }
    await readsNot()
    await readsNot()
    expect(await accounts()).to.deep.equal(['active', 'active', 'active'])
    expect((await reads()).run.kind).to.equal('incremental')
    expect(await accounts()).to.deep.equal(['inactive', 'inactive', 'inactive'])
  })

  it('nobody is looked up for it, run after run', async () => {
    await open()
    let asked = 0
    company.source.lookUp = (...all) => {
      asked += 1
      return company.directory.source.lookUp(...all)
    }
    for (let times = 0; times < 3; times += 1) await readsNot()
    expect(asked).to.equal(0)
    for (let times = 0; times < 3; times += 1) await reads()
    expect(asked).to.equal(1)
  })

  describe('who is to go for a rule', () => {
    const APPROVED = 'held: rule: department is one of “Sales”'
    const NOTED = 'noted: rule: department is one of “Sales”'
    const move = (department: string): void => company.directory.change(ada, { department })

    async function approved(): Promise<void> {
      await open(SALES_STAFF, { removalLimit: { count: 0, percent: 0 } })
      await company.decide('approve')
      await reads()
      move('HR')
      await reads()
      expect(await company.see(ada)).to.include({ removal: APPROVED })
      await company.decide('approve')
    }

    /** By a run that was stopped. */
    async function noted(): Promise<void> {
      await open()
      move('HR')
      for (const id of ids.slice(1)) company.directory.change(id, { name: 'Z' })
      company.failAfter(1)
      company.directory.unreadable.clear()
      await company.sync()
      company.heal()
      expect(await company.see(ada)).to.include({ account: 'active', removal: NOTED })
    }

    for (const [what, begin] of [
      ['somebody has approved', approved],
      ['a run that was stopped has noted', noted],
    ] as const) {
      it(`stays once Entra has them in order again, although ${what} it`, async () => {
        await begin()
        move('Sales')
        await readsNot()
        expect(await company.see(ada)).to.include({ account: 'active', removal: null })
        await reads()
        await reads(true)
        expect(await company.see(ada)).to.include({ account: 'active', removal: null })
      })

      it(`stays as long as that lasts, and goes afterwards, when ${what} it`, async () => {
        await begin()
        await readsNot()
        await readsNot()
        expect((await company.see(ada)).account).to.equal('active')
        await reads()
        expect((await company.see(ada)).account).to.equal('inactive')
      })
    }

    it('stays noted where an entry says nothing of what the rule is about', async () => {
      await noted()
      company.directory.change(ada, { name: 'Ada' })
      await readsNot()
      expect(await company.see(ada)).to.include({ account: 'active', removal: NOTED })
      move('Sales')
      await reads()
      expect(await company.see(ada)).to.include({ account: 'active', removal: null })
    })
  })
})
