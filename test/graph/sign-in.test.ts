import { expect } from 'chai'
import {
  CLIENT_ID,
  SECRET,
  TENANT_ID,
  failureOf,
  never,
  openTenant,
  tokenAnswer,
  withTenant,
  type Tenant,
} from './support/microsoft.js'
import { hang, reset, type Answer } from './support/server.js'

function refused(numbers: readonly number[], error = 'invalid_client', status = 401): Answer {
  const body = {
    error,
    error_description: `AADSTS${numbers[0] ?? 0}: In Microsoft’s words. Trace ID: trace-1`,
    error_codes: numbers,
    timestamp: '2026-11-20 08:00:00Z',
    trace_id: 'trace-1',
    correlation_id: 'correlation-1',
  }
  return { status, body }
}

const tenantOf = (tenant: Tenant): Promise<string | null> => tenant.connection.directory.tenant(never)

describe('signing in', () => {
  it('a client secret goes to the token endpoint of the tenant, for the whole of Graph', async () => {
    await withTenant({}, async (tenant) => {
      expect(await tenantOf(tenant)).to.equal(TENANT_ID)
      const [request, ...others] = tenant.signIns()
      expect(others).to.deep.equal([])
      expect(request?.url.split('?')[0]).to.equal(`/${TENANT_ID}/oauth2/v2.0/token`)
      const form = Object.fromEntries(new URLSearchParams(request?.body))
      expect(form).to.include({
        grant_type: 'client_credentials',
        client_id: CLIENT_ID,
        client_secret: SECRET,
        scope: `${tenant.server.origin}/.default`,
      })
    })
  })

  it('a tenant may be named by its domain', async () => {
    await withTenant({ microsoft: { tenantId: 'contoso.example' } }, async (tenant) => {
      await tenantOf(tenant)
      expect(tenant.signIns()[0]?.url).to.match(/^\/contoso\.example\/oauth2/)
    })
  })

  const table: readonly (readonly [string, Answer, string, string])[] = [
    [
      '7000222',
      refused([7000222]),
      'the client secret has expired',
      'New client secret; put its Value into AZURE_CLIENT_SECRET, restart `serve`, then run `entra-connector check`.',
    ],
    [
      '7000215',
      refused([7000215]),
      'the client secret is wrong',
      'Value column into AZURE_CLIENT_SECRET, restart `serve`',
    ],
    ['700027', refused([700027]), 'Microsoft does not know our certificate', 'Certificates: compare with thumbprint'],
    ['50012', refused([50012]), 'Microsoft does not know our certificate', 'upload it if missing or expired'],
    ['700030', refused([700030]), 'Microsoft does not know our certificate', 'Certificates & secrets'],
    ['700024', refused([700024]), 'our assertion is outside its time range', 'clock'],
    ['700213', refused([700213]), 'Microsoft does not know our federated token', 'Federated credentials'],
    ['7000218', refused([7000218]), 'No credential is configured', 'AZURE_CLIENT_CERTIFICATE_PATH'],
    ['700016', refused([700016], 'unauthorized_client', 400), `does not exist in tenant ${TENANT_ID}`, CLIENT_ID],
    ['7000112', refused([7000112], 'unauthorized_client', 400), 'switched off', 'Enabled for users to sign-in? → Yes'],
    ['90002', refused([90002], 'invalid_request', 400), `Tenant ${TENANT_ID} was not found`, 'AZURE_AUTHORITY_HOST'],
    ['90038', refused([90038], 'invalid_request', 400), `Tenant ${TENANT_ID} was not found`, 'national cloud'],
    ['900144', refused([900144], 'invalid_request', 400), 'Microsoft refused our sign-in', 'AZURE_TENANT_ID'],
    ['70011', refused([70011], 'invalid_scope', 400), 'does not know the address', 'belong to the same cloud'],
    ['1002012', refused([1002012], 'invalid_scope', 400), 'does not know the address', 'belong to the same cloud'],
    ['700022', refused([700022], 'invalid_scope', 400), 'does not know the address', 'belong to the same cloud'],
    ['500011', refused([500011], 'invalid_resource', 400), 'does not know the address', 'belong to the same cloud'],
    ['65001', refused([65001], 'invalid_grant', 400), 'not approved for this organisation', 'Grant admin consent'],
    ['650056', refused([650056], 'interaction_required', 400), 'not approved', 'Grant admin consent'],
    ['53003', refused([53003], 'access_denied', 400), 'Conditional Access', 'Service principal sign-ins'],
    ['an unknown number', refused([4242]), 'Microsoft refused our sign-in', 'Certificates & secrets'],
  ]
  for (const [name, answer, message, remedy] of table) {
    it(`${name} is refused in words, at once`, async () => {
      await withTenant({ token: () => answer }, async (tenant) => {
        const error = await failureOf(tenantOf(tenant), 'sign-in.refused')
        expect(error.message).to.contain(message)
        expect(error.remedy).to.contain(remedy)
        expect(error.exitCode).to.equal(4)
        expect(error.meanwhile).to.contain('Nobody was removed')
        expect(error.details).to.include({ requestId: 'trace-1', correlationId: 'correlation-1' })
        expect(error.details.words).to.contain('In Microsoft’s words')
        expect(tenant.signIns()).to.have.length(1)
      })
    })
  }

  it('an identifier pasted as the secret is recognised', async () => {
    const options = { secrets: { clientSecret: '0f4e8c1a-1111-4222-8333-944444444444', certificatePassword: null } }
    await withTenant({ token: () => refused([7000215]), options }, async (tenant) => {
      const error = await failureOf(tenantOf(tenant), 'sign-in.refused')
      expect(error.remedy).to.contain("This looks like the secret's ID.")
    })
  })

  const passing: readonly (readonly [string, Answer])[] = [
    ...[90033, 90006, 90024, 90055, 50196].map(
      (number) => [`AADSTS${number}`, refused([number], 'invalid_request', 400)] as const,
    ),
    ['temporarily_unavailable', refused([], 'temporarily_unavailable', 400)],
    ['429', { status: 429, body: '' }],
    ['500', { status: 500, body: '<html>' }],
    ['503', { status: 503 }],
    ['a connection reset', reset],
    ['a token answer without a token', { body: { token_type: 'Bearer', expires_in: 3599 } }],
    ['a token answer that is no JSON', { body: '<html>Sign in to the network</html>' }],
  ]
  for (const [name, answer] of passing) {
    it(`${name} passes: it is asked again, and the failure before is not remembered`, async () => {
      const token = (_: unknown, nth: number): Answer => (nth === 0 ? answer : tokenAnswer(nth))
      await withTenant({ token }, async (tenant) => {
        expect(await tenantOf(tenant)).to.equal(TENANT_ID)
        expect(tenant.signIns()).to.have.length(2)
      })
    })
  }

  it('a sign-in service that stays busy is given up like Graph, with the time to come back', async () => {
    const answer: Answer = { status: 429, headers: { 'retry-after': '120' }, body: { error: 'x' } }
    await withTenant({ token: () => answer }, async (tenant) => {
      const error = await failureOf(tenantOf(tenant), 'graph.throttled')
      expect(error.message).to.equal("Microsoft's sign-in service asked us to wait until 2026-11-20 08:02:00 UTC")
      expect(error.retryAt?.toISOString()).to.equal('2026-11-20T08:02:00.000Z')
    })
  })

  it('a sign-in service that hangs is given up', async () => {
    await withTenant({ token: () => hang, microsoft: { giveUpAfterMs: 300 }, realTime: true }, async (tenant) => {
      await failureOf(tenantOf(tenant), 'graph.unreachable')
    })
  })

  it('something that is no sign-in service is named', async () => {
    await withTenant({ token: () => ({ status: 404, body: '<html>Not found</html>' }) }, async (tenant) => {
      const error = await failureOf(tenantOf(tenant), 'sign-in.refused')
      expect(error.message).to.contain("does not answer like Microsoft's sign-in service")
      expect(error.remedy).to.contain('AZURE_AUTHORITY_HOST')
    })
  })

  for (const status of [301, 302, 303, 307, 308]) {
    it(`a token request redirected with ${status} stops: the secret does not travel`, async () => {
      const elsewhere = await openTenant({})
      try {
        const location = `${elsewhere.server.origin}/${TENANT_ID}/oauth2/v2.0/token`
        await withTenant({ token: () => ({ status, headers: { location } }) }, async (tenant) => {
          const error = await failureOf(tenantOf(tenant), 'graph.redirected')
          expect(error.exitCode).to.equal(1)
          expect(tenant.signIns()).to.have.length(1)
        })
        expect(elsewhere.server.received).to.deep.equal([])
      } finally {
        await elsewhere.close()
      }
    })
  }

  it('identifiers the library does not accept are a refusal that says why, not a crash', async () => {
    await withTenant({ microsoft: { tenantId: 'not a tenant/../x' } }, async (tenant) => {
      const error = await failureOf(tenantOf(tenant), 'sign-in.refused')
      expect(error.details.words).to.contain('Invalid tenant id')
      expect(tenant.server.received).to.deep.equal([])
    })
  })

  it('a region set for the library does not lead the secret elsewhere', async () => {
    process.env['AZURE_REGIONAL_AUTHORITY_NAME'] = 'westus'
    try {
      await withTenant({}, async (tenant) => {
        const error = await failureOf(tenantOf(tenant), 'graph.foreign-link')
        expect(error.message).to.contain('westus')
        expect(error.remedy).to.contain('AZURE_REGIONAL_AUTHORITY_NAME')
        expect(tenant.server.received).to.deep.equal([])
      })
    } finally {
      delete process.env['AZURE_REGIONAL_AUTHORITY_NAME']
    }
  })

  it('grants are read from a fresh token', async () => {
    const token = (_: unknown, nth: number): Answer => tokenAnswer(nth)
    await withTenant({ token }, async (tenant) => {
      await tenantOf(tenant)
      const claims = await tenant.connection.freshClaims(never)
      expect(claims).to.deep.equal({ tenantId: TENANT_ID, roles: ['User.Read.All'] })
      expect(tenant.signIns()).to.have.length(2)
    })
  })
})
