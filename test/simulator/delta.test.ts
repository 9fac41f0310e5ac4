import { expect } from 'chai'
import { get, readRound, start, stopAll, type Item } from './caller.js'

const FIRST = '/users/delta?$select=displayName,mail,jobTitle,accountEnabled'

function ids(items: readonly Item[]): string[] {
  return items.map(({ id }) => id)
}

describe('users/delta: initial rounds', () => {
  afterEach(stopAll)

  for (const pageSize of [1, 2, 200])
    it(`names everybody once, in pages of ${pageSize}`, async () => {
      const sim = await start({ users: 7, pageSize })
      const { items, pages } = await readRound(sim, FIRST)
      expect(pages).to.have.length(Math.ceil(7 / pageSize))
      expect(ids(items)).to.deep.equal([...sim.directory.all()].map(({ id }) => id))
    })

  it('shows what is selected and set, and nothing else', async () => {
    const sim = await start({ users: 6 })
    sim.directory.update(sim.directory.byIndex(0).id, { jobTitle: 'Engineer' })
    sim.directory.update(sim.directory.byIndex(1).id, { jobTitle: null })
    const { items } = await readRound(sim, FIRST)
    expect(items[0]).to.have.all.keys('id', 'displayName', 'mail', 'jobTitle', 'accountEnabled')
    expect(items[1]).not.to.have.property('jobTitle')
    expect(items[5]).to.include({ displayName: 'Ben Okafor' }).and.not.to.have.property('mail')
  })

  it('shows the default properties without $select, and only the id with $select=id', async () => {
    const sim = await start({ users: 1 })
    expect(Object.keys((await readRound(sim, '/users/delta')).items[0] ?? {})).to.include('userPrincipalName')
    expect((await readRound(sim, '/users/delta?$select=id')).items[0]).to.have.all.keys('id')
  })

  it('answers to every spelling of the path and of the token', async () => {
    const sim = await start({ users: 3, pageSize: 1 })
    for (const path of ['/users/microsoft.graph.delta', '/users/microsoft.graph.delta()', '/USERS/Delta'])
      expect((await readRound(sim, `${path}?$select=id`)).items).to.have.length(3)
    sim.delta.tokenSpelling = 'skipToken'
    const { body } = await get(sim, FIRST)
    expect(body['@odata.nextLink']).to.include('$skipToken=')
    const { items, deltaLink } = await readRound(sim, String(body['@odata.nextLink']).replace('skipToken', 'SKIPTOKEN'))
    expect(items).to.have.length(2)
    expect(deltaLink).to.include('$deltaToken=')
  })

  it('starts from now on with $deltatoken=latest', async () => {
    const sim = await start({ users: 3 })
    const { items, deltaLink } = await readRound(sim, `${FIRST}&$deltatoken=latest`)
    expect(items).to.be.empty
    sim.directory.disable(sim.directory.byIndex(2).id)
    expect(ids((await readRound(sim, deltaLink)).items)).to.deep.equal([sim.directory.byIndex(2).id])
  })

  it('takes an empty token for a fresh round, as the Location of a 410 spells it', async () => {
    const sim = await start({ users: 3 })
    expect((await readRound(sim, `${FIRST}&$deltatoken=`)).items).to.have.length(3)
  })

  it('serves empty pages, repeated people and tombstones where told to', async () => {
    const sim = await start({ users: 6, pageSize: 2 })
    sim.directory.softDelete(sim.directory.byIndex(5).id)
    sim.delta.emptyPagesBefore(2)
    sim.delta.repeatObjects = 1
    sim.delta.tombstonesInInitial = true
    const { pages, items } = await readRound(sim, FIRST)
    expect(pages.map((page) => page.length)).to.deep.equal([0, 0, 3, 0, 0, 3, 0, 0, 3])
    const [first, second, , , , last] = [...sim.directory.all(), ...sim.directory.deleted()].map(({ id }) => id)
    expect(ids(pages[2] ?? [])).to.deep.equal([first, second, first])
    expect(ids(pages[5] ?? [])[2]).to.equal(second)
    expect(items.find(({ id }) => id === last)).to.deep.equal({ id: last, '@removed': { reason: 'changed' } })
  })

  it('refuses what delta does not support, and ignores $top', async () => {
    const sim = await start({ users: 3 })
    for (const option of ['$orderby=displayName', '$expand=manager', "$filter=displayName eq 'x'"])
      expect((await get(sim, `/users/delta?${option}`)).status, option).to.equal(400)
    const outside = await get(sim, '/users/delta?$select=id,signInActivity')
    expect([outside.status, outside.body.error?.code]).to.deep.equal([400, 'BadRequest'])
    expect(outside.body.error?.message).to.match(/^Invalid request for delta query/)
    expect((await readRound(sim, `${FIRST}&$top=1`)).pages).to.have.length(1)
  })

  it('narrows to at most 50 ids', async () => {
    const sim = await start({ users: 60 })
    const wanted = [3, 7].map((index) => sim.directory.byIndex(index).id)
    const filter = (list: string[]): string => `${FIRST}&$filter=${list.map((id) => `id eq '${id}'`).join(' or ')}`
    const { items, deltaLink } = await readRound(sim, filter(wanted))
    expect(ids(items)).to.deep.equal(wanted)
    sim.directory.disable(sim.directory.byIndex(7).id)
    sim.directory.disable(sim.directory.byIndex(8).id)
    expect(ids((await readRound(sim, deltaLink)).items)).to.deep.equal([wanted[1]])
    const tooMany = Array.from({ length: 51 }, (_, index) => sim.directory.byIndex(index).id)
    expect((await get(sim, filter(tooMany))).status).to.equal(400)
  })

  it('shows the manager as a relationship', async () => {
    const sim = await start({ users: 2 })
    const [boss, report] = [sim.directory.byIndex(0).id, sim.directory.byIndex(1).id]
    const { items, deltaLink } = await readRound(sim, '/users/delta?$select=manager')
    expect(items).to.deep.equal([
      { id: boss },
      { id: report, 'manager@delta': [{ '@odata.type': '#microsoft.graph.user', id: boss }] },
    ])
    sim.directory.update(report, { manager: null })
    expect((await readRound(sim, deltaLink)).items).to.deep.equal([{ id: report, 'manager@delta': [] }])
  })
})

describe('users/delta: later rounds', () => {
  afterEach(stopAll)

  it('hand out another link every time, also when nothing changed', async () => {
    const sim = await start({ users: 3 })
    const first = await readRound(sim, FIRST)
    const second = await readRound(sim, first.deltaLink)
    expect(second.items).to.be.empty
    expect(second.deltaLink).not.to.equal(first.deltaLink)
    expect((await readRound(sim, first.deltaLink)).items).to.be.empty
  })

  it('show every kind of change as Graph does', async () => {
    const sim = await start({ users: 8 })
    const { directory } = sim
    const [updated, cleared, disabled, deleted, purged, back] = [...directory.all()].map(({ id }) => id) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    directory.softDelete(back)
    const { deltaLink } = await readRound(sim, FIRST)
    directory.update(updated, { jobTitle: 'Senior Accountant' })
    directory.update(cleared, { mail: null })
    directory.disable(disabled)
    directory.softDelete(deleted)
    directory.purge(purged)
    directory.restore(back)
    const hired = directory.create({ displayName: 'Nina Neu', jobTitle: undefined }).id
    const { items } = await readRound(sim, deltaLink)
    const byId = new Map(items.map((item) => [item.id, item]))
    expect(ids(items)).to.deep.equal([updated, cleared, disabled, deleted, purged, back, hired])
    expect(byId.get(updated)).to.include({ jobTitle: 'Senior Accountant', displayName: 'Zoë Müller' })
    expect(byId.get(cleared)).to.have.property('mail', null)
    expect(byId.get(disabled)).to.have.property('accountEnabled', false)
    expect(byId.get(deleted)).to.deep.equal({ id: deleted, '@removed': { reason: 'changed' } })
    expect(byId.get(purged)).to.deep.equal({ id: purged, '@removed': { reason: 'deleted' } })
    expect(byId.get(back)).to.have.property('displayName').and.to.equal(directory.find(back)?.displayName)
    expect(byId.get(hired)).to.include({ displayName: 'Nina Neu' }).and.not.to.have.property('jobTitle')
  })

  it('show a change only when the property was selected', async () => {
    const sim = await start({ users: 2 })
    const { deltaLink } = await readRound(sim, '/users/delta?$select=displayName')
    sim.directory.update(sim.directory.byIndex(0).id, { jobTitle: 'Other' })
    const next = await readRound(sim, deltaLink)
    expect(next.items).to.be.empty
    sim.directory.update(sim.directory.byIndex(0).id, { displayName: 'Other' })
    expect((await readRound(sim, next.deltaLink)).items).to.have.length(1)
  })

  it('show only what changed when the caller prefers that, null included', async () => {
    const sim = await start({ users: 3 })
    const { deltaLink } = await readRound(sim, FIRST)
    const { id } = sim.directory.update(sim.directory.byIndex(0).id, { jobTitle: null })
    const hired = sim.directory.create({ displayName: 'Nina Neu' })
    const headers = { prefer: 'return=minimal' }
    const { items } = await readRound(sim, deltaLink, { headers })
    expect(items[0]).to.deep.equal({ id, jobTitle: null })
    expect(items[1]).to.include({ id: hired.id, displayName: 'Nina Neu' })
    expect((await get(sim, deltaLink, headers)).headers.get('preference-applied')).to.equal('return=minimal')
    sim.delta.minimalUpdates = true
    expect((await readRound(sim, deltaLink)).items[0]).to.deep.equal({ id, jobTitle: null })
  })

  it('name a person once however often they changed, with the newest state', async () => {
    const sim = await start({ users: 3, pageSize: 1 })
    const { deltaLink } = await readRound(sim, FIRST)
    const { id } = sim.directory.byIndex(0)
    sim.directory.update(id, { jobTitle: 'One' })
    sim.directory.disable(sim.directory.byIndex(1).id)
    sim.directory.softDelete(id)
    sim.directory.restore(id)
    sim.directory.update(id, { jobTitle: 'Two' })
    const { items } = await readRound(sim, deltaLink)
    expect(ids(items)).to.deep.equal([sim.directory.byIndex(1).id, id])
    expect(items[1]).to.include({ jobTitle: 'Two' })
  })

  it('come after a purge once the 30 days of a deletion are over', async () => {
    let now = new Date('2026-11-20T08:00:00Z')
    const sim = await start({ users: 2, now: () => now })
    const { deltaLink } = await readRound(sim, FIRST)
    const { id } = sim.directory.softDelete(sim.directory.byIndex(0).id)
    const second = await readRound(sim, deltaLink)
    expect(second.items).to.deep.equal([{ id, '@removed': { reason: 'changed' } }])
    now = new Date('2026-12-25T08:00:00Z')
    expect((await readRound(sim, second.deltaLink)).items).to.deep.equal([{ id, '@removed': { reason: 'deleted' } }])
  })
})

describe('users/delta: a change in the middle of a round', () => {
  afterEach(stopAll)

  const change = (sim: Awaited<ReturnType<typeof start>>) => (page: number) => {
    if (page !== 1) return
    sim.directory.update(sim.directory.byIndex(0).id, { jobTitle: 'Changed' })
    sim.directory.update(sim.directory.byIndex(5).id, { jobTitle: 'Changed' })
    sim.directory.softDelete(sim.directory.byIndex(4).id)
    sim.directory.create({ displayName: 'Nina Neu' })
  }

  for (const prebuilt of [false, true]) {
    it(`shows in the next round only${prebuilt ? ', ready-made pages or not' : ''}`, async () => {
      const sim = await start({ users: 6, pageSize: 2, prebuilt })
      const before = [...sim.directory.all()].map(({ jobTitle }) => jobTitle)
      if (prebuilt) sim.delta.prebuild('displayName,mail,jobTitle,accountEnabled')
      const { items, deltaLink } = await readRound(sim, FIRST, { between: change(sim) })
      expect(items.map(({ jobTitle }) => jobTitle)).to.deep.equal(before)
      const next = await readRound(sim, deltaLink)
      expect(ids(next.items)).to.deep.equal([0, 5, 4, 6].map((index) => sim.directory.byIndex(index).id))
      expect((await readRound(sim, FIRST)).items.filter(({ jobTitle }) => jobTitle === 'Changed')).to.have.length(2)
    })

    it(`shows in this round where told so${prebuilt ? ', ready-made pages or not' : ''}`, async () => {
      const sim = await start({ users: 6, pageSize: 2, prebuilt })
      if (prebuilt) sim.delta.prebuild('displayName,mail,jobTitle,accountEnabled')
      sim.delta.midRound = 'this'
      const { items, deltaLink } = await readRound(sim, FIRST, { between: change(sim) })
      const last = new Map(items.map((item) => [item.id, item]))
      for (const index of [0, 5]) expect(last.get(sim.directory.byIndex(index).id)).to.include({ jobTitle: 'Changed' })
      expect(last.get(sim.directory.byIndex(4).id)).to.have.property('@removed')
      expect(last.get(sim.directory.byIndex(6).id)).to.include({ displayName: 'Nina Neu' })
      expect((await readRound(sim, deltaLink)).items).to.be.empty
    })
  }

  it('never loses a change, whenever it happens', async () => {
    for (const midRound of ['this', 'next'] as const) {
      const sim = await start({ users: 20, pageSize: 3 })
      sim.delta.midRound = midRound
      const known = new Map<string, unknown>()
      let link = FIRST
      for (let round = 0; round < 3; round += 1) {
        const between = (page: number): void => {
          if (round < 2 && page < 9) sim.directory.churn(30, round * 100 + page)
        }
        const { items, deltaLink } = await readRound(sim, link, { between })
        for (const item of items) known.set(item.id, item['jobTitle'])
        link = deltaLink
      }
      for (const { id, jobTitle } of sim.directory.all()) expect(known.get(id), midRound).to.equal(jobTitle)
    }
  })
})

describe('users/delta: ready-made pages', () => {
  afterEach(stopAll)

  it('say the same as pages made on the way, also after changes', async () => {
    const [plain, ready] = await Promise.all(
      [false, true].map((prebuilt) => start({ users: 50, pageSize: 7, prebuilt })),
    )
    if (!plain || !ready) throw new Error('no simulators')
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await readRound(ready, FIRST)).pages).to.deep.equal((await readRound(plain, FIRST)).pages)
      for (const sim of [plain, ready]) {
        sim.directory.churn(20, turn)
        sim.directory.softDelete(sim.directory.byIndex(turn).id)
        sim.directory.create()
      }
    }
  })
})
