import { expect } from 'chai'
import { explain } from '../../src/explain/gather.js'
import { SmallCompany } from './small-company.js'

const NONE = { count: 0, percent: 0 }

describe('explain, after an undo', () => {
  let company: SmallCompany
  let ann: string
  let bob: string
  beforeEach(async () => {
    company = await SmallCompany.open()
    ;[ann = '', bob = ''] = company.addMany(3)
    await company.sync()
  })
  afterEach(() => company.close())

  const ask = async (who: string) => {
    const { store, source: directory, groups, settings, now } = company
    const { rules, scope, mapping } = settings
    const { answer, steps } = await explain(who, {
      ...{ store, others: [], directory, groups, rules, scope, mapping, emailEnabled: true },
      now: () => new Date(now),
      signal: new AbortController().signal,
    })
    return { answer, matched: steps.find(({ step }) => step === 'matched')?.detail ?? '' }
  }

  it('promises nothing of the next run, which is not told of it again, and names what brings it', async () => {
    company.directory.delete(ann)
    await company.sync()
    company.directory.restore(ann)
    company.directory.change(bob, { department: 'HR' })
    const { run } = await company.sync()
    await company.undo(run.runId)
    for (const [id, how] of [
      [ann, 'lets them in now'],
      [bob, 'reads it'],
    ] as const) {
      const { answer, matched } = await ask(id)
      expect(`${answer} ${matched}`)
        .to.include(`“entra-connector sync --user ${id}” ${how}`)
        .and.not.match(/next run/i)
    }
    await company.sync()
    expect([await company.user(ann), (await company.user(bob))?.department]).to.deep.include('Sales')
    expect(await company.user(ann)).to.include({ account: 'inactive' })
    await company.person(ann)
    expect(await company.user(ann)).to.include({ account: 'active' })
    company.directory.change(bob, { department: 'Legal' })
    expect((await company.sync()).run.users).to.include({ updated: 1 })
    company.directory.change(bob, { department: 'Sales' })
    expect((await ask(bob)).matched).to.include('The next run brings it')
  })

  it('says one thing of somebody whose creation was undone', async () => {
    const dan = company.add(4)
    const { run } = await company.sync()
    await company.undo(run.runId)
    const { answer, matched } = await ask(dan)
    expect(`${answer} ${matched}`)
      .to.include(`sync --user ${dan}`)
      .and.not.match(/next run/i)
    await company.person(dan)
    expect(await company.user(dan)).to.include({ account: 'active' })
  })

  it('still knows who rejected a removal when its hold is dropped', async () => {
    company.settings = { ...company.settings, removalLimit: NONE }
    company.directory.delete(ann)
    await company.sync()
    await company.decide('reject')
    await company.sync()
    const { holds } = company.store
    company.store = { ...company.store, holds: { ...holds, get: () => Promise.resolve(null) } }
    expect((await ask(ann)).answer).to.include('mia decided so (deleted in Entra)')
  })
})
