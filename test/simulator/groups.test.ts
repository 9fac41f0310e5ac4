import { expect } from 'chai'
import type { Simulator } from '../../src/simulator/server.js'
import { get, post, readList, start, stopAll, type Reply } from './caller.js'

const ROLES = ['User.Read.All', 'GroupMember.Read.All']

function problem({ status, body }: Reply): readonly [number, string | undefined] {
  return [status, body.error?.code]
}

function userIds({ directory }: Simulator, ...indexes: number[]): string[] {
  return indexes.map((index) => directory.byIndex(index).id)
}

async function idsAt(sim: Simulator, path: string): Promise<string[]> {
  return (await readList(sim, path)).flat().map(({ id }) => id)
}

describe('a simulated group', () => {
  afterEach(stopAll)

  it('is read by its id, with what was selected', async () => {
    const sim = await start({ roles: ROLES })
    const { id } = sim.groups.create({ displayName: "Zürich & l'équipe 🦊 العربية", description: null })
    const { body } = await get(sim, `/groups/${id.toUpperCase()}?$select=id,displayName`)
    expect(body).to.deep.equal({
      '@odata.context': `${sim.url}/v1.0/$metadata#groups(displayName)/$entity`,
      id,
      displayName: "Zürich & l'équipe 🦊 العربية",
    })
    const whole = await get(sim, `/groups/${id}`)
    expect(whole.body).to.include({ securityEnabled: true, mailEnabled: false, description: null })
    expect(whole.body['groupTypes']).to.deep.equal([])
    expect(problem(await get(sim, `/groups/${id}?$select=nonsense`))).to.deep.equal([400, 'BadRequest'])
  })

  it('is not there once deleted, and is again once restored, with everybody in it', async () => {
    const sim = await start({ roles: ROLES })
    const { id } = sim.groups.create({}, userIds(sim, 0, 1))
    sim.groups.softDelete(id)
    const [missing] = userIds(sim, 2)
    for (const path of [
      `/groups/${id}`,
      `/groups/${id}/members`,
      `/groups/${id}/transitiveMembers`,
      `/groups/${missing}`,
    ])
      expect(problem(await get(sim, path)), path).to.deep.equal([404, 'Request_ResourceNotFound'])
    expect(problem(await get(sim, '/groups/Finance'))).to.deep.equal([400, 'Request_BadRequest'])
    expect(await idsAt(sim, `/users/${userIds(sim, 0)[0]}/memberOf`)).to.deep.equal([])
    sim.groups.restore(id)
    expect(await idsAt(sim, `/groups/${id}/members`)).to.deep.equal(userIds(sim, 0, 1))
  })

  it('stands among the deleted for thirty days, for those who may read all of groups', async () => {
    let today = new Date('2026-11-20T08:00:00Z')
    const sim = await start({ roles: ROLES, now: () => today })
    const { id } = sim.groups.create({ displayName: 'Gone' })
    sim.groups.softDelete(id)
    const path = '/directory/deletedItems/microsoft.graph.group'
    expect(problem(await get(sim, path))).to.deep.equal([403, 'Authorization_RequestDenied'])
    sim.tokens.roles = ['Group.Read.All']
    const [gone] = (await get(sim, `${path}?$select=displayName,deletedDateTime`)).body.value ?? []
    expect(gone).to.deep.equal({ id, displayName: 'Gone', deletedDateTime: '2026-11-20T08:00:00Z' })
    expect((await get(sim, `${path}/${id}`)).body).to.include({ displayName: 'Gone' })
    today = new Date('2026-12-21T08:00:00Z')
    expect((await get(sim, path)).body.value).to.deep.equal([])
    expect(problem(await get(sim, `${path}/${id}`))).to.deep.equal([404, 'Request_ResourceNotFound'])
  })

  it('is asked for with a permission of its own, and costs what Microsoft says', async () => {
    const sim = await start({ roles: ['AuditLog.Read.All'] })
    const [person] = userIds(sim, 0)
    const { id } = sim.groups.create({}, userIds(sim, 0))
    const ofGroups = ['/groups', '/groups/delta', `/groups/${id}`, `/groups/${id}/members`, `/groups/${id}/memberOf`]
    const ofUsers = [`/users/${person}/memberOf`, `/users/${person}/transitiveMemberOf/microsoft.graph.group`]
    for (const path of [...ofGroups, ...ofUsers])
      expect(problem(await get(sim, path)), path).to.deep.equal([403, 'Authorization_RequestDenied'])
    sim.tokens.roles = ['User.Read.All']
    for (const path of ofGroups) expect((await get(sim, path)).status, path).to.equal(403)
    for (const role of ['GroupMember.Read.All', 'Group.ReadWrite.All', 'Directory.Read.All']) {
      sim.tokens.roles = [role]
      for (const path of [...ofGroups, ...ofUsers]) expect((await get(sim, path)).status, path).to.equal(200)
    }
    const cost = async (path: string): Promise<string | null> =>
      (await get(sim, path)).headers.get('x-ms-resource-unit')
    expect(await cost(`/groups/${id}/transitiveMembers/microsoft.graph.user?$select=id&$top=999`)).to.equal('4')
    expect(await cost(`/groups/${id}/members`)).to.equal('3')
    expect(await cost(`/groups/${id}?$select=id`)).to.equal('1')
  })

  it('throttles those who spend more than their share of units in ten seconds', async () => {
    let today = new Date('2026-11-20T08:00:00Z')
    const sim = await start({ roles: ROLES, now: () => today })
    const { id } = sim.groups.create()
    sim.units.limit = 10
    const path = `/groups/${id}/transitiveMembers`
    const statuses = [await get(sim, path), await get(sim, path), await get(sim, path)].map(({ status }) => status)
    expect(statuses).to.deep.equal([200, 200, 429])
    today = new Date(today.getTime() + 4000)
    const refused = await get(sim, path)
    expect([...problem(refused), refused.headers.get('retry-after')]).to.deep.equal([429, 'TooManyRequests', '6'])
    today = new Date(today.getTime() + 6000)
    expect((await get(sim, path)).status).to.equal(200)
  })
})

describe('the list of simulated groups', () => {
  afterEach(stopAll)

  it('is empty unless groups were made', async () => {
    const sim = await start({ roles: ROLES })
    expect((await get(sim, '/groups')).body.value).to.deep.equal([])
    expect(await idsAt(sim, `/users/${userIds(sim, 0)[0]}/transitiveMemberOf`)).to.deep.equal([])
  })

  it('comes in pages, which a deletion in between does not upset', async () => {
    const sim = await start({ roles: ROLES })
    const ids = Array.from({ length: 7 }, () => sim.groups.create().id)
    const first = await get(sim, '/groups?$top=3&$select=id')
    sim.groups.softDelete(ids[0] ?? '')
    const rest = await idsAt(sim, String(first.body['@odata.nextLink']))
    expect([...(first.body.value ?? []).map(({ id }) => id), ...rest]).to.deep.equal(ids)
    expect(await idsAt(sim, '/groups')).to.deep.equal(ids.slice(1))
    expect((await get(sim, '/groups?$top=1000')).status).to.equal(400)
  })

  it('can be filtered by id and by how a name begins', async () => {
    const sim = await start({ roles: ROLES })
    const [one, two, three] = ["O'Hara", 'Öffentlich', "o'hara 2"].map(
      (displayName) => sim.groups.create({ displayName }).id,
    )
    const filtered = (filter: string): Promise<string[]> => idsAt(sim, `/groups?$filter=${encodeURIComponent(filter)}`)
    expect(await filtered(`id in ('${one}', '${two}')`)).to.deep.equal([one, two])
    expect(await filtered(`id eq '${three}'`)).to.deep.equal([three])
    expect(await filtered("startswith(displayName,'O''H')")).to.deep.equal([one, three])
    expect(await filtered("displayName eq 'öffentlich'")).to.deep.equal([two])
    const many = Array.from({ length: 16 }, () => `'${one}'`).join(',')
    expect((await get(sim, `/groups?$filter=id in (${many})`)).status).to.equal(400)
  })

  it('tells which of up to twenty groups somebody is in, nested ones included', async () => {
    const sim = await start({ roles: ROLES })
    const { id: inner } = sim.groups.create({}, userIds(sim, 4))
    const { id: outer } = sim.groups.create({}, [inner])
    const { id: other } = sim.groups.create()
    const path = `/users/${encodeURIComponent(sim.directory.byIndex(4).userPrincipalName)}/checkMemberGroups`
    const { body } = await post(sim, path, { groupIds: [other, outer, inner] })
    expect(body.value).to.deep.equal([outer, inner])
    expect((await post(sim, path, { groupIds: Array.from({ length: 21 }, () => other) })).status).to.equal(400)
    for (const wrong of ['', '{}', '{"groupIds":[7]}', 'null'])
      expect((await post(sim, path, wrong)).status, wrong).to.equal(400)
    expect((await get(sim, path)).status).to.equal(405)
  })
})
