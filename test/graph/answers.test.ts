import { expect } from 'chai'
import type { ConnectorError } from '../../src/domain/errors.js'
import { APP_ID, CLIENT_ID, TENANT_ID, errorBody, failureOf, never, withTenant } from './support/microsoft.js'
import type { Answer } from './support/server.js'

async function peopleError(answer: Answer): Promise<ConnectorError> {
  let error: ConnectorError | undefined
  await withTenant({ answers: [answer] }, async (tenant) => {
    error = await failureOf(tenant.connection.directory.page(tenant.link('/users/delta?$deltatoken=abc'), never))
  })
  return error!
}

async function logError(answer: Answer): Promise<ConnectorError> {
  let error: ConnectorError | undefined
  await withTenant({ answers: [answer] }, async (tenant) => {
    const window = { appId: APP_ID, from: '2026-11-19T08:00:00Z', until: '2026-11-20T08:00:00Z' }
    error = await failureOf(tenant.connection.signIns!.page(window, never))
  })
  return error!
}

describe('a link that is dead', () => {
  const location = { location: 'https://graph.microsoft.com/v1.0/users/delta?$select=id&$deltatoken=' }
  const everybody: Readonly<Record<string, Answer>> = {
    '410 with a Location': { status: 410, headers: location, body: errorBody('resyncRequired') },
    '410 with a Location elsewhere': { status: 410, headers: { location: 'https://evil.example/' }, body: '' },
    '410 without a Location': { status: 410, body: errorBody('resyncRequired') },
    '410 without a body': { status: 410 },
    '410 with HTML': { status: 410, body: '<html>Gone</html>' },
    '410 with an unknown code': { status: 410, body: errorBody('Surprise') },
    '400 syncStateNotFound': { status: 400, body: errorBody('syncStateNotFound') },
    '400 SyncStateNotFound': { status: 400, body: errorBody('SyncStateNotFound') },
    '404 SYNCSTATENOTFOUND': { status: 404, body: errorBody('SYNCSTATENOTFOUND') },
    '403 syncStateNotFound': { status: 403, body: errorBody('syncStateNotFound') },
    '400 with the code inside': { status: 400, body: errorBody('BadRequest', 'x', { code: 'syncStateNotFound' }) },
    '404 with the code deep inside': {
      status: 404,
      body: { error: { code: '', innererror: { code: 'x', innererror: { code: 'resyncRequired' } } } },
    },
    '410 resyncApplyDifferences': {
      status: 410,
      body: errorBody('resyncRequired', 'x', { code: 'resyncApplyDifferences' }),
    },
    '410 resyncUploadDifferences': {
      status: 410,
      body: errorBody('resyncRequired', 'x', { code: 'resyncUploadDifferences' }),
    },
  }
  for (const [name, answer] of Object.entries(everybody)) {
    it(`${name}: everyone is read again, and only Graph was asked`, async () => {
      const error = await peopleError(answer)
      expect(error.code).to.equal('graph.restart-pass')
      expect(error.message).to.equal('Microsoft asked us to read everyone again')
      expect(JSON.stringify(error)).not.to.contain('evil.example')
    })
  }

  for (const code of [
    'Directory_ExpiredPageToken',
    'directory_expiredpagetoken',
    'DirectoryPageTokenNotFoundException',
  ]) {
    it(`${code}: this round starts again`, async () => {
      expect((await peopleError({ status: 400, body: errorBody(code) })).code).to.equal('graph.restart-round')
      const inside = { status: 404, body: errorBody('BadRequest', 'x', { code }) }
      expect((await peopleError(inside)).code).to.equal('graph.restart-round')
    })
  }

  it('any other refusal is not taken for one', async () => {
    for (const status of [400, 405, 409, 422]) {
      const error = await peopleError({ status, body: errorBody('BadRequest', 'Invalid token') })
      expect(error.code).to.equal('graph.refused')
      expect(error.message).to.equal(`Microsoft Graph refused our request (HTTP ${status})`)
      expect(error.exitCode).to.equal(1)
    }
    expect((await peopleError({ status: 404, body: errorBody('Request_ResourceNotFound') })).code).to.equal(
      'graph.not-found',
    )
  })
})

describe('a permission that is missing', () => {
  it('names the permission and the page of the portal', async () => {
    const error = await peopleError({ status: 403, body: errorBody('Authorization_RequestDenied') })
    expect(error.code).to.equal('graph.denied')
    expect(error.message).to.equal('We are not allowed to read people')
    expect(error.remedy).to.equal(
      `Entra admin center → Entra ID → App registrations → ${CLIENT_ID} → API permissions → Microsoft Graph → Application permissions → User.Read.All; then Grant admin consent for ${TENANT_ID}.`,
    )
    expect(error.exitCode).to.equal(4)
  })

  it('for group members names theirs', async () => {
    for (const path of ['/groups/delta?$select=members', '/groups/0a/members', '/groups?$top=1']) {
      await withTenant(
        { answers: [{ status: 403, body: errorBody('Authorization_RequestDenied') }] },
        async (tenant) => {
          const error = await failureOf(tenant.connection.directory.page(tenant.link(path), never), 'graph.denied')
          expect(error.message, path).to.equal('We are not allowed to read group members')
          expect(error.remedy).to.contain(
            'Application permissions → GroupMember.Read.All; then Grant admin consent for',
          )
          expect(error.meanwhile).to.contain('Nobody was removed')
        },
      )
    }
  })

  it('for the sign-in log does not stop the directory', async () => {
    const error = await logError({ status: 403, body: errorBody('Authentication_MSGraphPermissionMissing') })
    expect(error.code).to.equal('graph.denied')
    expect(error.message).to.equal('We are not allowed to read the sign-in log')
    expect(error.remedy).to.contain('AuditLog.Read.All')
    expect(error.meanwhile).to.contain('Reading people goes on')
  })

  it('for the licence check is named as such', async () => {
    const error = await logError({ status: 403, body: errorBody('Authentication_ApplicationHasNoDirectoryReadAccess') })
    expect(error.code).to.equal('graph.denied')
    expect(error.remedy).to.contain('Directory.Read.All')
  })

  it('may be a proxy’s refusal, when Microsoft’s form is missing', async () => {
    for (const body of ['', '<html>Forbidden</html>', '{"error":"forbidden"}', '[]', 'null']) {
      const error = await peopleError({ status: 403, body })
      expect(error.code).to.equal('graph.denied')
      expect(error.remedy).to.contain('a proxy may have made it')
    }
  })
})

describe('a tenant without sign-in log', () => {
  const code = 'Authentication_RequestFromNonPremiumTenantOrB2CTenant'
  for (const spelled of [code, code.toLowerCase()]) {
    it(`is told apart from a missing permission: ${spelled}`, async () => {
      const error = await logError({ status: 403, body: errorBody(spelled, 'Tenant is not a B2C tenant and …') })
      expect(error.code).to.equal('graph.no-premium-licence')
      expect(error.message).to.equal('This tenant has no Entra ID P1: Microsoft gives no sign-in log')
      expect(error.meanwhile).to.contain('Reading people goes on')
      expect(error.kind).to.equal('denied')
    })
  }

  it('may be one in a cloud that has none', async () => {
    for (const status of [400, 404]) {
      const body = errorBody('BadRequest', "Resource not found for the segment 'signIns'.")
      const error = await logError({ status, body })
      expect(error.code).to.equal('graph.no-premium-licence')
      expect(error.message).to.equal('This cloud has no sign-in log for applications')
    }
  })

  it('is not one that refuses a window', async () => {
    const error = await logError({ status: 400, body: errorBody('BadRequest', 'Invalid filter clause') })
    expect(error.code).to.equal('graph.refused')
    expect(error.details.status).to.equal(400)
  })
})

describe('what support needs', () => {
  it('the ids of both sides, Microsoft’s code and words are kept', async () => {
    let sent: string | string[] | undefined
    await withTenant(
      {
        answers: [
          { status: 403, headers: { 'request-id': 'header-id' }, body: errorBody('Authorization_RequestDenied') },
        ],
      },
      async (tenant) => {
        const error = await failureOf(tenant.connection.directory.page(tenant.link('/users/delta'), never))
        sent = tenant.graph()[0]?.headers['client-request-id']
        expect(error.details).to.deep.equal({
          code: 'Authorization_RequestDenied',
          status: 403,
          requestId: 'header-id',
          correlationId: sent,
          at: '2026-11-20T08:00:00.000Z',
          words: 'In Microsoft’s words.',
        })
      },
    )
    expect(sent).to.match(/^[0-9a-f-]{36}$/)
  })

  it('the request id may stand in the body, under old and new names', async () => {
    const bodies = [
      errorBody('x'),
      { error: { code: 'x', innererror: { 'request-id': 'inner-request-id' } } },
      { error: { code: 'x', innerError: { code: 'y', innerError: { requestId: 'inner-request-id' } } } },
    ]
    for (const body of bodies) {
      expect((await peopleError({ status: 400, body })).details.requestId).to.equal('inner-request-id')
    }
  })

  it('an empty code falls back to the one inside', async () => {
    expect((await peopleError({ status: 400, body: errorBody('', 'x', { code: 'Inside' }) })).details.code).to.equal(
      'Inside',
    )
  })

  it('no body can make the reading fail', async () => {
    const bodies = [
      '',
      'null',
      '[]',
      '7',
      '{"error":null}',
      '{"error":{"code":7}}',
      '{"error":{"code":"x","innerError":[]}}',
      '{',
    ]
    for (const body of bodies) {
      for (const status of [400, 401, 403, 404, 409, 410]) {
        expect((await peopleError({ status, body })).details.status).to.equal(status)
      }
    }
  })
})
