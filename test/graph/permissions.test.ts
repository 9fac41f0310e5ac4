import { expect } from 'chai'
import { reviewPermissions } from '../../src/graph/permissions.js'
import { CLIENT_ID, TENANT_ID, errorBody, failureOf, never, withTenant } from './support/microsoft.js'

const app = { clientId: CLIENT_ID, tenantId: TENANT_ID }
const all = { signInLog: true, groups: false, mailThroughGraph: true, reportsThroughGraph: false }
const peopleOnly = { signInLog: false, groups: false, mailThroughGraph: false, reportsThroughGraph: false }

function missing(roles: readonly string[], features = all): string[] {
  return reviewPermissions(roles, features, app).missing.map(({ name }) => name)
}

function needless(roles: readonly string[], features = all): Record<string, string | null> {
  const review = reviewPermissions(roles, features, app)
  return Object.fromEntries(review.needless.map(({ name, instead }) => [name, instead]))
}

describe('permissions', () => {
  it('are needed for what is switched on, and for nothing else', () => {
    expect(missing([])).to.deep.equal(['User.Read.All', 'AuditLog.Read.All', 'Mail.Send'])
    expect(missing([], peopleOnly)).to.deep.equal(['User.Read.All'])
    expect(missing(['User.Read.All', 'AuditLog.Read.All', 'Mail.Send'])).to.deep.equal([])
  })

  it('to read a mailbox are needed where delivery reports come from one', () => {
    const reports = { ...peopleOnly, reportsThroughGraph: true }
    expect(missing(['User.Read.All'], reports)).to.deep.equal(['Mail.Read'])
    expect(missing(['User.Read.All', 'Mail.ReadWrite'], reports)).to.deep.equal([])
    expect(needless(['User.Read.All', 'Mail.Read'], reports)).to.deep.equal({})
    expect(needless(['User.Read.All', 'Mail.ReadWrite'], reports)).to.deep.equal({ 'Mail.ReadWrite': 'Mail.Read' })
  })

  it('to read groups are needed where the scope names some', () => {
    const groups = { ...peopleOnly, groups: true }
    expect(missing(['User.Read.All'], groups)).to.deep.equal(['GroupMember.Read.All'])
    expect(missing(['User.Read.All', 'Group.Read.All'], groups)).to.deep.equal([])
    expect(needless(['User.Read.All', 'GroupMember.Read.All'], groups)).to.deep.equal({})
    expect(needless(['User.Read.All', 'GroupMember.Read.All'], peopleOnly)).to.deep.equal({
      'GroupMember.Read.All': null,
    })
  })

  it('that are missing name the page that grants them', () => {
    const [first] = reviewPermissions([], peopleOnly, app).missing
    expect(first?.path)
      .to.contain(`${CLIENT_ID} → API permissions`)
      .and.to.contain('→ User.Read.All; then Grant admin consent')
  })

  it('may be covered by wider ones, except for the sign-in log', () => {
    for (const wider of ['Directory.Read.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All']) {
      expect(missing([wider])).to.deep.equal(['AuditLog.Read.All', 'Mail.Send'])
    }
    expect(missing(['User.ReadBasic.All'], peopleOnly)).to.deep.equal(['User.Read.All'])
    expect(missing(['Mail.ReadWrite'])).to.include('Mail.Send')
  })

  it('that allow to change things are needless, with what to grant instead', () => {
    expect(needless(['Directory.ReadWrite.All', 'AuditLog.Read.All'])).to.deep.equal({
      'Directory.ReadWrite.All': 'User.Read.All',
    })
    expect(needless(['User.Read.All', 'User.ReadWrite.All', 'Mail.Read'], peopleOnly)).to.deep.equal({
      'User.ReadWrite.All': null,
      'Mail.Read': null,
    })
  })

  it('of features that are off are needless', () => {
    const roles = ['User.Read.All', 'AuditLog.Read.All', 'Mail.Send']
    expect(needless(roles)).to.deep.equal({})
    expect(needless(roles, peopleOnly)).to.deep.equal({ 'AuditLog.Read.All': null, 'Mail.Send': null })
  })

  it('to read the directory are tolerated where the licence check may want them, or nothing narrower is there', () => {
    expect(needless(['User.Read.All', 'Directory.Read.All'])).to.deep.equal({})
    expect(needless(['Directory.Read.All'], peopleOnly)).to.deep.equal({})
    expect(needless(['User.Read.All', 'Directory.Read.All'], peopleOnly)).to.deep.equal({ 'Directory.Read.All': null })
  })

  it('that a token does not tell are unknown, not missing', () => {
    expect(reviewPermissions(null, all, app)).to.deep.equal({ unknown: true, missing: [], needless: [] })
  })
})

describe('probes', () => {
  it('are one cheap call each, and bring the server’s clock', async () => {
    const headers = { date: 'Fri, 20 Nov 2026 07:58:00 GMT' }
    await withTenant({ answers: [{ headers, body: { value: [] } }] }, async (tenant) => {
      const { serverTime } = await tenant.connection.probe('people', never)
      expect(serverTime?.toISOString()).to.equal('2026-11-20T07:58:00.000Z')
      await tenant.connection.probe('sign-in-log', never)
      expect(tenant.graph().map(({ url }) => url)).to.deep.equal([
        '/v1.0/users?$top=1&$select=id',
        '/v1.0/auditLogs/signIns?$top=1',
      ])
    })
  })

  it('fail with the words of a run, and give up after three tries', async () => {
    await withTenant({ answers: [{ status: 403, body: errorBody('Authorization_RequestDenied') }] }, async (tenant) => {
      await failureOf(tenant.connection.probe('people', never), 'graph.denied')
      expect(tenant.graph()).to.have.length(1)
    })
    await withTenant({ answers: [{ status: 503 }] }, async (tenant) => {
      await failureOf(tenant.connection.probe('sign-in-log', never), 'graph.unavailable')
      expect(tenant.graph()).to.have.length(3)
    })
  })
})
