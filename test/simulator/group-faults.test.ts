import { expect } from 'chai'
import type { FaultAction } from '../../src/simulator/faults.js'
import type { Simulator } from '../../src/simulator/server.js'
import { askToken, bearer, get, readRound, start, stopAll } from './caller.js'

const ROLES = ['User.Read.All', 'GroupMember.Read.All']
const USERS = '/users/delta?$select=displayName'

/** The endpoints of groups by the name of their route, with a path of each in a tenant of two nested groups. */
function endpoints(sim: Simulator): readonly (readonly [string, string])[] {
  const person = sim.directory.byIndex(0).id
  const { id: inner } = sim.groups.create({}, [person, sim.directory.byIndex(1).id])
  const { id } = sim.groups.create({}, [inner])
  return [
    ['groups/delta', '/groups/delta?$select=members'],
    ['groups', '/groups'],
    ['groups/{id}/members', `/groups/${id}/members`],
    ['groups/{id}/transitiveMembers', `/groups/${id}/transitiveMembers/microsoft.graph.user?$select=id&$top=1`],
    ['groups/{id}/memberOf', `/groups/${inner}/memberOf/microsoft.graph.group`],
    ['groups/{id}/transitiveMemberOf', `/groups/${inner}/transitiveMemberOf`],
    ['users/{id}/memberOf', `/users/${person}/memberOf`],
    ['users/{id}/transitiveMemberOf', `/users/${person}/transitiveMemberOf/microsoft.graph.group`],
  ]
}

describe('faults of the groups', () => {
  afterEach(stopAll)

  it('meet the endpoint whose route is named, and no other', async () => {
    const sim = await start({ roles: ROLES })
    const all = [...endpoints(sim), ['groups/{id}', `/groups/${sim.groups.all()[0]?.id ?? ''}`] as const]
    for (const [route] of all) {
      const fault = sim.faults.add({ match: { route }, times: Infinity, do: { kind: 'forbidden' } })
      for (const [name, path] of all) {
        const { status, body } = await get(sim, path)
        const expected = name === route ? [403, 'Authorization_RequestDenied'] : [200, undefined]
        expect([status, body.error?.code], `${route}: ${path}`).to.deep.equal(expected)
      }
      expect(fault.hits).to.equal(1)
      fault.remove()
    }
  })

  const answers: readonly (readonly [FaultAction, number])[] = [
    [{ kind: 'throttle', retryAfter: '7' }, 429],
    [{ status: 500 }, 500],
    [{ kind: 'forbidden', code: 'Authorization_IdentityNotFound' }, 403],
    [{ kind: 'unauthorized', reason: 'expired' }, 401],
    ['missing-value', 200],
    ['empty-page', 200],
    ['shrunken', 200],
    ['cut-json', 200],
  ]
  for (const [action, status] of answers)
    it(`come once and are over, on every list of groups: ${JSON.stringify(action)}`, async () => {
      const sim = await start({ roles: ROLES })
      for (const [route, path] of endpoints(sim)) {
        const good = await get(sim, path)
        const fault = sim.faults.add({ match: { route }, do: action })
        const bad = await get(sim, path)
        expect([bad.status, fault.hits], path).to.deep.equal([status, 1])
        expect(bad.text, path).not.to.equal(good.text)
        if (status === 429) expect(bad.headers.get('retry-after')).to.equal('7')
        if (action === 'missing-value') expect(bad.body).not.to.have.property('value')
        if (action === 'empty-page') expect(bad.body.value).to.deep.equal([])
        expect((await get(sim, path)).status).to.equal(200)
      }
    })

  it('break an answer off in the middle', async () => {
    const sim = await start({ roles: ROLES })
    const authorization = await bearer(sim)
    for (const [route, path] of endpoints(sim)) {
      sim.faults.add({ match: { route }, do: 'truncate' })
      const text = fetch(`${sim.url}/v1.0${path}`, { headers: { authorization } }).then((answer) => answer.text())
      expect(await text.catch(() => 'broken'), path).to.equal('broken')
    }
  })

  it('end a round of groups too soon with a link that works, and leave a listing alone', async () => {
    const sim = await start({ roles: ROLES, pageSize: 1 })
    const all = endpoints(sim)
    sim.faults.add({ match: { route: 'groups/delta' }, do: 'early-delta-link' })
    const { items, deltaLink } = await readRound(sim, '/groups/delta?$select=displayName')
    expect(items).to.have.length(1)
    expect((await readRound(sim, deltaLink)).items).to.deep.equal([])
    const fault = sim.faults.add({ do: 'early-delta-link' })
    const [, path = ''] = all.find(([route]) => route === 'groups/{id}/transitiveMembers') ?? []
    expect((await get(sim, path)).body).to.have.property('@odata.nextLink')
    expect(fault.hits).to.equal(0)
  })
})

describe('what can go wrong with a round of users', () => {
  afterEach(stopAll)

  it('may be a refusal on its third page', async () => {
    const sim = await start({ users: 10, pageSize: 2 })
    sim.faults.add({ match: { route: 'users/delta', nth: 3 }, do: { kind: 'forbidden' } })
    const first = await get(sim, USERS)
    const second = await get(sim, String(first.body['@odata.nextLink']))
    const third = String(second.body['@odata.nextLink'])
    expect((await get(sim, third)).status).to.equal(403)
    expect((await readRound(sim, third)).items).to.have.length(6)
  })

  it('may be a tenant that names a part of its people, the same ones each time, while all can be looked up', async () => {
    const sim = await start({ users: 200, pageSize: 50 })
    const [kept, left] = [sim.directory.byIndex(0).id, sim.directory.byIndex(1).id]
    const fault = sim.faults.add({
      match: { route: 'users/delta' },
      times: Infinity,
      do: { kind: 'withhold', percent: 40 },
    })
    const first = await readRound(sim, USERS)
    expect(first.items.length).to.be.within(90, 150)
    expect((await readRound(sim, USERS)).items).to.deep.equal(first.items)
    fault.remove()
    sim.faults.add({ match: { route: 'users/delta' }, times: Infinity, do: { kind: 'withhold', ids: [left] } })
    const ids = (await readRound(sim, USERS)).items.map(({ id }) => id)
    expect(ids).to.have.length(199)
    expect(ids).to.include(kept).and.not.to.include(left)
    expect((await get(sim, `/users/${left}`)).status).to.equal(200)
  })

  it('may be a token that speaks of another tenant', async () => {
    const sim = await start()
    const claims = async (): Promise<Record<string, unknown>> => {
      const token = String((await askToken(sim)).body['access_token'])
      return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
    }
    const foreign = '11111111-2222-4333-8444-555555555555'
    sim.tokens.foreignTenant = foreign
    expect(await claims()).to.include({ tid: foreign, iss: `https://sts.windows.net/${foreign}/` })
    sim.tokens.foreignTenant = null
    expect(await claims()).to.include({ tid: sim.tenantId })
  })

  it("may be a link of another tenant's", async () => {
    const sim = await start()
    const elsewhere = await start({ tenantId: '11111111-2222-4333-8444-555555555555' })
    const { deltaLink } = await readRound(elsewhere, USERS)
    expect((await get(sim, deltaLink.replace(elsewhere.url, sim.url))).status).to.equal(400)
  })

  it("may be a clock that jumps, Microsoft's or ours", async () => {
    const at = new Date('2026-11-20T08:00:00Z')
    const sim = await start({ now: () => at })
    const authorization = await bearer(sim)
    sim.delta.expireAfter({ maxAgeMs: 7 * 24 * 3_600_000 })
    const { deltaLink } = await readRound(sim, USERS)
    sim.clock.jump(2 * 3_600_000)
    const late = await get(sim, USERS, { authorization })
    expect([late.status, late.headers.get('date')]).to.deep.equal([401, 'Fri, 20 Nov 2026 10:00:00 GMT'])
    sim.clock.jump(8 * 24 * 3_600_000)
    expect((await get(sim, deltaLink)).body.error?.code).to.equal('syncStateNotFound')
    sim.clock.jump(-8 * 24 * 3_600_000 - 3 * 3_600_000)
    expect((await get(sim, deltaLink)).headers.get('date')).to.equal('Fri, 20 Nov 2026 07:00:00 GMT')
  })
})
