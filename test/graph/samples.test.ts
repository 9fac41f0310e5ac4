import { expect } from 'chai'
import { TENANT_ID, failureOf, jwt, never, openTenant, withTenant, type Tenant } from './support/microsoft.js'
import { sample, samples, type Sample } from './support/samples.js'
import type { Answer, Received, Reply } from './support/server.js'

/** The same answers Microsoft gives, over a real connection. */
function answering(file: string, nth = 0): (request: Received) => Answer {
  return ({ headers }) => asAnswer(samples(file, `http://${headers.host ?? ''}`)[nth]!)
}

function asAnswer({ status, headers = {}, body }: Sample): Reply {
  return { status, headers, body }
}

function page(tenant: Tenant): ReturnType<Tenant['connection']['directory']['page']> {
  return tenant.connection.directory.page(tenant.link('/users/delta?$deltatoken=abc'), never)
}

const names = (file: string): string[] => samples(file, 'http://x').map(({ name = file }) => name)

describe('answers as Microsoft gives them', () => {
  it('the first page of an initial round', async () => {
    await withTenant({ graph: answering('first-page') }, async (tenant) => {
      const { items, cursor } = await page(tenant)
      expect(items.map(({ kind }) => kind)).to.deep.equal(['patch', 'patch', 'patch', 'tombstone'])
      expect(items[0]).to.have.nested.property('profile.mobilePhone', '+46 70 000 00 01')
      expect(items[1]).not.to.have.nested.property('profile.mobilePhone')
      expect(items[2]).to.have.nested.property(
        'profile.userPrincipalName',
        'cleo_fabrikam.example#EXT#@contoso.example',
      )
      expect(items[3]).to.have.property('presence', 'soft-deleted')
      expect(cursor).to.deep.equal({
        kind: 'next',
        link: tenant.link('/users/delta?$skiptoken=SAMPLE-skip-0001-b3BhcXVl'),
      })
    })
  })

  it('a later page: patches, cleared values, both removals, one person twice', async () => {
    await withTenant({ graph: answering('changes-page') }, async (tenant) => {
      const { items } = await page(tenant)
      const twice = 'b2c1f8d5-1c2a-4d66-9e1f-4a7c3b8d0202'
      expect(items).to.have.length(7)
      expect(items[0]).to.deep.equal({
        kind: 'patch',
        entraObjectId: twice,
        profile: { jobTitle: 'Senior Accountant' },
      })
      expect(items[1]).to.have.deep.property('profile', { mobilePhone: null, officeLocation: null })
      expect(items[2]).to.have.property('accountEnabled', false)
      expect(items.slice(3, 5).map((item) => 'presence' in item && item.presence)).to.deep.equal([
        'soft-deleted',
        'gone',
      ])
      expect(items[6]).to.deep.equal({ kind: 'patch', entraObjectId: twice, profile: {} })
    })
  })

  it('the last page: empty, with a new delta link', async () => {
    await withTenant({ graph: answering('last-page') }, async (tenant) => {
      const link = tenant.link('/users/delta?$deltatoken=SAMPLE-delta-0009-b3BhcXVl')
      expect(await page(tenant)).to.deep.equal({ items: [], cursor: { kind: 'delta', link } })
    })
  })

  it('a page of groups is a page', async () => {
    await withTenant({ graph: answering('groups-page') }, async (tenant) => {
      const { items, cursor } = await page(tenant)
      expect([items.length, cursor.kind]).to.deep.equal([4, 'delta'])
      expect(items.some(({ kind }) => kind === 'unreadable')).to.equal(false)
    })
  })

  it('sign-ins: the one that worked counts, and the next link is followed as it is', async () => {
    await withTenant({ graph: answering('sign-ins-page') }, async (tenant) => {
      const appId = '4345a7b9-9a63-4910-a426-35363201d503'
      const first = await tenant.connection.signIns!.page(
        { appId, from: '2026-11-20T06:00:00Z', until: '2026-11-20T07:00:00Z' },
        never,
      )
      expect(first.signIns).to.deep.equal([
        {
          entraObjectId: 'a1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9101',
          at: '2026-11-20T06:58:41.619Z',
          correlationId: 'd79f5bee-0000-4000-8000-000000000003',
        },
      ])
      expect([first.read, first.oldest]).to.deep.equal([3, '2026-11-20T06:40:58.000Z'])
      await tenant.connection.signIns!.page({ link: first.next!, appId }, never)
      expect(tenant.graph()[1]?.url).to.equal(
        '/v1.0/auditLogs/signins?$filter=createdDateTime+ge+2026-11-20T06%3a00%3a00Z+and+createdDateTime+le+2026-11-20T07%3a00%3a00Z&$top=3&$skiptoken=SAMPLE70f66c0893886b49_3',
      )
    })
  })

  names('token-refused').forEach((name, nth) => {
    it(`a refused token: ${name}`, async () => {
      await withTenant({ graph: answering('token-refused', nth) }, async (tenant) => {
        const error = await failureOf(page(tenant), 'graph.token-refused')
        expect(error.details.code).to.equal('InvalidAuthenticationToken')
        expect(tenant.graph()).to.have.length(2)
      })
    })
  })

  names('dead-links').forEach((name, nth) => {
    it(`a dead link: ${name}`, async () => {
      await withTenant({ graph: answering('dead-links', nth) }, async (tenant) => {
        const code = name === 'page-token-expired' ? 'graph.restart-round' : 'graph.restart-pass'
        const error = await failureOf(page(tenant), code)
        expect(error.details.requestId).to.match(/^5c0ffee0-/)
      })
    })
  })

  it('a missing permission, and a missing licence', async () => {
    const [directory, audit] = [0, 1].map((nth) => answering('permission-denied', nth))
    await withTenant({ graph: directory! }, async (tenant) => {
      const error = await failureOf(page(tenant), 'graph.denied')
      expect(error.details.requestId).to.equal('5c0ffee0-0000-4000-8000-000000000008')
    })
    await withTenant({ graph: audit! }, async (tenant) => {
      const error = await failureOf(tenant.connection.probe('sign-in-log', never), 'graph.denied')
      expect(error.remedy).to.contain('AuditLog.Read.All')
    })
    await withTenant({ graph: answering('no-premium-licence') }, async (tenant) => {
      await failureOf(tenant.connection.probe('sign-in-log', never), 'graph.no-premium-licence')
    })
  })

  it('throttling, with decimals', async () => {
    await withTenant(
      { graph: (request, nth) => answering(nth === 0 ? 'throttled' : 'last-page')(request) },
      async (tenant) => {
        await page(tenant)
        expect(tenant.clock.slept).to.deep.equal([9500])
      },
    )
  })

  it('a token, with what it says of itself', async () => {
    const given = sample('token', 'http://x')
    const body = { ...given.body, access_token: jwt(given.claims ?? {}) }
    await withTenant({ token: () => ({ ...asAnswer(given), body }) }, async (tenant) => {
      expect(await tenant.connection.freshClaims(never)).to.deep.equal({
        tenantId: TENANT_ID,
        roles: ['User.Read.All', 'AuditLog.Read.All', 'Mail.Send'],
      })
    })
    await withTenant({ token: () => asAnswer(given) }, async (tenant) => {
      expect(await tenant.connection.freshClaims(never)).to.deep.equal({ tenantId: null, roles: null })
    })
  })

  const refusals: Readonly<Record<string, string>> = {
    'wrong-secret': 'Microsoft refused our sign-in: the client secret is wrong',
    'expired-secret': 'Microsoft refused our sign-in: the client secret has expired',
    'app-not-in-tenant': `This application does not exist in tenant ${TENANT_ID}`,
    'tenant-not-found': `Tenant ${TENANT_ID} was not found in this cloud`,
    busy: "Microsoft's sign-in service is busy",
  }
  names('sign-in-refusals').forEach((name, nth) => {
    it(`a refused sign-in: ${name}`, async () => {
      const tenant = await openTenant({ token: answering('sign-in-refusals', nth), microsoft: { giveUpAfterMs: 4000 } })
      try {
        const error = await failureOf(tenant.connection.directory.tenant(never))
        expect(error.message).to.equal(refusals[name])
        expect(error.kind).to.equal(name === 'busy' ? 'unavailable' : 'denied')
        expect(error.details.requestId).to.equal('0a0a0a0a-0000-4000-8000-000000000001')
      } finally {
        await tenant.close()
      }
    })
  })
})
