import { expect } from 'chai'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SyncRequest } from '../../src/app.js'
import type { Run } from '../../src/domain/run.js'
import { growGroups, type Grown } from '../../src/simulator/group-growth.js'
import { aTenant, type Tenant } from '../support/tenant.js'

const PEOPLE = 2_000
const GROUPS = 30
const PAGE = 200
const MEMBERS_A_PAGE = 999

describe(`the scope of a tenant of ${PEOPLE} with ${GROUPS} nested groups`, () => {
  let tenant: Tenant
  let grown: Grown
  /** For the pages of members. */
  let most: number

  before(async function () {
    this.timeout(60_000)
    const roles = ['User.Read.All', 'GroupMember.Read.All']
    tenant = await aTenant({ users: PEOPLE, pageSize: PAGE, roles, env: { AHEAD_APP_ID: '' } })
    grown = growGroups(tenant.simulator.groups, { groups: GROUPS, percent: 40 })
    most = Math.ceil(grown.users / MEMBERS_A_PAGE)
    await mkdir(join(tenant.directory, 'config'))
    await writeFile(join(tenant.directory, 'config', 'scope.json'), JSON.stringify({ groups: [grown.root] }))
    await tenant.reopen()
  })
  after(() => tenant.close())

  const requests = async (expected: Partial<Run>, request: Partial<SyncRequest> = {}): Promise<Run> => {
    const { run, error } = await tenant.sync(request)
    expect(error).to.equal(null)
    expect(run).to.include({ outcome: 'succeeded', ...expected })
    return run
  }

  it('costs a first run the pages of members, and the name of the group', async () => {
    const run = await requests({ kind: 'initial' })
    expect(run.users.created).to.equal(grown.users)
    // How many there are is asked for once.
    expect(run.graph.requests).to.equal(PEOPLE / PAGE + 1 + most + 1)
  })

  it('costs an unchanged resync the pages of members, and the name of the group', async () => {
    const run = await requests({ kind: 'resync' }, { full: true })
    expect(run.users).to.include({ read: PEOPLE, unchanged: PEOPLE })
    expect(run.graph.requests).to.equal(PEOPLE / PAGE + most + 1)
  })

  it('costs an incremental run the pages of members, whoever has changed', async () => {
    const changed = tenant.simulator.directory.churn(1, 5)
    const run = await requests({ kind: 'incremental' })
    expect(run.users.read).to.equal(changed)
    expect(run.graph.requests).to.equal(Math.ceil(changed / PAGE) + most)
  })

  it('costs a look-up for each who has come into a group, and two for each who seems to have left', async () => {
    const { directory, groups } = tenant.simulator
    const within = new Set(groups.membersOf(grown.root, true).map(({ id }) => id))
    const outside = [...directory.all()].filter(({ id }) => !within.has(id)).slice(0, 3)
    groups.addMembers(
      grown.root,
      outside.map(({ id }) => id),
    )
    const left = groups.membersOf(grown.root, false).find(({ id, type }) => {
      return type === 'user' && groups.groupsOf(id, false).length === 1
    })
    groups.removeMembers(grown.root, [left?.id ?? ''])
    const run = await requests({ kind: 'incremental' })
    expect(run.users).to.include({ created: outside.length, deactivated: 1 })
    expect(run.graph.requests).to.equal(1 + Math.ceil((grown.users + 2) / MEMBERS_A_PAGE) + outside.length + 2)
  })
})
