import { expect } from 'chai'
import type { Simulator } from '../../src/simulator/server.js'
import { get, readRound, start, stopAll, type Item } from './caller.js'

const ROLES = ['User.Read.All', 'GroupMember.Read.All']
const DELTA = '/groups/delta?$select=displayName,members'

function users({ directory }: Simulator, ...indexes: number[]): string[] {
  return indexes.map((index) => directory.byIndex(index).id)
}

function added(id = ''): object {
  return { '@odata.type': '#microsoft.graph.user', id }
}

function removed(id = ''): object {
  return { ...added(id), '@removed': { reason: 'deleted' } }
}

function membersIn(items: readonly Item[], id: string): unknown[] {
  return items.filter((item) => item.id === id).flatMap((item) => (item['members@delta'] ?? []) as unknown[])
}

describe('the changes of simulated groups', () => {
  afterEach(stopAll)

  it('begin with every group and who is in it, and end with a link', async () => {
    const sim = await start({ roles: ROLES })
    const { id } = sim.groups.create({ displayName: 'Finance' }, users(sim, 0, 1))
    const { id: outer } = sim.groups.create({ displayName: 'All' }, [id])
    const { id: gone } = sim.groups.create()
    sim.groups.softDelete(gone)
    const { items, deltaLink } = await readRound(sim, DELTA)
    expect(items).to.deep.equal([
      { id, displayName: 'Finance', 'members@delta': users(sim, 0, 1).map(added) },
      { id: outer, displayName: 'All', 'members@delta': [{ '@odata.type': '#microsoft.graph.group', id }] },
    ])
    const again = await readRound(sim, deltaLink)
    expect(again.items).to.deep.equal([])
    expect(again.deltaLink).not.to.equal(deltaLink)
  })

  it('go on with additions and removals, names, and groups that come and go', async () => {
    const sim = await start({ roles: ROLES })
    const [one = '', two = '', three = ''] = ['One', 'Two', 'Three'].map(
      (displayName) => sim.groups.create({ displayName }, users(sim, 0, 1)).id,
    )
    const first = await readRound(sim, DELTA)
    sim.groups.addMembers(one, users(sim, 2, 3))
    sim.groups.removeMembers(one, users(sim, 0, 3))
    sim.groups.update(two, { displayName: 'Zwei', description: 'not selected' })
    sim.groups.softDelete(three)
    const second = await readRound(sim, first.deltaLink)
    const [zero, , third] = users(sim, 0, 1, 2)
    expect(second.items).to.deep.equal([
      { id: one, displayName: 'One', 'members@delta': [added(third), removed(zero)] },
      { id: two, displayName: 'Zwei' },
      { id: three, '@removed': { reason: 'changed' } },
    ])
    sim.groups.restore(three)
    sim.groups.purge(two)
    sim.groups.update(one, { description: 'not selected' })
    const third3 = await readRound(sim, second.deltaLink)
    expect(third3.items).to.deep.equal([
      { id: three, displayName: 'Three', 'members@delta': users(sim, 0, 1).map(added) },
      { id: two, '@removed': { reason: 'deleted' } },
    ])
  })

  it('keep somebody deleted as a member until the purge', async () => {
    const sim = await start({ roles: ROLES })
    const [person = ''] = users(sim, 0)
    const { id } = sim.groups.create({}, [person])
    sim.directory.softDelete(person)
    const first = await readRound(sim, DELTA)
    expect(membersIn(first.items, id)).to.deep.equal([added(person)])
    sim.directory.purge(person)
    const second = await readRound(sim, first.deltaLink)
    expect(membersIn(second.items, id)).to.deep.equal([removed(person)])
  })

  it('split a large group over items and pages', async () => {
    const sim = await start({ users: 250, roles: ROLES, pageSize: 2 })
    const everybody = [...sim.directory.all()].map(({ id }) => id)
    const { id } = sim.groups.create({ displayName: 'Everybody' }, everybody)
    sim.groupDelta.membersPerItem = 60
    const { pages, items } = await readRound(sim, DELTA)
    expect(pages.map(({ length }) => length)).to.deep.equal([2, 2, 1])
    expect(items.map((item) => item['displayName'])).to.deep.equal(Array.from({ length: 5 }, () => 'Everybody'))
    expect(membersIn(items, id)).to.deep.equal(everybody.map(added))
  })

  it('show a change made in the middle of a round in the next one', async () => {
    const sim = await start({ roles: ROLES, pageSize: 1 })
    const ids = [0, 1, 2].map(() => sim.groups.create({}, users(sim, 0)).id)
    const between = (page: number): void => {
      if (page === 1) sim.groups.removeMembers(ids[2] ?? '', users(sim, 0))
    }
    const first = await readRound(sim, DELTA, { between })
    expect(membersIn(first.items, ids[2] ?? '')).to.deep.equal(users(sim, 0).map(added))
    const { items } = await readRound(sim, first.deltaLink)
    expect(membersIn(items, ids[2] ?? '')).to.deep.equal(users(sim, 0).map(removed))
  })

  it('tell of the groups filtered for, of now alone, and of what was selected alone', async () => {
    const sim = await start({ roles: ROLES })
    const [one = '', two = ''] = [0, 1].map((at) => sim.groups.create({}, users(sim, at)).id)
    const filter = `$filter=${encodeURIComponent(`id eq '${two}' or id eq '${one.toUpperCase()}'`)}`
    expect((await readRound(sim, `${DELTA}&${filter}`)).items.map(({ id }) => id)).to.deep.equal([one, two])
    const narrow = await readRound(sim, `/groups/delta?$select=members&$filter=id eq '${two}'`)
    expect(narrow.items).to.deep.equal([{ id: two, 'members@delta': users(sim, 1).map(added) }])
    const now = await readRound(sim, '/groups/delta?$select=displayName&$deltatoken=latest')
    expect(now.items).to.deep.equal([])
    sim.groups.addMembers(one, users(sim, 5))
    sim.groups.update(two, { displayName: 'New' })
    expect((await readRound(sim, now.deltaLink)).items).to.deep.equal([{ id: two, displayName: 'New' }])
    expect((await readRound(sim, narrow.deltaLink)).items).to.deep.equal([])
    const many = Array.from({ length: 51 }, () => `id eq '${one}'`).join(' or ')
    for (const query of [
      `$filter=${many}`,
      `$filter=id in ('${one}')`,
      '$expand=members',
      '$orderby=id',
      '$select=owner',
    ])
      expect((await get(sim, `/groups/delta?${query}`)).status, query).to.equal(400)
  })

  it('carry the changed properties only where asked, and empty pages where told', async () => {
    const sim = await start({ roles: ROLES })
    const { id } = sim.groups.create({ displayName: 'One', description: 'first' })
    sim.groupDelta.emptyPagesBefore(2)
    const first = await readRound(sim, '/groups/delta?$select=displayName,description')
    expect(first.pages.map(({ length }) => length)).to.deep.equal([0, 0, 1])
    sim.groups.update(id, { description: null })
    const minimal = await readRound(sim, first.deltaLink, { headers: { Prefer: 'return=minimal' } })
    expect(minimal.items).to.deep.equal([{ id, description: null }])
    expect((await readRound(sim, first.deltaLink)).items).to.deep.equal([{ id, displayName: 'One', description: null }])
  })

  it('have links of their own, which die on demand and mean nothing elsewhere', async () => {
    const sim = await start({ roles: ROLES })
    const ofUsers = await readRound(sim, '/users/delta?$select=mail')
    const { deltaLink } = await readRound(sim, DELTA)
    for (const link of [ofUsers.deltaLink.replace('/users/', '/groups/'), deltaLink.replace('/groups/', '/users/')])
      expect((await get(sim, link)).status).to.equal(400)
    const elsewhere = await start({ roles: ROLES, tenantId: '11111111-2222-4333-8444-555555555555' })
    expect((await get(elsewhere, deltaLink.replace(sim.url, elsewhere.url))).status).to.equal(400)
    sim.groupDelta.expireAll('410-location')
    const dead = await get(sim, deltaLink)
    expect([dead.status, dead.headers.get('location')]).to.deep.equal([
      410,
      `${sim.url}/v1.0/groups/delta?$select=id,displayName,members&$deltatoken=`,
    ])
    expect((await get(sim, ofUsers.deltaLink)).status).to.equal(200)
  })
})
