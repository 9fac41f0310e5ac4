import { expect } from 'chai'
import type { Patch } from '../../src/domain/directory.js'
import { IdSet } from '../../src/domain/id-set.js'
import { connect, type MicrosoftConnection } from '../../src/graph/connect.js'
import { startSimulator, type Simulator } from '../../src/simulator/server.js'
import { configFor, failureOf, fakeClock, never, NO_PROXIES } from '../graph/support/microsoft.js'

const ROLES = ['User.Read.All', 'GroupMember.Read.All']

describe('the groups of a simulated tenant', () => {
  let simulator: Simulator
  let connection: MicrosoftConnection

  async function open(roles = ROLES, paths: readonly string[] = [], users = 2500): Promise<void> {
    const clock = fakeClock()
    simulator = await startSimulator({ users, now: clock.now, roles })
    simulator.groups.castsAreAdvanced = true
    const { AZURE_CLIENT_SECRET: clientSecret } = simulator.settings()
    connection = connect({
      microsoft: configFor(simulator.url),
      secrets: { clientSecret, certificatePassword: null },
      network: NO_PROXIES,
      appIds: [],
      paths,
      now: clock.now,
      clock,
    })
  }
  afterEach(async () => {
    await connection.close()
    await simulator.close()
  })

  async function members(group: string, nested: boolean): Promise<{ ids: IdSet; pages: number }> {
    const ids = new IdSet()
    let pages = 0
    for (let link: string | null = ''; link !== null; pages += 1) {
      const at: { group: string; nested: boolean } | { link: string } = link === '' ? { group, nested } : { link }
      const page = await connection.groups.members(at, never)
      page.entraObjectIds.forEach((id) => ids.add(id))
      link = page.next
    }
    return { ids, pages }
  }

  it('come whole, page by page, with the people of groups within them, and without', async () => {
    await open()
    const { groups, directory } = simulator
    const [first, second, third] = [0, 1, 2].map((at) => directory.byIndex(at).id) as [string, string, string]
    const inner = groups.create(
      { displayName: 'Inner' },
      Array.from({ length: 2299 }, (_, at) => directory.byIndex(at + 1).id),
    )
    const outer = groups.create({ displayName: 'Outer' }, [first, second, inner.id])
    const all = await members(outer.id, true)
    expect([all.ids.size, all.pages]).to.deep.equal([2300, 3])
    expect((await members(outer.id, false)).ids.fingerprint).to.equal(new IdSet([second, first]).fingerprint)
    groups.removeMembers(inner.id, [third])
    const fewer = await members(outer.id, true)
    expect(fewer.ids.size).to.equal(2299)
    expect(fewer.ids.has(third)).to.equal(false)
  })

  it('tell the way somebody is in them, and who is not', async () => {
    await open(ROLES, [], 300)
    const { groups, directory } = simulator
    const person = directory.byIndex(7).id
    const team = groups.create({ displayName: 'Équipe “Süd” 南 🚀' }, [person])
    const unit = groups.create({ displayName: 'Unit' }, [team.id])
    const staff = groups.create({ displayName: 'Staff' }, [unit.id])
    groups.addMembers(unit.id, [staff.id])
    const way = (nested: boolean) => connection.groups.chain(person, { id: staff.id, nested }, never)
    expect(await way(true)).to.deep.equal([team, unit, staff].map(({ id, displayName: name }) => ({ id, name })))
    expect(await way(false)).to.deep.equal([])
    groups.removeMembers(team.id, [person])
    expect(await way(true)).to.deep.equal([])
  })

  it('are not there once they are deleted, and refused without the permission', async () => {
    await open(ROLES, [], 10)
    const { id } = simulator.groups.create({ displayName: 'Old' })
    expect(await connection.groups.name(id, never)).to.equal('Old')
    simulator.groups.softDelete(id)
    await failureOf(connection.groups.name(id, never), 'graph.not-found')
    await failureOf(connection.groups.members({ group: id, nested: true }, never), 'graph.not-found')
    await connection.close()
    await simulator.close()
    await open(['User.Read.All'], [], 10)
    const other = simulator.groups.create()
    const error = await failureOf(connection.groups.members({ group: other.id, nested: true }, never), 'graph.denied')
    expect(error.remedy).to.contain('GroupMember.Read.All')
  })

  it('and what scope and mapping read of people, come over a delta round', async () => {
    const paths = ['otherMails[0]', 'onPremisesExtensionAttributes.extensionAttribute3', 'department']
    await open(ROLES, paths, 5)
    const { directory } = simulator
    const { id } = directory.byIndex(0)
    const extensions = { extensionAttribute3: 'CH' }
    directory.update(id, {
      otherMails: ['z@home.example'],
      onPremisesExtensionAttributes: extensions,
      department: 'Ops',
    })
    const read = async (link: string) => {
      const { items, cursor } = await connection.directory.page(link, never)
      return { patch: items.find(({ entraObjectId }) => entraObjectId === id) as Patch, link: cursor.link }
    }
    const first = await read(connection.directory.firstLink())
    const whole = { 'otherMails[0]': 'z@home.example', [paths[1] ?? '']: 'CH', department: 'Ops' }
    expect(first.patch.source).to.deep.equal(whole)
    directory.update(id, { otherMails: [] })
    const later = await read(first.link)
    expect(later.patch.source).to.include({ 'otherMails[0]': null })
    expect(await connection.directory.lookUp(id, never)).to.have.nested.property('item.source.department', 'Ops')
  })
})
