import { expect } from 'chai'
import type { Simulator } from '../../src/simulator/server.js'
import { growGroups } from '../../src/simulator/group-growth.js'
import { get, readList, start, stopAll } from './caller.js'

const ROLES = ['User.Read.All', 'GroupMember.Read.All']
const USER = '/microsoft.graph.user'
const GROUP = '/microsoft.graph.group'

function users({ directory }: Simulator, ...indexes: number[]): string[] {
  return indexes.map((index) => directory.byIndex(index).id)
}

async function idsAt(sim: Simulator, path: string): Promise<string[]> {
  return (await readList(sim, path)).flat().map(({ id }) => id)
}

/** One group in the next: `top` holds `middle` holds `bottom`, each with a person of its own. */
function nested(sim: Simulator): { top: string; middle: string; bottom: string } {
  const { id: bottom } = sim.groups.create({ displayName: 'Bottom' }, users(sim, 2))
  const { id: middle } = sim.groups.create({ displayName: 'Middle' }, [bottom, ...users(sim, 1)])
  const { id: top } = sim.groups.create({ displayName: 'Top' }, [middle, ...users(sim, 0)])
  return { top, middle, bottom }
}

describe('the members of a simulated group', () => {
  afterEach(stopAll)

  it('are the direct ones, or all those below', async () => {
    const sim = await start({ roles: ROLES })
    const { top, middle, bottom } = nested(sim)
    expect(await idsAt(sim, `/groups/${top}/members`)).to.deep.equal([...users(sim, 0), middle])
    expect(await idsAt(sim, `/groups/${top}/transitiveMembers`)).to.deep.equal([...users(sim, 0, 1, 2), bottom, middle])
    expect(await idsAt(sim, `/groups/${top}/members${USER}`)).to.deep.equal(users(sim, 0))
    expect(await idsAt(sim, `/groups/${top}/members${GROUP}`)).to.deep.equal([middle])
    expect(await idsAt(sim, `/groups/${top}/transitiveMembers${USER}`)).to.deep.equal(users(sim, 0, 1, 2))
    expect(await idsAt(sim, `/groups/${top}/transitiveMembers${GROUP}`)).to.deep.equal([bottom, middle])
  })

  it('lead upwards again, from a group and from a person', async () => {
    const sim = await start({ roles: ROLES })
    const { top, middle, bottom } = nested(sim)
    const [person] = users(sim, 2)
    expect(await idsAt(sim, `/users/${person}/memberOf${GROUP}`)).to.deep.equal([bottom])
    expect(await idsAt(sim, `/users/${person}/transitiveMemberOf`)).to.deep.equal([bottom, middle, top])
    expect(await idsAt(sim, `/groups/${bottom}/memberOf`)).to.deep.equal([middle])
    expect(await idsAt(sim, `/groups/${bottom}/transitiveMemberOf${GROUP}`)).to.deep.equal([middle, top])
    expect(await idsAt(sim, `/groups/${top}/memberOf`)).to.deep.equal([])
    expect((await get(sim, `/users/${top}/memberOf`)).status).to.equal(404)
  })

  it('name everybody once where groups contain one another in a circle, also themselves', async () => {
    const sim = await start({ roles: ROLES })
    const { top, middle, bottom } = nested(sim)
    sim.groups.addMembers(bottom, [top, bottom, ...users(sim, 0)])
    expect(await idsAt(sim, `/groups/${top}/transitiveMembers${USER}`)).to.deep.equal(users(sim, 0, 1, 2))
    expect(await idsAt(sim, `/groups/${middle}/transitiveMembers${GROUP}`)).to.deep.equal([bottom, top])
    expect(await idsAt(sim, `/groups/${top}/transitiveMemberOf`)).to.deep.equal([bottom, middle])
  })

  it('do not show while deleted and do again once restored, and end with the purge', async () => {
    const sim = await start({ roles: ROLES })
    const { top, middle, bottom } = nested(sim)
    const [one = '', two = ''] = users(sim, 1, 2)
    sim.directory.softDelete(one)
    expect(await idsAt(sim, `/groups/${middle}/members${USER}`)).to.deep.equal([])
    expect((await get(sim, `/users/${one}/memberOf`)).status).to.equal(404)
    sim.directory.restore(one)
    expect(await idsAt(sim, `/groups/${middle}/members${USER}`)).to.deep.equal([one])
    sim.groups.softDelete(middle)
    expect(await idsAt(sim, `/groups/${top}/transitiveMembers`)).to.deep.equal(users(sim, 0))
    expect(await idsAt(sim, `/users/${two}/transitiveMemberOf`)).to.deep.equal([bottom])
    sim.groups.restore(middle)
    sim.directory.purge(two)
    expect(await idsAt(sim, `/groups/${top}/transitiveMembers`)).to.deep.equal([...users(sim, 0, 1), bottom, middle])
    sim.groups.purge(middle)
    expect(await idsAt(sim, `/groups/${top}/members`)).to.deep.equal(users(sim, 0))
  })

  it('say of which type they are unless one was asked for, each with what was selected of its own', async () => {
    const sim = await start({ roles: ROLES })
    const printer = 'aaaaaaaa-0000-4000-8000-000000000001'
    const { id: inner } = sim.groups.create({ displayName: 'Inner' })
    const { id } = sim.groups.create({}, [inner, { id: printer, type: 'device' }, ...users(sim, 0)])
    const [person] = users(sim, 0)
    const { value } = (await get(sim, `/groups/${id}/members?$select=id,displayName,mail,groupTypes,jobTitle`)).body
    expect(value).to.deep.equal([
      {
        '@odata.type': '#microsoft.graph.user',
        id: person,
        displayName: 'Zoë Müller',
        mail: sim.directory.byIndex(0).mail,
        jobTitle: sim.directory.byIndex(0).jobTitle ?? null,
      },
      { '@odata.type': '#microsoft.graph.group', id: inner, displayName: 'Inner', mail: null, groupTypes: [] },
      { '@odata.type': '#microsoft.graph.device', id: printer, displayName: null, mail: null, groupTypes: null },
    ])
    const cast = await get(sim, `/groups/${id}/members${USER}?$select=id`)
    expect(cast.body.value).to.deep.equal([{ id: person }])
    expect((await get(sim, `/groups/${id}/members?$select=nonsense`)).status).to.equal(400)
  })

  it('show ids alone to those who may not read more', async () => {
    const sim = await start({ roles: ['GroupMember.Read.All'] })
    const { id } = sim.groups.create({ displayName: 'Secret' }, users(sim, 0))
    const [person] = users(sim, 0)
    const { value } = (await get(sim, `/groups/${id}/members?$select=displayName`)).body
    expect(value).to.deep.equal([{ '@odata.type': '#microsoft.graph.user', id: person, displayName: null }])
    sim.tokens.roles = ['User.Read.All']
    const above = (await get(sim, `/users/${person}/memberOf${GROUP}?$select=displayName`)).body.value
    expect(above).to.deep.equal([{ id, displayName: null }])
  })

  it('come in pages of a hundred or as many as asked for, up to 999', async () => {
    const sim = await start({ users: 1100, roles: ROLES })
    const everybody = [...sim.directory.all()].map(({ id }) => id)
    const { id } = sim.groups.create({}, everybody)
    const sizes = async (query: string): Promise<number[]> =>
      (await readList(sim, `/groups/${id}/transitiveMembers${USER}${query}`)).map(({ length }) => length)
    expect(await sizes('?$select=id&$top=999')).to.deep.equal([999, 101])
    expect(await sizes('')).to.deep.equal(Array.from({ length: 11 }, () => 100))
    expect((await get(sim, `/groups/${id}/members?$top=1000`)).status).to.equal(400)
    expect((await get(sim, `/groups/${id}/members?$skiptoken=x`)).status).to.equal(400)
  })

  it('lose nobody when somebody leaves between two pages', async () => {
    const sim = await start({ roles: ROLES })
    const { id } = sim.groups.create({}, users(sim, 0, 1, 2, 3, 4, 5))
    const first = await get(sim, `/groups/${id}/members?$top=3`)
    sim.groups.removeMembers(id, users(sim, 0, 1))
    sim.directory.softDelete(users(sim, 4)[0] ?? '')
    expect(await idsAt(sim, String(first.body['@odata.nextLink']))).to.deep.equal(users(sim, 3, 5))
  })

  it('refuse what Graph refuses', async () => {
    const sim = await start({ roles: ROLES })
    const { id } = sim.groups.create({ groupTypes: ['Unified'] }, users(sim, 0))
    const refused = [
      `/groups/${id}/members${GROUP}`,
      `/groups/${id}/members/microsoft.graph.unicorn`,
      `/groups/${id}/members?$filter=startswith(displayName,'a')`,
      `/groups/${id}/members?$orderby=displayName`,
    ]
    for (const path of refused)
      expect((await get(sim, path)).body.error?.code, path).to.equal('Request_UnsupportedQuery')
    sim.groups.castsAreAdvanced = true
    const path = `/groups/${id}/transitiveMembers${USER}`
    expect((await get(sim, path)).status).to.equal(400)
    const advanced = await get(sim, `${path}?$count=true`, { ConsistencyLevel: 'eventual' })
    expect(advanced.body).to.include({ '@odata.count': 1 })
  })
})

describe('many simulated groups', () => {
  afterEach(stopAll)

  it('grow at once over a large company, nested below one', async () => {
    const sim = await start({ users: 20_000, roles: ROLES })
    const { root, ids, users: within } = growGroups(sim.groups, { groups: 300, percent: 40 })
    expect(within).to.be.within(7600, 8400)
    expect((await idsAt(sim, `/groups/${root}/transitiveMembers${GROUP}?$top=999`)).sort()).to.deep.equal(
      ids.slice(1).sort(),
    )
    const below = await idsAt(sim, `/groups/${root}/transitiveMembers${USER}?$select=id&$top=999`)
    expect(new Set(below).size).to.equal(within)
    expect(below).to.have.length(within)
    const twin = await start({ users: 20_000, roles: ROLES })
    expect(growGroups(twin.groups, { groups: 300, percent: 40 })).to.deep.equal({ root, ids, users: within })
  })
})
